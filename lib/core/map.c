/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int map_put(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY);
}

int map_remove(int fd, const void *key)
{
	int err = bpf_map_delete_elem(fd, key);

	return err == -ENOENT ? 0 : err;
}

static void add(uint64_t *sums, const uint64_t *values, size_t n)
{
	while (n--)
		sums[n] += values[n];
}

int map_sum(int fd, uint64_t *sums, size_t n)
{
	int cpu, err, cpus = libbpf_num_possible_cpus();
	uint32_t only = 0;
	uint64_t *values;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus * n, sizeof(*values));
	if (!values)
		return -ENOMEM;
	memset(sums, 0, n * sizeof(*sums));
	err = bpf_map_lookup_elem(fd, &only, values);
	for (cpu = 0; !err && cpu < cpus; cpu++)
		add(sums, values + (size_t)cpu * n, n);
	free(values);
	return err;
}

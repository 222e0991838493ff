/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "test_run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

enum {
	LEAST_TRIED = 1,
	MOST_TRIED = 128 << 10,
	TAKEN_BY_ALL = 128, /* kernels */
};

/* Calls bpf(2) directly, once per packet: libbpf's function costs some percent of a replay. */
int test_run(int program_fd, const void *packet, uint32_t size)
{
	union bpf_attr attr;
	size_t used = sizeof(attr.test);

	memset(&attr, 0, used);
	attr.test.prog_fd = (uint32_t)program_fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = size;
	attr.test.repeat = 1;
	return syscall(__NR_bpf, BPF_PROG_TEST_RUN, &attr, used) ? -errno : 0;
}

/* return 0 */
static int load_nothing(enum ebpfi_hook hook)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	enum bpf_prog_type type = hook == EBPFI_HOOK_XDP      ? BPF_PROG_TYPE_XDP
				  : hook == EBPFI_HOOK_SOCKET ? BPF_PROG_TYPE_SOCKET_FILTER
							      : BPF_PROG_TYPE_SCHED_CLS;

	if (type == BPF_PROG_TYPE_XDP)
		opts.prog_flags = BPF_F_XDP_HAS_FRAGS;
	return bpf_prog_load(type, "nothing", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);
}

/* Binary search for the last size that the kernel accepts. It accepts `good` and refuses `bad`. */
static uint32_t find_edge(int fd, const void *packet, uint32_t good, uint32_t bad)
{
	uint32_t middle;

	while ((good > bad ? good - bad : bad - good) > 1) {
		middle = good / 2 + bad / 2 + (good & bad & 1);
		if (test_run(fd, packet, middle))
			bad = middle;
		else
			good = middle;
	}
	return good;
}

static int find_limits(int fd, struct test_limits *limits)
{
	void *packet = calloc(1, MOST_TRIED);
	int err;

	if (!packet)
		return -ENOMEM;
	err = test_run(fd, packet, TAKEN_BY_ALL);
	if (!err) {
		limits->least = find_edge(fd, packet, TAKEN_BY_ALL, LEAST_TRIED - 1);
		limits->most = find_edge(fd, packet, TAKEN_BY_ALL, MOST_TRIED);
	}
	free(packet);
	return err;
}

int test_run_limits(enum ebpfi_hook hook, struct test_limits *limits)
{
	int err, fd = load_nothing(hook);

	if (fd < 0)
		return fd;
	err = find_limits(fd, limits);
	close(fd);
	return err;
}

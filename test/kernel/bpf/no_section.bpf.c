/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A section that libbpf does not know. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("teapot") int short_and_stout(void *ctx)
{
	return ctx ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";

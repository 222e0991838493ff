/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A kernel function that does not exist. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int bpf_from_the_future(void) __ksym;

SEC("xdp") int later(struct xdp_md *ctx)
{
	return ctx->rx_queue_index ? bpf_from_the_future() : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

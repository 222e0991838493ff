/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A kernel function that came with Linux 6.4. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *dynptr) __ksym;

SEC("xdp") int newer(struct xdp_md *ctx)
{
	struct bpf_dynptr dynptr;

	return bpf_dynptr_from_xdp(ctx, 0, &dynptr) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

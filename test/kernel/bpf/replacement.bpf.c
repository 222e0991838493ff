/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A program that replaces a function of another one. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("freplace/decide") int instead(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

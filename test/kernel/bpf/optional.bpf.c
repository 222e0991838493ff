/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Its only program is in an optional section. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("?xdp") int perhaps(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

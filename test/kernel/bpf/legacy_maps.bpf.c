/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A map as libbpf defined it before release 1.0. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	unsigned int type, key_size, value_size, max_entries, map_flags;
} counts SEC("maps") = { BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0 };

SEC("xdp") int count(struct xdp_md *ctx)
{
	__u32 key = 0;

	(void)ctx;
	return bpf_map_lookup_elem(&counts, &key) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";

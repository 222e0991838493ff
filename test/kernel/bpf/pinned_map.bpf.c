/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A map to be pinned by its name. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} kept SEC(".maps");

SEC("socket") int keep(struct __sk_buff *skb)
{
	__u32 key = skb->len;

	return bpf_map_lookup_elem(&kept, &key) != 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

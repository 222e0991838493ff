/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Says per packet at tc whether the filter matches, and how many bytes the packet's linear part has. */
#include <ebpfinspect/filter.bpf.h>

struct seen {
	__u64 packets, linear, matched;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

static inline __attribute__((always_inline)) int see(struct __sk_buff *ctx, __u32 egress)
{
	struct seen *s = bpf_map_lookup_elem(&seen, &egress);

	if (!s)
		return -1;
	s->linear = ctx->data_end - ctx->data;
	s->matched = ebpfi_filter(ctx);
	__sync_fetch_and_add(&s->packets, 1);
	return -1;
}

SEC("tc/ingress") int at_ingress(struct __sk_buff *ctx)
{
	return see(ctx, 0);
}

SEC("tc/egress") int at_egress(struct __sk_buff *ctx)
{
	return see(ctx, 1);
}

char _license[] SEC("license") = "Dual BSD/GPL";

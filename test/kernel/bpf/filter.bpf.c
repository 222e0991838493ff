/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A host's object with filters: counts matches per hook. A change of filter must not reset its knob. */
#include <ebpfinspect/filter.bpf.h>

enum { HOOKS = 4 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOKS);
	__type(key, __u32);
	__type(value, __u64);
} matched SEC(".maps");

const volatile __u64 step = 1;

static __attribute__((noinline)) int count(__u32 hook)
{
	__u64 *n = bpf_map_lookup_elem(&matched, &hook);

	if (n)
		__sync_fetch_and_add(n, step);
	return 0;
}

SEC("xdp") int at_xdp(struct xdp_md *ctx)
{
	if (ebpfi_filter(ctx))
		count(0);
	return XDP_PASS;
}

SEC("tc/ingress") int at_tc(struct __sk_buff *ctx)
{
	if (ebpfi_filter(ctx))
		count(1);
	return -1;
}

SEC("tc/egress") int at_egress(struct __sk_buff *ctx)
{
	if (ebpfi_filter(ctx))
		count(2);
	return -1;
}

SEC("socket") int at_socket(struct __sk_buff *ctx)
{
	if (ebpfi_filter(ctx))
		count(3);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

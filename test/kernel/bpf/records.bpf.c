/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A host's object: sections with their new names, a knob, a ring buffer, a perf buffer, a printed line. */
#include <ebpfinspect/record.bpf.h>

struct record {
	__u32 length, knob;
};

EBPFI_RING(ring, 4096);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf SEC(".maps");

const volatile __u32 knob = 1;

SEC("tcx/ingress") int to_ring(struct __sk_buff *skb)
{
	struct record *r = ebpfi_reserve(ring, struct record);

	if (!r)
		return -1;
	r->length = skb->len;
	r->knob = knob;
	bpf_ringbuf_submit(r, 0);
	return -1;
}

SEC("tc/egress") int to_perf(struct __sk_buff *skb)
{
	struct record r = { skb->len, knob };

	bpf_perf_event_output(skb, &perf, BPF_F_CURRENT_CPU, &r, sizeof(r));
	return -1;
}

SEC("xdp") int to_trace(struct xdp_md *xdp)
{
	bpf_printk("ebpfi test on %d", xdp->ingress_ifindex);
	return XDP_PASS;
}

SEC("socket") int to_nowhere(struct __sk_buff *skb)
{
	return skb->len > 1 << 30;
}

char _license[] SEC("license") = "Dual BSD/GPL";

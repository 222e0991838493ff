/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One program per hook, with one record per packet: the version of the program that saw it. */
#include <ebpfinspect/record.bpf.h>

EBPFI_RING(ring, 1 << 20);

const volatile __u32 version = 1;

static __always_inline void note(void)
{
	__u32 *record = ebpfi_reserve(ring, __u32);

	if (!record)
		return;
	*record = version;
	bpf_ringbuf_submit(record, 0);
}

SEC("tc") int on_tc(struct __sk_buff *skb)
{
	(void)skb;
	note();
	return -1;
}

SEC("xdp.frags") int on_xdp(struct xdp_md *xdp)
{
	(void)xdp;
	note();
	return XDP_PASS;
}

SEC("socket") int on_socket(struct __sk_buff *skb)
{
	(void)skb;
	note();
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

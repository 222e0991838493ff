/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Fills a ring buffer as fast as possible: 1,024 records of 136 bytes (a packet event) per run. The last one wakes the reader. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

static long write_record(__u64 flags)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 136, 0);

	if (!record)
		return 1;
	record[0] = 1;
	record[1] = 136;
	bpf_ringbuf_submit(record, flags);
	return 0;
}

static long one(__u32 i, void *ctx)
{
	(void)i;
	(void)ctx;
	return write_record(BPF_RB_NO_WAKEUP);
}

SEC("xdp") int fill(struct xdp_md *xdp)
{
	bpf_loop(1023, one, 0, 0);
	write_record(BPF_RB_FORCE_WAKEUP);
	return xdp->data == xdp->data_end ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Mistakes that the verifier refuses. The knob chooses one; the verifier skips the others as dead code. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static long (*bpf_from_the_future)(void) = (void *)500;

const volatile __u32 mistake = 0;

static __attribute__((noinline)) __u64 counted(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *found = bpf_map_lookup_elem(&counts, &key);

	return *found + 1;
}

static __always_inline int packet_without_check(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	return data[12] == 8 ? XDP_DROP : XDP_PASS;
}

static __always_inline int loop_without_end(struct xdp_md *ctx)
{
	while (ctx->rx_queue_index != 77)
		;
	return XDP_PASS;
}

static __always_inline int reservation_without_submit(struct xdp_md *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record)
		return XDP_PASS;
	*record = ctx->rx_queue_index;
	return XDP_DROP;
}

static __always_inline int index_without_limit(struct xdp_md *ctx)
{
	__u32 key = 0;
	char *value = bpf_map_lookup_elem(&counts, &key);

	if (!value)
		return XDP_PASS;
	return value[ctx->rx_queue_index];
}

static __always_inline int subtraction(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return end - data > 100 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int breaks(struct xdp_md *ctx)
{
	switch (mistake) {
	case 1:
		return counted(ctx) == 7 ? XDP_DROP : XDP_PASS;
	case 2:
		return packet_without_check(ctx);
	case 3:
		return loop_without_end(ctx);
	case 4:
		return reservation_without_submit(ctx);
	case 5:
		return bpf_from_the_future();
	case 6:
		return index_without_limit(ctx);
	case 7:
		return subtraction(ctx);
	}
	return XDP_PASS;
}

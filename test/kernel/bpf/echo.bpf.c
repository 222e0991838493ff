/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A program that changes packets, written like an inspector. It answers UDP to port 7 on the same interface, with "more" after the
 * payload. test/unit/native_echo.c runs the same source natively.
 */
#include "world.h"

enum {
	ECHO_PORT = 7, /* RFC 862 */
	ECHO_MORE = 4,
	ECHO_IP = 14,
	ECHO_UDP = 34,
	ECHO_HEADERS = 42,
};

struct echo_headers {
	__u8 bytes[48];
};

SCRATCH(headers, struct echo_headers);

static __always_inline void swap_bytes(__u8 *a, __u8 *b, __u32 size)
{
	__u8 kept[6];

	__builtin_memcpy(kept, a, size);
	__builtin_memcpy(a, b, size);
	__builtin_memcpy(b, kept, size);
}

static __always_inline void grow16(__u8 *at)
{
	store16(at, bpf_htons(bpf_ntohs(load16(at)) + ECHO_MORE));
}

static __always_inline int is_echo(const __u8 *h)
{
	return bpf_ntohs(load16(h + 12)) == 0x0800 && h[ECHO_IP] == 0x45 && h[ECHO_IP + 9] == 17 &&
	       bpf_ntohs(load16(h + ECHO_UDP + 2)) == ECHO_PORT;
}

static __always_inline void turn_headers(__u8 *h)
{
	swap_bytes(h, h + 6, 6);
	swap_bytes(h + ECHO_IP + 12, h + ECHO_IP + 16, 4);
	swap_bytes(h + ECHO_UDP, h + ECHO_UDP + 2, 2);
	grow16(h + ECHO_IP + 2);
	grow16(h + ECHO_UDP + 4);
	store16(h + ECHO_UDP + 6, 0); /* no checksum */
	store16(h + ECHO_IP + 10, 0);
	store16(h + ECHO_IP + 10, csum_fold(csum_add(0, h + ECHO_IP, 20)));
}

static __always_inline int echo_inspect(struct pkt *p)
{
	struct echo_headers *own = headers_of_cpu();
	__u32 end = p->len;

	if (!own || pkt_load(p, 0, own->bytes, ECHO_HEADERS) || !is_echo(own->bytes))
		return EBPFI_VERDICT_PASS;
	turn_headers(own->bytes);
	if (pkt_resize(p, end + ECHO_MORE) || pkt_store(p, 0, own->bytes, ECHO_HEADERS) || pkt_store(p, end, "more", ECHO_MORE))
		return EBPFI_VERDICT_DROP;
	return pkt_redirect(p, p->ifindex, 0);
}

INSPECTOR(echo, XDP, TC);

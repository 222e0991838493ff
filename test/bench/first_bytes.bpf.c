/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For comparison: HTTP as most kernel programs read it, from the first bytes of a packet, only IPv4 on Ethernet without tags. A map
 * holds each request until its response, which writes the record.
 */
#include "first_bytes.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct waiting {
	__u64 time_ns;
	char request[FIRST_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct first_key);
	__type(value, struct waiting);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} records SEC(".maps");

const volatile __u64 wake = 0; /* flags of a record */

struct segment {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	char payload[FIRST_BYTES];
};

/* 0: the segment carries at least the beginning of a message. */
static __always_inline int load(struct __sk_buff *skb, struct segment *s)
{
	__u32 at = sizeof(s->eth);

	if (bpf_skb_load_bytes(skb, 0, &s->eth, sizeof(s->eth)) || s->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, at, &s->ip, sizeof(s->ip)) || s->ip.protocol != 6)
		return -1;
	at += s->ip.ihl * 4;
	if (bpf_skb_load_bytes(skb, at, &s->tcp, sizeof(s->tcp)))
		return -1;
	at += s->tcp.doff * 4;
	if (skb->len < at + METHOD_BYTES)
		return -1;
	return (int)bpf_skb_load_bytes(skb, at, s->payload, skb->len < at + FIRST_BYTES ? METHOD_BYTES : FIRST_BYTES);
}

static __always_inline int begins(const struct segment *s, const char *four)
{
	return *(const __u32 *)s->payload == *(const __u32 *)four;
}

SEC("tc") int first_in(struct __sk_buff *skb)
{
	struct segment s = { 0 };
	struct waiting waiting;
	struct first_key key;

	if (load(skb, &s) || (!begins(&s, "GET ") && !begins(&s, "POST")))
		return -1;
	key = (struct first_key){ s.ip.saddr, s.ip.daddr, s.tcp.source, s.tcp.dest };
	waiting.time_ns = bpf_ktime_get_ns();
	__builtin_memcpy(waiting.request, s.payload, FIRST_BYTES);
	bpf_map_update_elem(&requests, &key, &waiting, BPF_ANY);
	return -1;
}

static __always_inline void write_record(const struct segment *s, const struct first_key *key, const struct waiting *waiting)
{
	struct first_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r)
		return;
	r->time_ns = bpf_ktime_get_ns();
	r->duration_ns = r->time_ns - waiting->time_ns;
	r->key = *key;
	r->status = (s->payload[9] - '0') * 100 + (s->payload[10] - '0') * 10 + s->payload[11] - '0';
	__builtin_memcpy(r->request, waiting->request, FIRST_BYTES);
	bpf_ringbuf_submit(r, wake);
}

SEC("tc") int first_out(struct __sk_buff *skb)
{
	struct segment s = { 0 };
	struct waiting *waiting;
	struct first_key key;

	if (load(skb, &s) || !begins(&s, "HTTP"))
		return -1;
	key = (struct first_key){ s.ip.daddr, s.ip.saddr, s.tcp.dest, s.tcp.source };
	waiting = bpf_map_lookup_elem(&requests, &key);
	if (!waiting)
		return -1;
	write_record(&s, &key, waiting);
	bpf_map_delete_elem(&requests, &key);
	return -1;
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Sources shaped like the public examples of XDP and tc: their headers, maps, sections and helpers, in programs of our own. */
#include "source.h"

#define LICENSE "char _license[] SEC(\"license\") = \"GPL\";\n"

static void loads(const char *source)
{
	const char *const cflags[] = { "-Wall", "-Werror", NULL };
	struct ebpfi *s = new_session();

	load(s, "mine", source, cflags);
	ebpfi_free(s);
}

/* xdp-tutorial: a cursor over the packet, headers of Linux and of libbpf, a per-CPU array of counters. */
START_TEST(cursor_over_headers_with_a_per_cpu_array_loads)
{
	loads("#include <stddef.h>\n#include <linux/bpf.h>\n#include <linux/in.h>\n#include <linux/if_ether.h>\n"
	      "#include <linux/if_packet.h>\n#include <linux/ipv6.h>\n#include <linux/icmpv6.h>\n"
	      "#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_endian.h>\n"
	      "struct cursor { void *pos; };\n"
	      "struct datarec { __u64 packets, bytes; };\n"
	      "struct {\n"
	      "	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);\n"
	      "	__type(key, __u32);\n"
	      "	__type(value, struct datarec);\n"
	      "	__uint(max_entries, XDP_REDIRECT + 1);\n"
	      "} stats SEC(\".maps\");\n"
	      "static __always_inline int next_eth(struct cursor *c, void *end, struct ethhdr **out)\n"
	      "{\n"
	      "	struct ethhdr *eth = c->pos;\n"
	      "	if ((void *)(eth + 1) > end)\n"
	      "		return -1;\n"
	      "	c->pos = eth + 1;\n"
	      "	*out = eth;\n"
	      "	return eth->h_proto;\n"
	      "}\n"
	      "SEC(\"xdp\")\n"
	      "int count(struct xdp_md *ctx)\n"
	      "{\n"
	      "	void *end = (void *)(long)ctx->data_end;\n"
	      "	struct cursor c = { (void *)(long)ctx->data };\n"
	      "	struct ethhdr *eth;\n"
	      "	__u32 key = XDP_PASS;\n"
	      "	struct datarec *rec;\n"
	      "	if (next_eth(&c, end, &eth) != bpf_htons(ETH_P_IPV6))\n"
	      "		return XDP_PASS;\n"
	      "	rec = bpf_map_lookup_elem(&stats, &key);\n"
	      "	if (!rec)\n"
	      "		return XDP_ABORTED;\n"
	      "	rec->packets++;\n"
	      "	rec->bytes += end - (void *)eth;\n"
	      "	return XDP_PASS;\n"
	      "}\n" LICENSE);
}
END_TEST

/* libbpf-bootstrap: vmlinux.h and no header of Linux, constants written out. */
START_TEST(tc_program_with_vmlinux_h_loads)
{
	loads("#include <vmlinux.h>\n#include <bpf/bpf_endian.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_tracing.h>\n"
	      "#define TC_ACT_OK 0\n#define ETH_P_IP 0x0800\n"
	      "SEC(\"tc\")\n"
	      "int tc_ingress(struct __sk_buff *ctx)\n"
	      "{\n"
	      "	void *end = (void *)(__u64)ctx->data_end;\n"
	      "	struct ethhdr *l2 = (void *)(__u64)ctx->data;\n"
	      "	struct iphdr *l3 = (void *)(l2 + 1);\n"
	      "	if (ctx->protocol != bpf_htons(ETH_P_IP) || (void *)(l3 + 1) > end)\n"
	      "		return TC_ACT_OK;\n"
	      "	bpf_printk(\"length %d, ttl %d\", bpf_ntohs(l3->tot_len), l3->ttl);\n"
	      "	return TC_ACT_OK;\n"
	      "}\n" LICENSE);
}
END_TEST

/* libbpf-bootstrap's socket filter: bpf_skb_load_bytes() and a ring buffer. */
START_TEST(socket_filter_with_a_ring_buffer_loads)
{
	loads("#include <stddef.h>\n#include <linux/bpf.h>\n#include <linux/if_ether.h>\n#include <linux/ip.h>\n#include "
	      "<linux/in.h>\n"
	      "#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_endian.h>\n"
	      "struct event { __be32 source; __u32 protocol; };\n"
	      "struct {\n"
	      "	__uint(type, BPF_MAP_TYPE_RINGBUF);\n"
	      "	__uint(max_entries, 256 * 1024);\n"
	      "} rb SEC(\".maps\");\n"
	      "SEC(\"socket\")\n"
	      "int handler(struct __sk_buff *skb)\n"
	      "{\n"
	      "	struct event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);\n"
	      "	__u8 protocol = 0;\n"
	      "	if (!e)\n"
	      "		return 0;\n"
	      "	bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, protocol), &protocol, 1);\n"
	      "	e->protocol = protocol;\n"
	      "	e->source = 0;\n"
	      "	bpf_ringbuf_submit(e, 0);\n"
	      "	return skb->len;\n"
	      "}\n" LICENSE);
}
END_TEST

/* bpf-examples: errno.h for return values, string.h for memcpy(), globals, a subprogram, an LPM trie. */
START_TEST(headers_of_the_c_library_and_an_lpm_trie_load)
{
	loads("#include <errno.h>\n#include <string.h>\n#include <stdbool.h>\n#include <stdint.h>\n#include <linux/bpf.h>\n"
	      "#include <linux/if_ether.h>\n#include <linux/ip.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_endian.h>\n"
	      "struct key { __u32 prefix; __u8 address[4]; };\n"
	      "struct {\n"
	      "	__uint(type, BPF_MAP_TYPE_LPM_TRIE);\n"
	      "	__type(key, struct key);\n"
	      "	__type(value, __u8);\n"
	      "	__uint(max_entries, 64);\n"
	      "	__uint(map_flags, BPF_F_NO_PREALLOC);\n"
	      "} denied SEC(\".maps\");\n"
	      "volatile const bool enabled = true;\n"
	      "uint64_t dropped;\n"
	      "static __noinline int check(struct iphdr *ip)\n"
	      "{\n"
	      "	struct key key = { .prefix = 32 };\n"
	      "	memcpy(key.address, &ip->saddr, 4);\n"
	      "	return bpf_map_lookup_elem(&denied, &key) ? -EPERM : 0;\n"
	      "}\n"
	      "SEC(\"xdp\")\n"
	      "int firewall(struct xdp_md *ctx)\n"
	      "{\n"
	      "	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;\n"
	      "	struct ethhdr *eth = data;\n"
	      "	struct iphdr *ip = (void *)(eth + 1), copy;\n"
	      "	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || !enabled)\n"
	      "		return XDP_PASS;\n"
	      "	copy = *ip;\n"
	      "	if (check(&copy) != -EPERM)\n"
	      "		return XDP_PASS;\n"
	      "	__sync_fetch_and_add(&dropped, 1);\n"
	      "	return XDP_DROP;\n"
	      "}\n" LICENSE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		cursor_over_headers_with_a_per_cpu_array_loads,
		tc_program_with_vmlinux_h_loads,
		socket_filter_with_a_ring_buffer_loads,
		headers_of_the_c_library_and_an_lpm_trie_load,
	};

	lab_require();
	if (system("clang --version >/dev/null 2>&1"))
		skip_all("there is no clang here");
	return RUN_TESTS("source shapes", setup, tests);
}

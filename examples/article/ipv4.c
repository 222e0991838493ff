/*
 * A line for each IPv4 packet, before the stack sees it: runbpf ipv4.c -i eth0 --trace
 *
 * The verifier refuses a program that reads what may lie behind the packet's end; the type is compared as on the wire; and the
 * packet goes its way.
 */
#include <ebpfinspect/bpf.h>

SEC("xdp") int ipv4(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	bpf_printk("IPv4 packet: %pI4 > %pI4, protocol %d", &ip->saddr, &ip->daddr, ip->protocol);
	return XDP_PASS;
}

EBPFI_LICENSE("Dual BSD/GPL");

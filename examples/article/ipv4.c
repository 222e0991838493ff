/*
 * Prints a line for each IPv4 packet, before the network stack: runbpf ipv4.c -i eth0 --trace
 *
 * The verifier refuses reads that may go past the packet's end. The EtherType is compared in network order. Each packet is
 * passed.
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

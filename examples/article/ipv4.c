/*
 * A line for each IPv4 packet, before the stack sees it: runbpf ipv4.c -i eth0 --trace
 *
 * XDP sees the frame as it came: its end is checked before each header is read, the type is compared in network byte order, and the
 * packet goes its way.
 */
#include <ebpfinspect/bpf.h>

SEC("xdp") int ipv4(struct xdp_md *ctx)
{
	struct ethhdr *eth = ebpfi_header(ctx, 0, struct ethhdr);
	struct iphdr *ip = ebpfi_header(ctx, sizeof(*eth), struct iphdr);

	if (eth && ip && eth->h_proto == bpf_htons(ETH_P_IP))
		bpf_printk("IPv4 packet: %pI4 > %pI4, protocol %d", &ip->saddr, &ip->daddr, ip->protocol);
	return XDP_PASS;
}

EBPFI_LICENSE("Dual BSD/GPL");

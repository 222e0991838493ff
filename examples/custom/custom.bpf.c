/* A host's inspector: one record per TCP connection (IPv4) that is opened to this machine. */
#include "custom.h"

#include <ebpfinspect/bpf.h>

EBPFI_RING(connections, 64 * 1024);
EBPFI_KNOB(__u16, only_port, 0); /* in network order; 0: any */

SEC("tc/ingress") int watch(struct __sk_buff *skb)
{
	struct connection *record;
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;

	if (!ebpfi_read(skb, 0, &eth) || eth.h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	if (!ebpfi_read(skb, sizeof(eth), &ip) || ip.protocol != IPPROTO_TCP || ip.frag_off & bpf_htons(0x1fff))
		return TC_ACT_UNSPEC;
	if (!ebpfi_read(skb, sizeof(eth) + ip.ihl * 4, &tcp) || !tcp.syn || tcp.ack || (only_port && tcp.dest != only_port))
		return TC_ACT_UNSPEC;
	record = ebpfi_reserve(connections, struct connection);
	if (!record)
		return TC_ACT_UNSPEC;
	record->source = ip.saddr;
	record->destination = ip.daddr;
	record->source_port = tcp.source;
	record->destination_port = tcp.dest;
	bpf_ringbuf_submit(record, 0);
	return TC_ACT_UNSPEC; /* continue with the next program on this hook */
}

EBPFI_LICENSE("Dual BSD/GPL");

/* Counts packets per IP protocol and prints the table at the end: runbpf count.c -i eth0 --dump packets */
#include <ebpfinspect/bpf.h>

EBPFI_MAP(packets, LRU_HASH, __u32, __u64, 256);

SEC("xdp") int count(struct xdp_md *ctx)
{
	__u64 one = 1, *n;
	__u32 protocol;
	struct ethhdr eth;
	struct iphdr ip;

	if (!ebpfi_read(ctx, 0, &eth) || eth.h_proto != bpf_htons(ETH_P_IP) || !ebpfi_read(ctx, sizeof(eth), &ip))
		return XDP_PASS;
	protocol = ip.protocol;
	n = bpf_map_lookup_elem(&packets, &protocol);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&packets, &protocol, &one, BPF_NOEXIST);
	return XDP_PASS;
}

EBPFI_LICENSE("Dual BSD/GPL");

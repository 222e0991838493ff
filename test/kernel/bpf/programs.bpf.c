/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Programs that do not attach to an interface: in optional sections, for a tail call, a devmap and a cpumap. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum { AT_ENTRY, AT_TARGET, AT_DEVICE, AT_CPU, AT_UNKNOWN, COUNTERS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jumps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bpf_devmap_val));
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bpf_cpumap_val));
} cpus SEC(".maps");

static __always_inline void count(__u32 at)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &at);

	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("xdp") int entry(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 0);
	count(AT_ENTRY);
	return XDP_PASS;
}

SEC("xdp") int to_cpu(struct xdp_md *ctx)
{
	(void)ctx;
	return (int)bpf_redirect_map(&cpus, 0, XDP_PASS);
}

SEC("?xdp") int target(struct xdp_md *ctx)
{
	(void)ctx;
	count(AT_TARGET);
	return XDP_PASS;
}

SEC("xdp/devmap") int at_device(struct xdp_md *ctx)
{
	(void)ctx;
	count(AT_DEVICE);
	return XDP_PASS;
}

SEC("xdp/cpumap") int at_cpu(struct xdp_md *ctx)
{
	(void)ctx;
	count(AT_CPU);
	return XDP_PASS;
}

SEC("?teapot") int of_unknown_section(struct xdp_md *ctx)
{
	(void)ctx;
	count(AT_UNKNOWN);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "since.h"

#include <stddef.h>
#include <string.h>

/* Numbers instead of names, which older kernel headers lack. */
struct entry {
	unsigned int id;
	const char *name, *release;
};

static const struct entry helpers[] = {
	{ 1, "bpf_map_lookup_elem", "3.19" },
	{ 2, "bpf_map_update_elem", "3.19" },
	{ 5, "bpf_ktime_get_ns", "4.1" },
	{ 13, "bpf_clone_redirect", "4.2" },
	{ 26, "bpf_skb_load_bytes", "4.5" },
	{ 28, "bpf_csum_diff", "4.6" },
	{ 38, "bpf_skb_change_tail", "4.9" },
	{ 44, "bpf_xdp_adjust_head", "4.10" },
	{ 51, "bpf_redirect_map", "4.14" },
	{ 65, "bpf_xdp_adjust_tail", "4.18" },
	{ 68, "bpf_skb_load_bytes_relative", "4.18" },
	{ 69, "bpf_fib_lookup", "4.18" },
	{ 125, "bpf_ktime_get_boot_ns", "5.8" },
	{ 130, "bpf_ringbuf_output", "5.8" },
	{ 131, "bpf_ringbuf_reserve", "5.8" },
	{ 132, "bpf_ringbuf_submit", "5.8" },
	{ 133, "bpf_ringbuf_discard", "5.8" },
	{ 134, "bpf_ringbuf_query", "5.8" },
	{ 164, "bpf_for_each_map_elem", "5.13" },
	{ 169, "bpf_timer_init", "5.15" },
	{ 181, "bpf_loop", "5.17" },
	{ 182, "bpf_strncmp", "5.17" },
	{ 188, "bpf_xdp_get_buff_len", "5.18" },
	{ 189, "bpf_xdp_load_bytes", "5.18" },
	{ 190, "bpf_xdp_store_bytes", "5.18" },
	{ 195, "bpf_map_lookup_percpu_elem", "5.19" },
	{ 197, "bpf_dynptr_from_mem", "5.19" },
	{ 198, "bpf_ringbuf_reserve_dynptr", "5.19" },
	{ 201, "bpf_dynptr_read", "5.19" },
	{ 203, "bpf_dynptr_data", "5.19" },
	{ 204, "bpf_tcp_raw_gen_syncookie_ipv4", "6.0" },
	{ 208, "bpf_ktime_get_tai_ns", "6.1" },
	{ 209, "bpf_user_ringbuf_drain", "6.1" },
	{ 210, "bpf_cgrp_storage_get", "6.2" },
	{ 211, "bpf_cgrp_storage_delete", "6.2" },
};

static const struct entry maps[] = {
	{ 1, "hash", "3.19" },
	{ 2, "array", "3.19" },
	{ 4, "perf event array", "4.3" },
	{ 5, "per-CPU hash", "4.6" },
	{ 6, "per-CPU array", "4.6" },
	{ 9, "LRU hash", "4.10" },
	{ 10, "per-CPU LRU hash", "4.10" },
	{ 11, "LPM trie", "4.11" },
	{ 12, "array of maps", "4.12" },
	{ 13, "hash of maps", "4.12" },
	{ 14, "device map", "4.14" },
	{ 16, "CPU map", "4.15" },
	{ 17, "AF_XDP socket map", "4.18" },
	{ 22, "queue", "4.20" },
	{ 23, "stack", "4.20" },
	{ 27, "ring buffer", "5.8" },
	{ 30, "bloom filter", "5.16" },
	{ 31, "user ring buffer", "6.1" },
	{ 32, "cgroup storage", "6.2" },
	{ 33, "arena", "6.9" },
};

static const struct entry programs[] = {
	{ 1, "socket filter", "3.19" }, { 3, "tc", "4.1" },         { 6, "XDP", "4.8" },
	{ 31, "syscall", "5.14" },      { 32, "netfilter", "6.4" },
};

/* Kernel functions that programs call by name. */
static const struct {
	const char *name, *release;
} kfuncs[] = {
	{ "bpf_xdp_ct_lookup", "6.0" },
	{ "bpf_skb_ct_lookup", "6.0" },
	{ "bpf_cast_to_kern_ctx", "6.2" },
	{ "bpf_rdonly_cast", "6.2" },
	{ "bpf_xdp_metadata_rx_timestamp", "6.3" },
	{ "bpf_xdp_metadata_rx_hash", "6.3" },
	{ "bpf_dynptr_from_skb", "6.4" },
	{ "bpf_dynptr_from_xdp", "6.4" },
	{ "bpf_dynptr_slice", "6.4" },
	{ "bpf_dynptr_slice_rdwr", "6.4" },
	{ "bpf_iter_num_new", "6.4" },
	{ "bpf_iter_num_next", "6.4" },
	{ "bpf_iter_num_destroy", "6.4" },
	{ "bpf_dynptr_adjust", "6.5" },
	{ "bpf_dynptr_size", "6.5" },
	{ "bpf_dynptr_clone", "6.5" },
	{ "bpf_xdp_metadata_rx_vlan_tag", "6.8" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *find(const struct entry *at, size_t n, unsigned int id, const char **name)
{
	for (; n--; at++)
		if (at->id == id) {
			*name = at->name;
			return at->release;
		}
	return NULL;
}

const char *since_helper(unsigned int id, const char **name)
{
	return find(helpers, COUNT(helpers), id, name);
}

const char *since_map(unsigned int type, const char **name)
{
	return find(maps, COUNT(maps), type, name);
}

const char *since_program(unsigned int type, const char **name)
{
	return find(programs, COUNT(programs), type, name);
}

const char *since_kfunc(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(kfuncs); i++)
		if (!strcmp(kfuncs[i].name, name))
			return kfuncs[i].release;
	return NULL;
}

void since_put_missing(struct text *t, const char *name, const char *kind, const char *release)
{
	text_printf(t, "this kernel has no %s%s", name, kind);
	if (release)
		text_printf(t, ", which came with Linux %s", release);
}

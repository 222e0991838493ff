/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A host's own object: a map of each kind, and globals. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define MAP(name, kind, key_type, value_type, entries, with)                                                                   \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_##kind);                                                                             \
		__uint(map_flags, with);                                                                                       \
		__uint(max_entries, entries);                                                                                  \
		__type(key, key_type);                                                                                         \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps")

struct traffic {
	__u64 packets, bytes;
};

enum state { STATE_NEW, STATE_OPEN };

struct endpoint {
	__u32 address;
	__u16 port;
	__u16 pad;
};

struct session {
	char user[8];
	enum state state;
	__u32 urgent : 1;
	__u32 level : 3;
	struct traffic traffic;
};

/* More than half of a batch: buckets with two entries do not fit. */
struct large {
	__u64 id;
	char rest[40000];
};

struct prefix {
	__u32 length;
	__u8 address[4];
};

MAP(array, ARRAY, __u32, struct traffic, 4, 0);
MAP(cpu_array, PERCPU_ARRAY, __u32, struct traffic, 2, 0);
MAP(sessions, HASH, struct endpoint, struct session, 1000, 0);
MAP(small, HASH, __u32, __u32, 2, 0);
MAP(large, HASH, __u32, struct large, 64, 0);
MAP(cpu_hash, PERCPU_HASH, __u32, __u32, 100, 0);
MAP(recent, LRU_HASH, __u32, __u64, 64, 0);
MAP(prefixes, LPM_TRIE, struct prefix, __u32, 16, BPF_F_NO_PREALLOC);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 2);
	__uint(value_size, 3);
} untyped SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} one SEC(".maps"), other SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &one } };

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__uint(value_size, 4);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

const volatile char title[8] = "maps";
__u64 seen;
__s32 balance = -5;

SEC("socket") int count(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct traffic *t = bpf_map_lookup_elem(&cpu_array, &key);

	seen++;
	balance--;
	if (t) {
		t->packets++;
		t->bytes += skb->len;
	}
	return title[0] == 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";

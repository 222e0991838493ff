/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A later version of maps.bpf.c: one map now has types, another has a new name. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct letters {
	char text[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u16);
	__type(value, struct letters);
} untyped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __s32);
} little SEC(".maps");

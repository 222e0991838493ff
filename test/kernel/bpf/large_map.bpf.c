/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A per-CPU value above the kernel's limit of 32 KiB. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 40000);
} large SEC(".maps");

char LICENSE[] SEC("license") = "GPL";

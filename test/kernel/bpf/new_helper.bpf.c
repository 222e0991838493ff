/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A helper that came with Linux 6.2. A kernel that has it refuses the argument. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static long (*cgrp_storage_delete)(void *map, void *cgroup) = (void *)211;

SEC("tc") int newer(struct __sk_buff *skb)
{
	return cgrp_storage_delete(skb, skb);
}

char LICENSE[] SEC("license") = "GPL";

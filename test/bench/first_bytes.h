/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The record that first_bytes.bpf.c writes for first_bytes.c. */
#pragma once

#include <linux/types.h>

enum { FIRST_BYTES = 64, METHOD_BYTES = 16 };

struct first_key {
	__u32 client, server; /* addresses and ports in network order */
	__u16 client_port, server_port;
};

struct first_record {
	__u64 time_ns, duration_ns;
	struct first_key key;
	__u32 status;
	char request[FIRST_BYTES];
};

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Reference results: libpcap's compiler and interpreter, and the kernel's classic filters. */
#pragma once

#include <stdbool.h>

#include "cbpf.h"
#include "packets.h"

struct oracle;

/* An expression compiled as tcpdump does; NULL with a message if libpcap refuses it. */
struct oracle *oracle_new(const char *expression, uint16_t link, const char **words);
void oracle_free(struct oracle *oracle);

/* pcap_offline_filter() on the captured bytes as a whole packet, or on a packet of `wire_len` bytes. */
bool oracle_matches(const struct oracle *oracle, const struct packet *p, uint32_t wire_len);

/* libpcap's bpf_validate() and bpf_filter(). */
bool oracle_validates(const struct cbpf *program);
bool oracle_runs(const struct cbpf *program, const struct packet *p);

/* A socket pair with the program as SO_ATTACH_FILTER; false if the kernel refuses it. */
struct socket_filter {
	int in, out;
};

bool socket_filter_open(struct socket_filter *f, const struct cbpf *program);
void socket_filter_close(struct socket_filter *f);
bool socket_filter_matches(const struct socket_filter *f, const struct packet *p);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What others say: libpcap's compiler and interpreter, and the kernel's own classic filters. */
#pragma once

#include <stdbool.h>

#include "cbpf.h"
#include "packets.h"

struct oracle;

/* An expression as tcpdump would compile it; NULL, with words, where libpcap refuses. */
struct oracle *oracle_new(const char *expression, uint16_t link, const char **words);
void oracle_free(struct oracle *oracle);

/* pcap_offline_filter(), of the captured bytes as if the wire had carried no more, or of a packet that had `wire_len`. */
bool oracle_matches(const struct oracle *oracle, const struct packet *p, uint32_t wire_len);

/* libpcap's bpf_validate() and bpf_filter(). */
bool oracle_validates(const struct cbpf *program);
bool oracle_runs(const struct cbpf *program, const struct packet *p);

/* A pair of sockets with the program as SO_ATTACH_FILTER; false where the kernel refuses it. */
struct socket_filter {
	int in, out;
};

bool socket_filter_open(struct socket_filter *f, const struct cbpf *program);
void socket_filter_close(struct socket_filter *f);
bool socket_filter_matches(const struct socket_filter *f, const struct packet *p);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* TCP segments of one connection for tests. Each frame is passed to a function. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CLIENT, SERVER };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

enum { FRAME_MAX = 66000 };

/* Takes one frame, link-layer header included. */
typedef void (*segments_fn)(void *ctx, const void *frame, size_t size);

/* The headers around TCP; zero: Ethernet and IPv4. */
struct segments_link {
	int v6;
	int extensions;    /* IPv6: hop-by-hop, destination options, an atomic fragment header */
	int tags;          /* VLAN tags in band */
	int vxlan, geneve; /* UDP port of a tunnel, 0: none */
	uint16_t fragment; /* IPv4: the flags and offset field */
};

struct segments {
	segments_fn fn;
	void *ctx;
	struct segments_link link;
	uint16_t client_port, server_port;
	uint32_t next[2]; /* next sequence number of each end */
};

/* A segment that does not change the next sequence numbers. */
void segments_raw(struct segments *s, int from, int flags, uint32_t seq, const void *bytes, size_t size);

/* A segment at the sender's next sequence number. */
void segments_say(struct segments *s, int from, int flags, const void *bytes, size_t size);

/* SYN, SYN-ACK, ACK, from these initial sequence numbers. */
void segments_open(struct segments *s, uint32_t client, uint32_t server);

/* FIN from both ends. */
void segments_close(struct segments *s);

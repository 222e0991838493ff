/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A session that keeps the last packet of each place. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

enum place { AT_CAPTURE, AT_XDP, AT_TC, AT_TC_EGRESS, AT_SOCKET, AT_SOCKET_OUT, PLACES };

struct seen {
	struct ebpfi_packet packet;
	unsigned char data[65536];
};

struct watch {
	struct ebpfi *session;
	int events;
	int count[PLACES];
	struct seen at[PLACES];
	struct ebpfi_packet super[PLACES]; /* the last with more than one segment */
	uint64_t payload[PLACES];          /* the sum of all lengths */
};

/* A session with the given snaplen. End it with watch_end(). */
struct watch *watch_begin(uint32_t snaplen);
void watch_end(struct watch *watch);

/* Attaches and returns the link's number. On failure the test fails with the session's message. */
int watch_attach(struct watch *watch, const char *interface, enum ebpfi_hook hook);
int watch_attach_mode(struct watch *watch, const char *interface, enum ebpfi_hook hook, enum ebpfi_mode mode);

/* Polls until `events` have come since the last reset, or none for two seconds. */
void watch_wait(struct watch *watch, int events);
void watch_reset(struct watch *watch);

/* Whether two places saw the same packet and bytes. Ignores hook, direction, interface and time. */
bool watch_same(const struct watch *watch, enum place one, enum place other);

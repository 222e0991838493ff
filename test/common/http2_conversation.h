/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One HTTP/2 connection that a test makes, and the events that come of it. Header blocks are those of RFC 7541 C.3 where they can be. */
#pragma once

#include "http/record.h"
#include "http2_bytes.h"

enum { EVENTS = 64 };

extern struct bytes client, server;       /* what either end sends, from its first byte on */
extern struct http_record events[EVENTS]; /* the latest */
extern int event_count;                   /* all there were */
extern unsigned int lost_count;           /* messages that were lost for lack of memory */
extern struct http2 *h2;

/* Before each test. */
void conversation_setup(void);

/* Forgets the connections and events, and keeps the bytes. */
void conversation_restart(void);

/* Hands bytes over as a piece of connection 7, or of any, at a position of the direction. */
void feed(const struct bytes *b, size_t from, size_t to);
void feed_piece(uint64_t connection, uint16_t flags, uint64_t position, const uint8_t *bytes, size_t size);
void feed_both(void);

/* The preface, and SETTINGS of both. */
void open_connection(void);

/* RFC 7541 C.3.1 to C.3.3: requests on streams 1, 3 and 5. */
void first_request(void);
void second_request(void);
void third_request(void);

/* Three requests, their responses, one of them gRPC's with trailers, and frames that matter to nobody. */
void make_conversation(void);
void check_conversation(void);

/* A text of an event, and whether it has an anomaly. */
const char *text_of(int event, enum ebpfi_http_field field);
int has(int event, enum ebpfi_http_anomaly anomaly);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One HTTP/2 connection of a test, and its events. Header blocks are from RFC 7541 C.3 if possible. */
#pragma once

#include "http/record.h"
#include "http2_bytes.h"

enum { EVENTS = 64 };

extern struct bytes client, server;       /* all bytes that each end sends */
extern struct http_record events[EVENTS]; /* the latest events */
extern int event_count;                   /* number of all events */
extern unsigned int lost_count;           /* messages lost for lack of memory */
extern struct http2 *h2;
extern uint64_t conversation_now; /* the time of the next piece, then one nanosecond more */

/* Call it before each test. */
void conversation_setup(void);

/* Forgets the connections and events, and keeps the bytes. */
void conversation_restart(void);

/* Takes an event. */
void conversation_emit(void *to, const struct ebpfi_event *event);

/* Feeds bytes as a piece of connection 7, or of any connection, at a position of the direction. */
void feed(const struct bytes *b, size_t from, size_t to);
void feed_piece(uint64_t connection, uint16_t flags, uint64_t position, const uint8_t *bytes, size_t size);
void feed_both(void);

/* The preface, and SETTINGS from both ends. */
void open_connection(void);

/* RFC 7541 C.3.1 to C.3.3: requests on streams 1, 3 and 5. */
void first_request(void);
void second_request(void);
void third_request(void);

/* Three requests, their responses (one is gRPC with trailers), and frames to ignore. */
void make_conversation(void);
void check_conversation(void);

/* An event's text, and whether it has an anomaly. */
const char *text_of(int event, enum ebpfi_http_field field);
int has(int event, enum ebpfi_http_anomaly anomaly);

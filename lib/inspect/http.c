/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The user half of `http`: the grammar for the kernel, options, and the events that the library completes. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <ebpfinspect/ebpfinspect.h>

#include "http.skel.h"
#include "http2.h"
#include "http_grammar.h"
#include "http_join.h"
#include "http_open.h"
#include "http_text.h"
#include "inspector.h"

extern const struct native_inspector native_http;

/* The first caller makes the table, once per process: making it takes longer than replaying a small capture. */
static const struct http_table *shared_table(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct http_table *table;

	pthread_mutex_lock(&lock);
	if (!table)
		table = http_table_new(true);
	pthread_mutex_unlock(&lock);
	return table;
}

static int prepare(inspector_put_fn put, void *to)
{
	const struct http_table *table = shared_table();
	uint32_t only = 0;

	return table ? put(to, "http_table", &only, table) : -ENOMEM;
}

struct http_session {
	struct join *join;
	struct http2 *http2;
};

static void state_free(void *ours)
{
	struct http_session *state = ours;

	http_join_free(state->join);
	http2_free(state->http2);
	free(state);
}

static void *state_new(void)
{
	const struct http_table *table = shared_table();
	struct http_session *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->join = http_join_new();
	state->http2 = table ? http2_new(table) : NULL;
	if (state->join && state->http2)
		return state;
	state_free(state);
	return NULL;
}

static unsigned int complete(void *ours, const struct ebpfi_event *record, inspector_emit_fn emit, void *to)
{
	struct http_session *state = ours;
	const struct ebpfi_event *event;

	if (record->kind == HTTP2_PIECE)
		return http2_read_piece(state->http2, record, emit, to);
	if (record->kind == HTTP_GIVEN_UP) {
		http_join_give_up(state->join, (const struct http_given_up *)record, emit, to);
		return 0;
	}
	event = http_join(state->join, record, emit, to);
	if (event->kind == EBPFI_EVENT_HTTP_RESPONSE)
		http2_upgrade(state->http2, (const struct ebpfi_http *)event, emit, to);
	return 0;
}

/* The open messages of all connections. */
struct open {
	struct http_record *records;
	size_t count, room;
	unsigned int lost; /* for lack of memory */
};

static void keep_open(struct open *open, const struct http_record *record)
{
	size_t room = open->room ? 2 * open->room : 16;
	struct http_record *records = open->records;

	if (open->count == open->room) {
		records = realloc(records, room * sizeof(*records));
		if (!records) {
			open->lost++;
			return;
		}
		open->records = records;
		open->room = room;
	}
	records[open->count++] = *record;
}

static int open_connection(void *ours, const void *key, const void *connection)
{
	struct http_record record;
	unsigned int from;

	for (from = 0; from < TCP_DIRECTIONS; from++)
		if (http_open_message(key, connection, from, &record))
			keep_open(ours, &record);
	return 0;
}

/* A map has no order. */
static int compare_open(const void *one, const void *other)
{
	const struct ebpfi_http *a = &((const struct http_record *)one)->http, *b = &((const struct http_record *)other)->http;

	if (a->request_time_ns != b->request_time_ns)
		return a->request_time_ns > b->request_time_ns ? 1 : -1;
	return (a->connection > b->connection) - (a->connection < b->connection);
}

/* A map that cannot be read has no open messages: their requests have events without an answer. */
static unsigned int open_messages(void *ours, inspector_walk_fn walk, void *from, inspector_emit_fn emit, void *to)
{
	struct http_session *state = ours;
	struct open open = { 0 };
	size_t i;

	walk(from, "connections", open_connection, &open);
	if (open.count)
		qsort(open.records, open.count, sizeof(*open.records), compare_open);
	for (i = 0; i < open.count; i++)
		http_join_open(state->join, &open.records[i].http, emit, to);
	free(open.records);
	return open.lost;
}

static unsigned int tick(void *ours, uint64_t now_ns, inspector_emit_fn emit, void *to)
{
	struct http_session *state = ours;

	http_join_tick(state->join, now_ns, emit, to);
	return http2_tick(state->http2, now_ns, emit, to);
}

static void state_set(void *ours, const char *option, uint32_t value)
{
	struct http_session *state = ours;

	if (!strcmp(option, "timeout"))
		http_join_set_timeout(state->join, value * 1000000000ULL);
	if (!strcmp(option, "heads"))
		http2_set_heads(state->http2, value);
}

static const struct inspector_option options[] = {
	{ "tunnels", "1: look into VXLAN and Geneve, too", .knob = "tunnels", .max = 1 },
	{ "connections", "how many are remembered; each takes 1.5 KB", .map = "connections", .min = 64, .max = 1 << 20,
	  .initial = 8192 },
	{ "timeout", "seconds after which a request without a response makes an event; 0: never", .max = 86400 },
	{ "heads", "1: the head of a response makes an event, too", .knob = "heads", .max = 1 },
	{ 0 },
};

const struct inspector inspector_http = {
	.name = "http",
	.unit = "messages",
	.object = http_bpf__elf_bytes,
	.native = &native_http,
	.options = options,
	.reads_streams = true,
	.first_kind = EBPFI_EVENT_HTTP_REQUEST,
	.last_kind = EBPFI_EVENT_HTTP_OPEN,
	.event_size = sizeof(struct ebpfi_http),
	.str = http_str,
	.json = http_json,
	.prepare = prepare,
	.state_new = state_new,
	.state_free = state_free,
	.state_set = state_set,
	.complete = complete,
	.open = open_messages,
	.tick = tick,
};

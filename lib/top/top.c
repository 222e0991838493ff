/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* ebpfi_top: rows by key in a hash table of fixed size. */
#include "top.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "opts.h"
#include "path_template.h"
#include "siphash.h"

enum {
	ROWS_DEFAULT = 1000,
	ROWS_MAX = 65536,
	VICTIMS = 8, /* rows that are tried for room: bounds the work per event */
};

static int check_opts(struct ebpfi_top_opts *opts, const struct ebpfi_top_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	if (!opts->rows)
		opts->rows = ROWS_DEFAULT;
	return err ? err : opts->rows > ROWS_MAX || opts->reserved ? -EINVAL : 0;
}

/* The addresses of the table and the stack serve until the kernel has random bytes. */
static void make_seed(struct ebpfi_top *top)
{
	if (getrandom(top->seed, sizeof(top->seed), GRND_NONBLOCK) == sizeof(top->seed))
		return;
	top->seed[0] = (uintptr_t)top->rows;
	top->seed[1] = (uintptr_t)&top;
}

struct ebpfi_top *ebpfi_top_new(const struct ebpfi_top_opts *theirs)
{
	struct ebpfi_top_opts opts;
	struct ebpfi_top *top;

	if (check_opts(&opts, theirs))
		return NULL;
	top = calloc(1, sizeof(*top));
	if (!top)
		return NULL;
	top->max = opts.rows;
	while (top->mask < top->max)
		top->mask = top->mask * 2 + 1;
	top->rows = calloc(top->max, sizeof(struct top_row *));
	top->heads = calloc((size_t)top->mask + 1, sizeof(struct top_row *));
	make_seed(top);
	if (top->rows && top->heads)
		return top;
	ebpfi_top_free(top);
	return NULL;
}

void ebpfi_top_free(struct ebpfi_top *top)
{
	uint32_t i;

	if (!top)
		return;
	for (i = 0; i < top->count; i++)
		free(top->rows[i]);
	free(top->rows);
	free(top->heads);
	free(top);
}

void ebpfi_top_reset(struct ebpfi_top *top)
{
	uint32_t i;

	for (i = 0; i < top->count; i++)
		free(top->rows[i]);
	memset(top->heads, 0, ((size_t)top->mask + 1) * sizeof(struct top_row *));
	memset(&top->other, 0, sizeof(top->other));
	memset(&top->total, 0, sizeof(top->total));
	top->count = top->victim = 0;
}

uint64_t top_responses(const struct top_row *row)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(row->status) / sizeof(row->status[0]); i++)
		sum += row->status[i];
	return sum;
}

uint64_t top_requests(const struct top_row *row)
{
	return top_responses(row) + row->unanswered + row->unseen;
}

typedef void put_fn(char *to, size_t size, const char *bytes, size_t n, bool cut);

static uint16_t put_text(struct top_key *key, uint16_t at, size_t size, put_fn *put, const struct ebpfi_http *http,
			 enum ebpfi_http_field field)
{
	unsigned int length;
	const char *text = ebpfi_http_text(http, field, &length);

	put(key->text + at, size, text, length, http->used[field] > length);
	return (uint16_t)(at + strlen(key->text + at) + 1);
}

static void read_key(struct top_key *key, const struct ebpfi_http *http)
{
	key->host = put_text(key, 0, METHOD_SIZE, put_plain_text, http, EBPFI_HTTP_METHOD);
	key->path = put_text(key, key->host, HOST_SIZE, put_host, http, EBPFI_HTTP_HOST);
	key->text[key->path] = '\0';
	key->size = put_text(key, key->path, PATH_SIZE, put_path_template, http, EBPFI_HTTP_TARGET);
}

static struct top_row **head_of(const struct ebpfi_top *top, uint64_t hash)
{
	return &top->heads[hash & top->mask];
}

static struct top_row *find_row(const struct ebpfi_top *top, const struct top_key *key, uint64_t hash)
{
	struct top_row *row = *head_of(top, hash);

	while (row && (row->hash != hash || row->key.size != key->size || memcmp(row->key.text, key->text, key->size) != 0))
		row = row->next;
	return row;
}

/* Adds the counters of a row, not its key and not its place in the lap. */
static void add_row(struct top_row *to, const struct top_row *from)
{
	size_t i;

	for (i = 0; i < sizeof(to->status) / sizeof(to->status[0]); i++)
		to->status[i] += from->status[i];
	to->unanswered += from->unanswered;
	to->unseen += from->unseen;
	to->broken += from->broken;
	to->marked += from->marked;
	add_saturating(&to->request_bytes, from->request_bytes);
	add_saturating(&to->response_bytes, from->response_bytes);
	if (from->first && (!to->first || from->first < to->first))
		to->first = from->first;
	if (from->last > to->last)
		to->last = from->last;
	histogram_merge(&to->durations, &from->durations);
}

static void unlink_row(struct ebpfi_top *top, const struct top_row *row)
{
	struct top_row **link = head_of(top, row->hash);

	while (*link != row)
		link = &(*link)->next;
	*link = row->next;
}

/* Moves the next row of a single event to "other" and returns its memory. */
static struct top_row *take_room(struct ebpfi_top *top)
{
	struct top_row *row;
	int i;

	for (i = 0; i < VICTIMS; i++) {
		row = top->rows[top->victim];
		top->victim = (top->victim + 1) % top->count;
		if (top_requests(row) + row->broken > 1)
			continue;
		add_row(&top->other, row);
		top->other.lap += row->lap;
		unlink_row(top, row);
		memset(row, 0, sizeof(*row));
		return row;
	}
	return NULL;
}

static struct top_row *new_row(struct ebpfi_top *top)
{
	struct top_row *row;

	if (top->count == top->max)
		return take_room(top);
	row = calloc(1, sizeof(*row));
	if (row)
		top->rows[top->count++] = row;
	return row;
}

/* The row of a key, which may be "other". */
static struct top_row *row_for(struct ebpfi_top *top, const struct top_key *key)
{
	uint64_t hash = siphash(top->seed, key->text, key->size);
	struct top_row *row = find_row(top, key, hash), **head = head_of(top, hash);

	if (row)
		return row;
	row = new_row(top);
	if (!row)
		return &top->other;
	row->hash = hash;
	row->next = *head;
	*head = row;
	row->key.host = key->host;
	row->key.path = key->path;
	row->key.size = key->size;
	memcpy(row->key.text, key->text, key->size);
	return row;
}

/* A duration begins with the request's first byte, if that was seen. It is negative if the capture's time went back. */
static bool has_duration(const struct ebpfi_http *http)
{
	return http->event.kind == EBPFI_EVENT_HTTP_RESPONSE && http->request_time_ns && http->duration_ns <= INT64_MAX &&
	       !(http->anomalies >> EBPFI_HTTP_UNPAIRED & 1);
}

/* Whether the response may have come. */
static bool is_unseen(uint8_t reason)
{
	return reason == EBPFI_HTTP_REASON_ONE_WAY || reason == EBPFI_HTTP_REASON_UNCERTAIN;
}

static void count_event(struct top_row *row, const struct ebpfi_http *http)
{
	unsigned int digit = http->status / 100;

	if (http->event.kind == EBPFI_EVENT_HTTP_RESPONSE)
		row->status[digit <= 5 ? digit : 0]++;
	if (http->event.kind == EBPFI_EVENT_HTTP_UNANSWERED)
		++*(is_unseen(http->reason) ? &row->unseen : &row->unanswered);
	row->broken += http->event.kind == EBPFI_EVENT_HTTP_BROKEN;
	row->marked += http->event.kind == EBPFI_EVENT_HTTP_BROKEN || http->anomalies;
	if (http->event.kind != EBPFI_EVENT_HTTP_BROKEN) {
		add_saturating(&row->request_bytes, http->request_bytes);
		add_saturating(&row->response_bytes, http->response_bytes);
	}
	if (!row->first || http->event.time_ns < row->first)
		row->first = http->event.time_ns;
	if (http->event.time_ns > row->last)
		row->last = http->event.time_ns;
	if (has_duration(http))
		histogram_add(&row->durations, http->duration_ns);
}

static bool is_counted(const struct ebpfi_event *event)
{
	return (event->kind == EBPFI_EVENT_HTTP_RESPONSE || event->kind == EBPFI_EVENT_HTTP_UNANSWERED ||
		event->kind == EBPFI_EVENT_HTTP_BROKEN) &&
	       event->len >= sizeof(struct ebpfi_http);
}

int ebpfi_top_add(struct ebpfi_top *top, const struct ebpfi_event *event)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;
	struct top_key key;

	if (!is_counted(event))
		return 0;
	read_key(&key, http);
	count_event(row_for(top, &key), http);
	count_event(&top->total, http);
	return 1;
}

int ebpfi_top_merge(struct ebpfi_top *to, const struct ebpfi_top *from)
{
	uint32_t i;

	if (to == from)
		return -EINVAL;
	for (i = 0; i < from->count; i++)
		add_row(row_for(to, &from->rows[i]->key), from->rows[i]);
	add_row(&to->other, &from->other);
	add_row(&to->total, &from->total);
	return 0;
}

void ebpfi_top_lap(struct ebpfi_top *top)
{
	uint32_t i;

	for (i = 0; i < top->count; i++)
		top->rows[i]->lap = top_requests(top->rows[i]);
	top->other.lap = top_requests(&top->other);
	top->total.lap = top_requests(&top->total);
}

const struct top_row *top_row_at(const struct ebpfi_top *top, uint32_t number)
{
	if (number == EBPFI_TOP_OTHER)
		return &top->other;
	if (number == EBPFI_TOP_TOTAL)
		return &top->total;
	return number < top->count ? top->rows[number] : NULL;
}

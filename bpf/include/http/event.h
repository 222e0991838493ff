/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Makes the host's record from a message. */
#pragma once

#include "emit.h"
#include "http/resume.h"

/* The bytes of `used` for the fields whose text begins at HTTP_SHORT or later, and for those among them that only a request has. */
enum {
	HTTP_REST_USED = (EBPFI_HTTP_FIELDS - EBPFI_HTTP_AUTHORIZATION) * sizeof(__u16),
	HTTP_REQUEST_USED = (EBPFI_HTTP_LOCATION - EBPFI_HTTP_AUTHORIZATION) * sizeof(__u16),
};

static __always_inline void set_head(const struct http_loop *loop, struct ebpfi_http *e)
{
	e->event.hook = loop->e->event.hook;
	e->event.direction = loop->e->event.direction;
	e->event.time_ns = loop->r->walk.now;
	e->event.ifindex = loop->e->event.ifindex;
	__builtin_memcpy(e->src, loop->e->src, sizeof(e->src));
	__builtin_memcpy(e->dst, loop->e->dst, sizeof(e->dst));
	e->src_port = loop->e->src_port;
	e->dst_port = loop->e->dst_port;
	e->ethertype = loop->e->ethertype;
	e->connection = loop->c->id;
	e->text_offset = sizeof(*e);
}

/*
 * Forgets texts that may be secret: a word in Authorization that is no scheme, an authority in Host or in the target whose end was not read,
 * because an @ may follow.
 */
static __always_inline void forget_credentials(struct http_reading *r)
{
	struct http_message *m = &r->m;

	if (!http_has(m, HTTP_HAS_SCHEME)) {
		m->used[EBPFI_HTTP_AUTHORIZATION] = 0;
		__builtin_memset(r->text.at + HTTP_AUTHORIZATION_BASE, 0, HTTP_AUTHORIZATION_ROOM);
	}
	if (m->used[EBPFI_HTTP_HOST] && !http_has(m, HTTP_HOST_DONE))
		http_cut_host(r);
	if (m->used[EBPFI_HTTP_TARGET] && r->text.at[HTTP_TARGET_BASE] != '/' && !http_has(m, HTTP_HAS_VERSION) &&
	    !http_has(m, HTTP_OLD))
		http_cut_target(r);
}

/* The end of a URL may not have been read, so its authority may be a user name. */
static __always_inline void forget_urls(struct http_reading *r)
{
	r->m.used[EBPFI_HTTP_REFERER] = r->m.used[EBPFI_HTTP_LOCATION] = 0;
	__builtin_memset(r->text.at + HTTP_REFERER_BASE, 0, HTTP_LONGEST - HTTP_REFERER_BASE);
}

static __always_inline void set_message(const struct http_loop *loop, struct ebpfi_http *e)
{
	const struct http_message *m = &loop->r->m;

	if (!http_has(m, HTTP_IS_RESPONSE))
		forget_credentials(loop->r);
	if (!http_has(m, HTTP_HEAD_DONE) && http_has_late_text(m->used))
		forget_urls(loop->r);
	e->status = m->status;
	e->anomalies = m->anomalies;
	e->major = http_major(m);
	e->minor = http_minor(m);
	e->one_way = !loop->other->tcp.known;
	e->grpc_status = -1;
	__builtin_memcpy(e->used, m->used, sizeof(e->used));
	if (m->anomalies >> EBPFI_HTTP_TEXT_LOST & 1)
		__builtin_memset(e->used + EBPFI_HTTP_AUTHORIZATION, 0, HTTP_REST_USED);
}

/* The request's body may still be arriving: adds what is known now. */
static __always_inline void add_request(const struct http_loop *loop, const struct http_pending *pending, struct ebpfi_http *e)
{
	const struct http_message *request = &loop->other->m;

	e->request_bytes = pending->body_bytes;
	e->anomalies |= pending->anomalies;
	if (pending->number != loop->c->pushed || !http_has(request, HTTP_HEAD_DONE))
		return;
	e->request_bytes = request->body_bytes;
	e->anomalies |= request->anomalies;
}

static __always_inline void set_unpaired(struct ebpfi_http *e)
{
	e->anomalies |= 1ULL << EBPFI_HTTP_UNPAIRED;
	e->number = 0;
	e->request_major = e->request_minor = 0;
	e->request_time_ns = e->first_byte_ns = e->duration_ns = e->request_bytes = 0;
}

/*
 * The difference; 0 if the clock was set back. Each branch writes its own value: clang 16 and later would keep the choice in a stack slot
 * of 4 or 8 bytes and write it twice, which 6.1 refuses without CAP_PERFMON.
 */
static __always_inline void set_since(__u64 *to, __u64 then, __u64 now)
{
	WRITE_ONCE(*to, 0);
	if (now > then)
		WRITE_ONCE(*to, now - then);
}

static __always_inline void set_response(const struct http_loop *loop, struct ebpfi_http *e)
{
	const struct http_pending *pending = http_pending_at(loop->c, loop->c->popped + 1);
	const struct http_message *m = &loop->r->m;

	e->response_bytes = m->body_bytes;
	e->used[EBPFI_HTTP_METHOD] = 0; /* it holds the H of HTTP */
	__builtin_memset(e->used + EBPFI_HTTP_AUTHORIZATION, 0, HTTP_REQUEST_USED);
	if (!http_is_paired(loop->c)) {
		set_unpaired(e);
		return;
	}
	e->number = pending->number;
	e->request_time_ns = pending->time_ns;
	e->request_major = pending->major;
	e->request_minor = pending->minor;
	set_since(&e->first_byte_ns, pending->time_ns, m->time_ns);
	set_since(&e->duration_ns, pending->time_ns, e->event.time_ns);
	add_request(loop, pending, e);
}

static __always_inline void set_request(const struct http_loop *loop, struct ebpfi_http *e)
{
	const struct http_message *m = &loop->r->m;

	e->number = http_has(m, HTTP_COUNTED) ? loop->c->pushed : 0;
	e->request_time_ns = m->time_ns;
	e->answered = e->number && loop->c->popped == loop->c->pushed;
	e->request_major = e->major;
	e->request_minor = e->minor;
	e->request_bytes = m->body_bytes;
	e->response_bytes = e->first_byte_ns = e->duration_ns = 0;
}

enum { HTTP_FIXED = sizeof(struct ebpfi_http) };

static __always_inline void write_record(struct http_record *record, const struct http_work *w, const struct http_text *text,
					 __u32 size)
{
	__builtin_memcpy(record, &w->head, HTTP_FIXED);
	__builtin_memcpy(record->text, text->at, size > HTTP_LONG ? HTTP_LONG : size);
	if (size > HTTP_LONG) /* the compiler copies 1,024 bytes at most */
		__builtin_memcpy(record->text + HTTP_LONG, text->at + HTTP_LONG, size - HTTP_LONG);
	record->http.event.len = HTTP_FIXED + size;
}

/* `size`: bytes of text, a constant for the verifier. */
static __always_inline int put_record(const struct http_work *w, const struct http_text *text, __u32 size)
{
	const __u64 time_ns = w->head.event.time_ns;
	struct percpu_ring *ring = percpu_ring_for(HTTP_FIXED + size);
	struct http_record *record;

	if (ring) {
		write_record(percpu_ring_place(ring), w, text, size);
		percpu_ring_submit(ring, HTTP_FIXED + size, time_ns);
		return 0;
	}
	record = bpf_ringbuf_reserve(&events, HTTP_FIXED + size, 0);
	if (!record)
		return -1;
	write_record(record, w, text, size);
	bpf_ringbuf_submit(record, wake_flags(time_ns));
	return 0;
}

/* Chooses the smallest record size for the text. Most are a third of the largest. */
static __always_inline int emit_text(const struct http_work *w, struct http_reading *r)
{
	__u32 extent = http_extent(w->head.used);

	if (extent == HTTP_LONGEST && w->head.used[EBPFI_HTTP_TARGET] <= HTTP_SHORT_TARGET) /* that room was not cleared */
		__builtin_memset(r->text.at + HTTP_MIDDLE, 0, HTTP_LONG - HTTP_MIDDLE);
	switch (extent) {
	case HTTP_SHORT:
		return put_record(w, &r->text, HTTP_SHORT);
	case HTTP_MIDDLE:
		return put_record(w, &r->text, HTTP_MIDDLE);
	case HTTP_LONGEST:
		return put_record(w, &r->text, HTTP_LONGEST);
	}
	return put_record(w, &r->text, HTTP_LONG);
}

GLOBAL_FUNCTION __u32 http_emit(void)
{
	struct http_reading *r = reading_of_cpu();
	struct http_work *w = work_of_cpu();
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!w || !r || !l)
		return 0;
	bump(&l->seen);
	if (!http_has_begun(&r->m)) /* the text belongs to another message */
		__builtin_memset(r->text.at, 0, HTTP_SHORT);
	if (emit_text(w, r))
		bump(&l->lost_ring);
	else
		bump(&l->delivered);
	return 0;
}

/* Emits the event of w->head, if its kind is set. */
STATIC_FUNCTION void emit_event(const struct http_loop *loop)
{
	struct ebpfi_http *e = &loop->w->head;

	if (!e->event.kind)
		return;
	http_load_text(loop);
	set_head(loop, e);
	set_message(loop, e);
	if (is_response(loop))
		set_response(loop, e);
	else
		set_request(loop, e);
	http_emit();
	/* Each event of a segment needs its own time: the library merges the per-CPU rings and the ring buffer by time. */
	loop->r->walk.now += percpu_rings_read;
}

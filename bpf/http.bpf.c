/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The inspector `http`: HTTP/1.x messages, however they are cut into segments. Its ledger counts events, not packets. It only
 * observes.
 */
#include "emit.h"
#include "filtered.h"
#include "http_stream.h"
#include "parse_tunnel.h"

enum {
	ROUNDS_MAX = 1 << 20, /* turns a segment may take: each has at least a byte, and no super-packet has more */
	CONNECTIONS = 8192,
	OPENINGS = 65536,
	HTTP_SHORT_TARGET = 64,
};

enum http_closing { HTTP_OPEN, HTTP_CLOSED, HTTP_ABORTED };

/* One packet's work; in a map, for the same reason as struct decode. */
struct http_work {
	struct decode d;
	struct http_key key;
	struct http_walk walk;
	__u32 at, end;        /* of the segment's bytes: offsets in the packet */
	__u32 before, behind; /* bytes that are missing before and after them */
	__u32 closing;        /* enum http_closing: what comes after them */
	__u32 side;
	__u32 kind; /* of the event to emit, 0: none */
};

MAP(scratch, PERCPU_ARRAY, __u32, struct http_work, 1);

/*
 * Of the direction that the packet goes in. Read from memory each time, so that the verifier has one range for it on all paths, which
 * it wants of offsets into maps without CAP_PERFMON.
 */
static __always_inline __u32 my_index(const struct http_work *w)
{
	__u32 side = *(const volatile __u32 *)&w->side;

	opaque(side);
	return side & 1;
}

/* The grammar. Written by the library before the programs are attached. */
MAP(http_table, ARRAY, __u32, struct http_table, 1);

/* Never written: what a new connection is copied from. */
MAP(blank, ARRAY, __u32, struct http_connection, 1);

MAP(connections, LRU_HASH, struct http_key, struct http_connection, CONNECTIONS);

/* Connections of which only the handshake was seen: where each side's first byte is. A flood of SYNs evicts these, not those. */
struct http_opening {
	__u32 next[HTTP_SIDES];
	__u32 seen[HTTP_SIDES];
};
MAP(openings, LRU_HASH, struct http_key, struct http_opening, OPENINGS);

/* What a loop's callback is given: pointers, from the program's stack. */
struct http_loop {
	const struct pkt *p;
	struct http_work *w;
	struct http_connection *c;
	struct http_side *side;
	const struct http_table *t;
	struct ebpfi_ledger *l;
};

static __always_inline void set_head(const struct pkt *p, const struct http_work *w, struct ebpfi_http *e)
{
	e->event.kind = w->kind;
	e->event.hook = p->hook;
	e->event.direction = p->direction;
	e->event.time_ns = w->walk.now;
	e->event.ifindex = p->ifindex;
	__builtin_memcpy(e->src, w->d.event.src, sizeof(e->src));
	__builtin_memcpy(e->dst, w->d.event.dst, sizeof(e->dst));
	e->src_port = w->d.event.src_port;
	e->dst_port = w->d.event.dst_port;
	e->ethertype = w->d.event.ethertype;
}

static __always_inline int is_response(const struct http_side *side)
{
	return http_has(&side->m, HTTP_IS_RESPONSE) || side->role == HTTP_RESPONSE;
}

static __always_inline void set_message(const struct http_side *side, struct ebpfi_http *e)
{
	const struct http_message *m = &side->m;

	e->status = m->status;
	e->anomalies = m->anomalies;
	e->major = m->notes >> HTTP_PREFACE & 1 ? 2 : m->notes >> HTTP_OLD & 1 ? 0 : 1;
	e->minor = m->minor;
	__builtin_memcpy(e->used, m->used, sizeof(e->used));
	if (is_response(side)) /* it keeps the H of HTTP there */
		e->used[EBPFI_HTTP_METHOD] = 0;
}

static __always_inline struct http_side *other_side(const struct http_loop *loop)
{
	return &loop->c->side[my_index(loop->w) ^ 1];
}

/* What is known by now of a request whose body may still be on its way. */
static __always_inline void set_asked(const struct http_loop *loop, const struct http_pending *pending, struct ebpfi_http *e)
{
	const struct http_message *request = &other_side(loop)->m;

	e->request_bytes = pending->body_bytes;
	e->anomalies |= pending->anomalies;
	if (pending->number != loop->c->pushed || !http_has(request, HTTP_TOLD))
		return;
	e->request_bytes = request->body_bytes;
	e->anomalies |= request->anomalies;
}

static __always_inline void set_pair(const struct http_loop *loop, const struct http_message *m, struct ebpfi_http *e)
{
	const struct http_pending *pending = http_pending_at(loop->c, loop->c->popped + 1);

	e->response_bytes = m->body_bytes;
	if (!http_is_paired(loop->c)) {
		e->anomalies |= 1ULL << EBPFI_HTTP_UNPAIRED;
		return;
	}
	e->number = pending->number;
	e->request_time_ns = pending->time_ns;
	e->first_byte_ns = m->time_ns - pending->time_ns;
	e->duration_ns = e->event.time_ns - pending->time_ns;
	set_asked(loop, pending, e);
}

static __always_inline void set_request(const struct http_connection *c, const struct http_message *m, struct ebpfi_http *e)
{
	e->number = http_has(m, HTTP_TOLD) ? c->pushed : 0;
	e->request_time_ns = m->time_ns;
	e->request_bytes = m->body_bytes;
}

static __always_inline struct ebpfi_http *reserve_text(const struct http_message *m, __u32 text)
{
	struct ebpfi_http *e = bpf_ringbuf_reserve(&events, sizeof(*e) - sizeof(e->text) + text, 0);

	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e) - sizeof(e->text));
	__builtin_memcpy(e->text, m->text, text);
	e->event.len = sizeof(*e) - sizeof(e->text) + text;
	return e;
}

/* A record with as much text as there is; three sizes, for the verifier wants constants. Most are a third of the largest. */
static __always_inline struct ebpfi_http *reserve_http(const struct http_side *side)
{
	__u32 requests = ebpfi_http_base(EBPFI_HTTP_METHOD), target = ebpfi_http_base(EBPFI_HTTP_TARGET);
	const struct http_message *m = &side->m;

	if (!((is_response(side) ? 0 : m->used[EBPFI_HTTP_METHOD]) | m->used[EBPFI_HTTP_AUTHORIZATION] | m->used[EBPFI_HTTP_HOST] |
	      m->used[EBPFI_HTTP_USER_AGENT] | m->used[EBPFI_HTTP_TARGET]))
		return reserve_text(m, requests);
	if (m->used[EBPFI_HTTP_TARGET] <= HTTP_SHORT_TARGET)
		return reserve_text(m, target + HTTP_SHORT_TARGET);
	return reserve_text(m, sizeof(m->text) - 8);
}

/* The event that the work asks for. */
static __always_inline void emit(const struct http_loop *loop)
{
	const struct http_message *m = &loop->side->m;
	struct ebpfi_http *e;

	loop->l->seen++;
	e = reserve_http(loop->side);
	if (!e) {
		loop->l->lost_ring++;
		return;
	}
	set_head(loop->p, loop->w, e);
	set_message(loop->side, e);
	e->connection = loop->c->id;
	if (is_response(loop->side))
		set_pair(loop, m, e);
	else
		set_request(loop->c, m, e);
	bpf_ringbuf_submit(e, wake_flags());
	loop->l->delivered++;
}

static __always_inline void take_roles(const struct http_loop *loop, int is_response)
{
	struct http_side *other = other_side(loop);

	loop->side->role = is_response ? HTTP_RESPONSE : HTTP_REQUEST;
	if (other->role != HTTP_ANY)
		return;
	other->role = is_response ? HTTP_REQUEST : HTTP_RESPONSE;
	if (other->m.state == HTTP_ANY)
		other->m.state = other->role;
}

static __always_inline void tunnel(const struct http_loop *loop)
{
	loop->c->side[0].m.state = HTTP_TUNNEL;
	loop->c->side[1].m.state = HTTP_TUNNEL;
}

/* The client has all that the server sent, and asks: without pipelining, this is what comes to be answered next. */
static __always_inline void get_sure(const struct http_loop *loop)
{
	const struct http_side *other = other_side(loop);
	struct http_connection *c = loop->c;
	__s32 unseen = other->known ? loop->w->d.event.tcp_ack - other->next : 0;

	if (unseen > 0 && !(http_in_body(&other->m) && other->m.left >= (__u32)unseen))
		http_lose(c, 1);
	if (c->unsure) {
		if (c->pipelined || unseen)
			return;
		c->popped = c->pushed;
		c->unsure = 0;
	}
	if (c->popped != c->pushed && unseen <= 0)
		c->pipelined = 1;
}

static __always_inline int request_head(const struct http_loop *loop, struct http_message *m)
{
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed + 1);
	int stop = HTTP_GO_ON;

	if (m->minor == 1 && !http_has(m, HTTP_HAS_HOST))
		http_wrong(m, EBPFI_HTTP_NO_HOST);
	get_sure(loop);
	pending->time_ns = m->time_ns;
	pending->body_bytes = 0;
	pending->kind = http_kind_of(m);
	loop->w->kind = EBPFI_EVENT_HTTP_REQUEST;
	if (pending->kind == HTTP_IS_CONNECT)
		m->state = HTTP_TUNNEL;
	else
		stop = http_frame(m, 0, 0);
	pending->anomalies = m->anomalies;
	pending->number = ++c->pushed;
	return stop;
}

/* The client was told that it stays HTTP, whatever was made of what it sent meanwhile. */
static __always_inline void stay(struct http_side *side)
{
	if (side->m.state == HTTP_TUNNEL)
		side->m.state = HTTP_REQUEST;
}

/* 1xx but 101 is no answer yet (RFC 9110 15.2). */
static __always_inline int response_head(const struct http_loop *loop, struct http_message *m)
{
	__u32 kind = http_asked(loop->c);

	if (m->status < 200 && m->status != 101) {
		http_resync(loop->side);
		return HTTP_GO_ON;
	}
	if ((kind == HTTP_IS_CONNECT && m->status >= 300) || (kind == HTTP_IS_UPGRADE && m->status != 101))
		stay(other_side(loop));
	if (m->status < 200 || m->status == 204 || m->status == 304)
		return http_frame(m, 1, 1);
	return http_frame(m, 1, kind == HTTP_IS_HEAD || (kind == HTTP_IS_CONNECT && m->status < 300));
}

/* RFC 9113 3.4; any other message of version 2.0 is none of HTTP/2. */
static __always_inline int is_preface(struct http_message *m)
{
	if (!http_has(m, HTTP_PREFACE))
		return 0;
	if (!http_has(m, HTTP_IS_RESPONSE) && http_is_method(m, "PRI", 3))
		return 1;
	m->notes &= ~(1 << HTTP_PREFACE);
	http_wrong(m, EBPFI_HTTP_BAD_VERSION);
	return 0;
}

/* "GET x" and a line end is HTTP/0.9 only where HTTP was seen before. */
static __always_inline int on_head(const struct http_loop *loop)
{
	struct http_message *m = &loop->side->m;
	int response = http_has(m, HTTP_IS_RESPONSE);

	if (http_has(m, HTTP_OLD) && !loop->side->sure) {
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	loop->side->sure = 1;
	m->anomalies |= loop->side->noted;
	m->notes |= 1 << HTTP_TOLD;
	loop->side->noted = 0;
	take_roles(loop, response);
	if (is_preface(m)) {
		m->state = HTTP_TUNNEL;
		loop->w->kind = EBPFI_EVENT_HTTP_REQUEST;
		return HTTP_GO_ON;
	}
	return response ? response_head(loop, m) : request_head(loop, m);
}

/* A request's end: its response brings what was learned of the body. 1: that came before, so it has to be told by itself. */
static __always_inline int request_end(const struct http_loop *loop)
{
	const struct http_message *m = &loop->side->m;
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed);
	__u64 late = m->anomalies & ~pending->anomalies;

	pending->body_bytes = m->body_bytes;
	pending->anomalies |= late;
	return late && c->popped == c->pushed;
}

static __always_inline void response_end(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;
	__u32 status = loop->side->m.status;
	int leaves = status == 101 || (http_asked(c) == HTTP_IS_CONNECT && status / 100 == 2);

	if (c->popped == c->pushed)
		http_lose(c, 1);
	else
		c->popped++;
	http_resync(loop->side);
	if (leaves)
		tunnel(loop);
}

/* Behind a request to upgrade whose answer was not seen, as at XDP, what is no HTTP is the other protocol. */
static __always_inline int was_upgraded(const struct http_loop *loop)
{
	const struct http_connection *c = loop->c;

	return loop->side->role == HTTP_REQUEST && c->pushed != c->popped &&
	       c->pending[c->pushed & (HTTP_IN_FLIGHT - 1)].kind == HTTP_IS_UPGRADE;
}

/* What ends a message, and what has to be told of it. */
static __always_inline void on_end(const struct http_loop *loop)
{
	if (http_has(&loop->side->m, HTTP_IS_RESPONSE))
		loop->w->kind = EBPFI_EVENT_HTTP_RESPONSE;
	else if (request_end(loop))
		loop->w->kind = loop->w->kind ? loop->w->kind : EBPFI_EVENT_HTTP_BROKEN;
}

/* What cannot be read is worth telling where it is HTTP for sure. */
static __always_inline int is_http(const struct http_side *side)
{
	return side->sure || http_has(&side->m, HTTP_SURE) || http_has(&side->m, HTTP_IS_RESPONSE);
}

/* What was read of a message that nobody will see the end of. */
static __always_inline void on_lost(const struct http_loop *loop)
{
	struct http_side *side = loop->side;
	struct http_message *m = &side->m;

	if (!http_begun(m) || !is_http(side))
		return;
	if (!http_has(m, HTTP_TOLD))
		loop->w->kind = EBPFI_EVENT_HTTP_BROKEN;
	else
		on_end(loop);
}

/* 1: the rest of the segment is not to be read. */
static __always_inline int on_broken(const struct http_loop *loop)
{
	struct http_message *m = &loop->side->m;

	if (was_upgraded(loop)) {
		http_forget(m);
		m->state = HTTP_TUNNEL;
		return HTTP_GO_ON;
	}
	if (is_http(loop->side)) {
		m->anomalies |= loop->side->noted;
		loop->side->noted = 0;
		loop->w->kind = EBPFI_EVENT_HTTP_BROKEN;
	}
	if (http_has(m, HTTP_TOLD) && !http_has(m, HTTP_IS_RESPONSE))
		request_end(loop);
	return HTTP_STOP;
}

/* What a closed connection leaves unfinished is told: a body that ends here is complete, anything else is cut off. */
static __always_inline int on_close(const struct http_loop *loop)
{
	struct http_message *m = &loop->side->m;
	int orderly = loop->w->closing == HTTP_CLOSED;

	loop->w->closing = HTTP_OPEN;
	if (!http_begun(m) || !is_http(loop->side))
		return HTTP_STOP;
	if (!http_is_over(m) && !(orderly && http_has(m, HTTP_UNTIL_CLOSE)))
		http_wrong(m, EBPFI_HTTP_CUT_OFF);
	on_lost(loop);
	if (!is_response(loop->side) && m->anomalies >> EBPFI_HTTP_CUT_OFF & 1)
		loop->w->kind = EBPFI_EVENT_HTTP_BROKEN;
	return http_has(m, HTTP_TOLD) ? HTTP_END : HTTP_STOP;
}

/* After the event: on to the next message, or to what is no HTTP/1 any more. 1: the segment is done with. */
static __always_inline int go_on(const struct http_loop *loop, int stop)
{
	struct http_side *side = loop->side;

	if (loop->w->kind && http_has(&side->m, HTTP_PREFACE))
		tunnel(loop);
	if (stop == HTTP_LOST) {
		http_lose(loop->c, is_response(side));
		side->noted |= 1U << EBPFI_HTTP_GAP;
		http_resync(side);
	}
	if (stop == HTTP_STOP) { /* from here on only what is plainly HTTP is worth telling */
		http_lose(loop->c, is_response(side));
		side->sure = 0;
		side->noted |= 1U << EBPFI_HTTP_MIDSTREAM;
	}
	if (stop == HTTP_END && http_has(&side->m, HTTP_IS_RESPONSE))
		response_end(loop);
	else if (stop == HTTP_END)
		http_resync(side);
	return stop == HTTP_STOP || side->m.state == HTTP_TUNNEL;
}

static __always_inline int next_piece(const struct http_loop *loop, __u8 hook)
{
	struct http_work *w = loop->w;
	__u32 size = w->end - w->at, at = w->at;

	if (w->at >= w->end)
		return -1;
	opaque(size);
	if (size > HTTP_CHUNK)
		size = HTTP_CHUNK;
	w->at += size;
	w->walk.at = 0;
	w->walk.end = size;
	opaque(size);
	if ((__s32)size < 1)
		return -1;
	opaque(size);
	if (size > HTTP_CHUNK)
		return -1;
	return pkt_load_at(loop->p, hook, at, w->walk.bytes, size) ? -1 : 0;
}

static __always_inline int take_turn(struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->side->m;
	struct http_work *w = loop->w;
	__u32 missing = w->before;

	w->before = 0;
	if (missing)
		return http_gap(m, missing);
	if (w->walk.at < w->walk.end || http_is_over(m) || !next_piece(loop, hook))
		return http_turn(loop->t, m, &w->walk);
	missing = w->behind;
	w->behind = 0;
	return missing ? http_gap(m, missing) : -1;
}

/* One turn of the segment; 1 at its end. */
static __always_inline long go_round(struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->side->m;
	struct http_work *w = loop->w;
	int stop;

	w->kind = 0;
	stop = take_turn(loop, hook);
	if (stop < 0 && !w->closing)
		return 1;
	if (stop == HTTP_HEAD)
		stop = on_head(loop);
	if (stop < 0)
		stop = on_close(loop);
	else if (stop == HTTP_END)
		on_end(loop);
	else if (stop == HTTP_LOST)
		on_lost(loop);
	else if (m->state == HTTP_BROKEN)
		stop = on_broken(loop);
	if (w->kind)
		emit(loop);
	return go_on(loop, stop);
}

static long round_xdp(__u32 i, struct http_loop *loop)
{
	(void)i;
	return go_round(loop, EBPFI_HOOK_XDP);
}

static long round_skb(__u32 i, struct http_loop *loop)
{
	(void)i;
	return go_round(loop, EBPFI_HOOK_TC);
}

/* Which bytes there are to be read, and which are missing: not seen, or seen and not captured. */
static __always_inline void set_bytes(const struct http_loop *loop, __u32 skip, __u32 size)
{
	struct http_work *w = loop->w;
	__u32 there = loop->p->len, end = w->d.event.payload_offset + size;

	w->at = w->d.event.payload_offset + skip;
	w->end = end < there ? end : there > w->at ? there : w->at;
	w->behind = end - w->end;
	w->walk.at = w->walk.end = 0;
	w->walk.now = now_ns();
}

/* Where this side's stream is; it begins here if it was not known. */
static __always_inline void find_place(const struct http_loop *loop, __u32 seq)
{
	struct http_side *side = loop->side;

	if (side->known && (__s32)(seq - side->next) >= -HTTP_BACK)
		return;
	http_open(side, seq, side->role);
	side->noted |= 1U << EBPFI_HTTP_MIDSTREAM;
	http_lose(loop->c, is_response(side));
}

static __always_inline void run(struct http_loop *loop, __u8 hook)
{
	if (hook == EBPFI_HOOK_XDP)
		bpf_loop(ROUNDS_MAX, round_xdp, loop, 0);
	else
		bpf_loop(ROUNDS_MAX, round_skb, loop, 0);
}

/* A side that cannot be read looks for its next message where a segment begins. */
static __always_inline void read_segment(struct http_loop *loop, __u8 hook, __u32 seq, __u32 size)
{
	struct http_side *side = loop->side;
	struct http_work *w = loop->w;
	struct http_span span;

	find_place(loop, seq);
	span = http_span(side, seq, size);
	w->closing = w->d.event.tcp_flags & TCP_FIN && (__s32)(seq + size - side->next) >= 0 ? HTTP_CLOSED : HTTP_OPEN;
	if (!span.fresh && !w->closing)
		return;
	w->before = seq + span.skip - side->next;
	side->next = seq + size;
	if (side->m.state == HTTP_TUNNEL)
		return;
	if (side->m.state == HTTP_BROKEN)
		http_resync(side);
	if (w->d.event.flags & EBPFI_PACKET_FRAGMENT)
		side->noted |= 1U << EBPFI_HTTP_FRAGMENT;
	set_bytes(loop, span.skip, size);
	run(loop, hook);
}

static __always_inline int is_first(const __u8 *a, const __u8 *b, __u16 a_port, __u16 b_port)
{
	int i;

	UNROLLED
	for (i = 0; i < 16; i++)
		if (a[i] != b[i])
			return a[i] < b[i];
	return a_port <= b_port;
}

static __always_inline void set_key(struct http_work *w)
{
	const struct ebpfi_packet *e = &w->d.event;
	__u32 mine, other;

	w->side = is_first(e->src, e->dst, e->src_port, e->dst_port) ? 0 : 1;
	mine = my_index(w);
	other = mine ^ 1;
	__builtin_memcpy(w->key.address[mine], e->src, 16);
	__builtin_memcpy(w->key.address[other], e->dst, 16);
	w->key.port[mine] = e->src_port;
	w->key.port[other] = e->dst_port;
}

/* A SYN that was seen before: a retransmission, or one that went past two hooks. */
static __always_inline int is_repeated(const struct http_work *w)
{
	const struct http_opening *there = bpf_map_lookup_elem(&openings, &w->key);

	return there && there->seen[my_index(w)] && there->next[my_index(w)] == w->d.event.tcp_seq + 1;
}

/* A handshake, of which both ends are noted. */
static __always_inline void on_syn(struct http_work *w)
{
	struct http_opening opening = {}, *there;

	if (is_repeated(w))
		return;
	if (!(w->d.event.tcp_flags & TCP_ACK))
		bpf_map_update_elem(&openings, &w->key, &opening, BPF_ANY);
	there = bpf_map_lookup_elem(&openings, &w->key);
	if (!there)
		return;
	there->next[my_index(w)] = w->d.event.tcp_seq + 1;
	there->seen[my_index(w)] = 1;
}

/* A closed connection leaves behind how far it was read, so that what is sent again is not read again. */
static __always_inline void leave(const struct http_work *w, const struct http_connection *c)
{
	struct http_opening opening = {};

	opening.next[0] = c->side[0].next;
	opening.next[1] = c->side[1].next;
	opening.seen[0] = c->side[0].known;
	opening.seen[1] = c->side[1].known;
	bpf_map_update_elem(&openings, &w->key, &opening, BPF_ANY);
	bpf_map_delete_elem(&connections, &w->key);
}

/* A message begins with a letter; what does not is not worth a connection's memory. */
static __always_inline int may_begin(const struct pkt *p, const struct http_work *w)
{
	__u8 first;

	if (pkt_load(p, w->d.event.payload_offset, &first, 1))
		return 0;
	return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || first == '\r' || first == '\n';
}

static __always_inline void use_opening(struct http_work *w, struct http_connection *c)
{
	const struct http_opening *opening = bpf_map_lookup_elem(&openings, &w->key);

	if (!opening)
		return;
	if (opening->seen[0])
		http_open(&c->side[0], opening->next[0], HTTP_ANY);
	if (opening->seen[1])
		http_open(&c->side[1], opening->next[1], HTTP_ANY);
}

/*
 * The caller looks the connection up: a pointer that is a constant 0 on one path is followed by the verifier as if the processor had
 * guessed wrong, and refused without CAP_PERFMON before Linux 6.17.
 */
static __always_inline void make_connection(const struct pkt *p, struct http_work *w, struct ebpfi_ledger *l)
{
	__u32 only = 0;
	struct http_connection *c, *from = bpf_map_lookup_elem(&blank, &only);

	if (!from || !may_begin(p, w))
		return;
	if (bpf_map_update_elem(&connections, &w->key, from, BPF_NOEXIST))
		l->lost_map++;
	c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c)
		return;
	c->id = now_ns() ^ ((__u64)w->key.port[0] << 48) ^ ((__u64)w->key.port[1] << 32);
	use_opening(w, c);
}

static __always_inline int is_tcp(const struct ebpfi_packet *e)
{
	return e->ip_proto == PROTO_TCP && e->flags & EBPFI_PACKET_PORTS && e->payload_offset &&
	       !(e->flags & EBPFI_PACKET_TRUNCATED);
}

static __always_inline int ends_all(const struct http_work *w)
{
	__u8 flags = w->d.event.tcp_flags;

	return flags & TCP_RST || ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !is_repeated(w));
}

/* The other end's direction. */
static __always_inline void turn_round(struct http_loop *loop)
{
	struct ebpfi_packet *e = &loop->w->d.event;
	__u16 port = e->src_port;
	__u8 address[16];

	__builtin_memcpy(address, e->src, 16);
	__builtin_memcpy(e->src, e->dst, 16);
	__builtin_memcpy(e->dst, address, 16);
	e->src_port = e->dst_port;
	e->dst_port = port;
	loop->w->side ^= 1;
	loop->side = &loop->c->side[my_index(loop->w)];
}

static __always_inline void abort_side(struct http_loop *loop, __u8 hook)
{
	struct http_work *w = loop->w;

	w->closing = HTTP_ABORTED;
	w->at = w->end = w->walk.at = w->walk.end = w->before = w->behind = 0;
	run(loop, hook);
	turn_round(loop);
}

/* Where a connection begins, or is gone: by a RST, or because its ports open another. */
static __always_inline void on_edge(struct http_loop *loop, __u8 hook)
{
	struct http_work *w = loop->w;

	loop->c = bpf_map_lookup_elem(&connections, &w->key);
	if (loop->c && ends_all(w)) {
		loop->side = &loop->c->side[my_index(w)];
		abort_side(loop, hook);
		abort_side(loop, hook);
		leave(w, loop->c);
	}
	if (w->d.event.tcp_flags & TCP_SYN)
		on_syn(w);
}

static __always_inline void inspect_segment(struct http_loop *loop, __u8 hook)
{
	const struct ebpfi_packet *e = &loop->w->d.event;
	struct http_connection *c = loop->c;
	__u32 seq = e->tcp_seq + (e->tcp_flags & TCP_SYN ? 1 : 0);

	if (e->tcp_flags & TCP_SYN && !loop->side->known)
		http_open(loop->side, seq, loop->side->role);
	if (e->payload_len || e->tcp_flags & TCP_FIN)
		read_segment(loop, hook, seq, e->payload_len);
	if (!(e->tcp_flags & TCP_FIN))
		return;
	loop->side->closed = 1;
	if (c->side[0].closed && c->side[1].closed)
		leave(loop->w, c);
}

static __always_inline void inspect_tcp(struct pkt *p, struct http_work *w, struct ebpfi_ledger *l, const struct http_table *t)
{
	const struct ebpfi_packet *e = &w->d.event;
	struct pkt copy = *p; /* the loop's pointer to it would hide the hook from the compiler */
	struct http_loop loop = { .p = &copy, .w = w, .t = t, .l = l };
	struct http_connection *c;

	set_key(w);
	if (e->tcp_flags & (TCP_SYN | TCP_RST))
		on_edge(&loop, p->hook);
	if (e->tcp_flags & TCP_RST)
		return;
	c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c && e->payload_len)
		make_connection(p, w, l);
	if (!c)
		c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c)
		return;
	loop.c = c;
	loop.side = &c->side[my_index(w)];
	inspect_segment(&loop, p->hook);
}

static __always_inline int http_inspect(struct pkt *p)
{
	__u32 only = 0;
	struct http_work *w = bpf_map_lookup_elem(&scratch, &only);
	const struct http_table *t = bpf_map_lookup_elem(&http_table, &only);
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!w || !t || !l)
		return EBPFI_VERDICT_PASS;
	if (filtered_out(p)) {
		count_filtered(l);
		return EBPFI_VERDICT_PASS;
	}
	__builtin_memset(&w->d.event, 0, sizeof(w->d.event));
	if (tunnels)
		enter_tunnel(p);
	parse_packet(p, &w->d);
	if (p->vlan_proto) /* loads count from where the packet begins here, without the tag that was taken out */
		w->d.event.payload_offset -= 4;
	if (is_tcp(&w->d.event))
		inspect_tcp(p, w, l, t);
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(http);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The inspector `http`: HTTP/1.x messages, however they are cut into segments; HTTP/2 is handed to the library. Its ledger counts
 * events, not packets. It only observes.
 */
#include "filtered.h"
#include "http2_walk.h"

enum {
	ROUNDS_MAX = 16384, /* turns a segment may take: 64 KiB, a few bytes at a time */
	CONNECTIONS = 8192,
	OPENINGS = 65536,
	HTTP_SHORT_TARGET = 64,
};

/* One packet's work; in a map, for the same reason as struct decode. */
struct http_work {
	struct decode d;
	struct http_key key;
	struct http_walk walk;
	struct http2_walk h2;
	__u32 at, end; /* of the segment's bytes: offsets in the packet */
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

static __always_inline void set_message(const struct http_message *m, struct ebpfi_http *e)
{
	e->status = m->status;
	e->anomalies = m->anomalies;
	e->major = m->notes >> HTTP_PREFACE & 1 ? 2 : m->notes >> HTTP_OLD & 1 ? 0 : 1;
	e->minor = m->minor;
	__builtin_memcpy(e->used, m->used, sizeof(e->used));
}

/* A response and the request it answers: the oldest that waits. */
static __always_inline void set_pair(const struct http_connection *c, const struct http_message *m, struct ebpfi_http *e)
{
	__u32 number = c->popped + 1;
	const struct http_pending *pending = &c->pending[number & (HTTP_IN_FLIGHT - 1)];

	e->response_bytes = m->body_bytes;
	if (pending->number != number) {
		e->anomalies |= 1ULL << EBPFI_HTTP_UNPAIRED;
		return;
	}
	e->number = number;
	e->request_time_ns = pending->time_ns;
	e->request_bytes = pending->body_bytes;
	e->first_byte_ns = m->time_ns - pending->time_ns;
	e->duration_ns = e->event.time_ns - pending->time_ns;
}

static __always_inline void set_request(const struct http_connection *c, const struct http_message *m, struct ebpfi_http *e)
{
	e->number = c->pushed;
	e->request_time_ns = m->time_ns;
	e->request_bytes = m->body_bytes;
}

static __always_inline struct ebpfi_http *reserve_text(const struct http_message *m, __u32 text)
{
	struct ebpfi_http *e = bpf_ringbuf_reserve(&events, sizeof(*e) - sizeof(e->text) + text, 0);

	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e) - sizeof(e->text));
	e->grpc_status = -1;
	__builtin_memcpy(e->text, m->text, text);
	e->event.len = sizeof(*e) - sizeof(e->text) + text;
	return e;
}

/* A record with as much text as there is; three sizes, for the verifier wants constants. Most are a third of the largest. */
static __always_inline struct ebpfi_http *reserve_http(const struct http_message *m)
{
	__u32 requests = ebpfi_http_base(EBPFI_HTTP_METHOD), target = ebpfi_http_base(EBPFI_HTTP_TARGET);

	if (!(m->used[EBPFI_HTTP_METHOD] | m->used[EBPFI_HTTP_AUTHORIZATION] | m->used[EBPFI_HTTP_HOST] |
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
	e = reserve_http(m);
	if (!e) {
		loop->l->lost_ring++;
		return;
	}
	set_head(loop->p, loop->w, e);
	set_message(m, e);
	e->connection = loop->c->id;
	if (m->notes >> HTTP_IS_RESPONSE & 1)
		set_pair(loop->c, m, e);
	else
		set_request(loop->c, m, e);
	bpf_ringbuf_submit(e, wake_flags());
	loop->l->delivered++;
}

static __always_inline struct http_side *other_side(const struct http_loop *loop)
{
	return &loop->c->side[my_index(loop->w) ^ 1];
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

/* The client has sent its preface up to what an HTTP/1 request line would be. */
static __always_inline int on_preface(const struct http_loop *loop)
{
	if (!loop->t->http2) {
		loop->w->kind = EBPFI_EVENT_HTTP_REQUEST;
		tunnel(loop);
		return HTTP_GO_ON;
	}
	http2_begin_both(loop->side, other_side(loop), HTTP2_PREFACE - 6);
	return HTTP_GO_ON;
}

static __always_inline int request_head(const struct http_loop *loop, struct http_message *m)
{
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed + 1);

	if (m->minor == 1 && !http_has(m, HTTP_HAS_HOST))
		http_wrong(m, EBPFI_HTTP_NO_HOST);
	pending->time_ns = m->time_ns;
	pending->body_bytes = 0;
	pending->kind = http_kind_of(m);
	pending->number = ++c->pushed;
	loop->w->kind = EBPFI_EVENT_HTTP_REQUEST;
	if (pending->kind != HTTP_IS_CONNECT)
		return http_frame(m, 0, 0);
	m->state = HTTP_TUNNEL;
	return HTTP_GO_ON;
}

/* 1xx but 101 is no answer yet (RFC 9110 15.2). */
static __always_inline int response_head(const struct http_loop *loop, struct http_message *m)
{
	const struct http_pending *pending = http_pending_at(loop->c, loop->c->popped + 1);
	__u32 kind = pending->number == loop->c->popped + 1 ? pending->kind : HTTP_PLAIN;

	m->used[EBPFI_HTTP_METHOD] = 0;
	if (m->status < 200 && m->status != 101) {
		http_resync(loop->side);
		return HTTP_GO_ON;
	}
	if (kind == HTTP_IS_CONNECT && m->status >= 300)
		other_side(loop)->m.state = HTTP_REQUEST;
	if (m->status < 200 || m->status == 204 || m->status == 304)
		return http_frame(m, 1, 1);
	return http_frame(m, 1, kind == HTTP_IS_HEAD || (kind == HTTP_IS_CONNECT && m->status < 300));
}

/* "GET x" and a line end is HTTP/0.9 only where HTTP was seen before. */
static __always_inline int on_head(const struct http_loop *loop)
{
	struct http_message *m = &loop->side->m;
	int is_response = http_has(m, HTTP_IS_RESPONSE);

	if (http_has(m, HTTP_OLD) && !loop->side->sure) {
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	loop->side->sure = 1;
	m->anomalies |= loop->side->noted;
	loop->side->noted = 0;
	take_roles(loop, is_response);
	if (is_response)
		return response_head(loop, m);
	return http_has(m, HTTP_PREFACE) ? on_preface(loop) : request_head(loop, m);
}

/* After the event: on to the next message, or to what is no HTTP/1 any more. */
static __always_inline void on_end(const struct http_loop *loop)
{
	struct http_message *m = &loop->side->m;
	struct http_connection *c = loop->c;
	const struct http_pending *pending = http_pending_at(c, c->popped + 1);
	int upgrade = loop->t->http2 && http2_is_upgrade(m);
	int leaves = m->status == 101 || (pending->kind == HTTP_IS_CONNECT && m->status / 100 == 2);

	if (http_has(m, HTTP_IS_RESPONSE)) {
		if (pending->number == c->popped + 1)
			c->popped++;
	} else {
		http_pending_at(c, c->pushed)->body_bytes = m->body_bytes;
		leaves = 0;
	}
	http_resync(loop->side);
	if (leaves)
		tunnel(loop);
	if (leaves && upgrade)
		http2_begin_both(other_side(loop), loop->side, 0);
}

/* Behind a request to upgrade whose answer was not seen, as at XDP, what is no HTTP is the other protocol. */
static __always_inline int was_upgraded(const struct http_loop *loop)
{
	const struct http_connection *c = loop->c;

	return loop->side->role == HTTP_REQUEST && c->pushed != c->popped &&
	       c->pending[c->pushed & (HTTP_IN_FLIGHT - 1)].kind == HTTP_IS_UPGRADE;
}

/* 1: the rest of the segment is not to be read. */
static __always_inline int on_broken(const struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->side->m;
	struct http_work *w = loop->w;

	if (w->at - w->walk.end == w->d.event.payload_offset &&
	    http2_is_underway(loop->p, hook, loop->side, &w->walk, w->d.event.payload_offset, w->end)) {
		tunnel(loop);
	} else if (was_upgraded(loop)) {
		tunnel(loop);
		return 1;
	} else if (!loop->side->sure && !http_has(m, HTTP_SURE)) {
		return 1;
	}
	m->anomalies |= loop->side->noted;
	loop->side->noted = 0;
	w->kind = EBPFI_EVENT_HTTP_BROKEN;
	return 1;
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

/* One turn of the segment; 1 at its end. */
static __always_inline long go_round(struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->side->m;
	struct http_work *w = loop->w;
	int stop, end = 0;

	if (w->walk.at >= w->walk.end && next_piece(loop, hook))
		return 1;
	w->kind = 0;
	stop = http_turn(loop->t, m, &w->walk);
	if (stop == HTTP_HEAD)
		stop = on_head(loop);
	if (stop == HTTP_END && http_has(m, HTTP_IS_RESPONSE))
		w->kind = EBPFI_EVENT_HTTP_RESPONSE;
	if (m->state == HTTP_BROKEN && stop != HTTP_END)
		end = on_broken(loop, hook);
	if (w->kind)
		emit(loop);
	if (stop == HTTP_END)
		on_end(loop);
	return end || m->state == HTTP_TUNNEL || m->state == HTTP_H2;
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

static __always_inline long go_frame(struct http_loop *loop, __u8 hook)
{
	struct http_work *w = loop->w;

	return http2_turn(loop->p, hook, &w->d.event, &loop->side->m, &w->h2, loop->l, loop->c->id);
}

static long frame_xdp(__u32 i, struct http_loop *loop)
{
	(void)i;
	return go_frame(loop, EBPFI_HOOK_XDP);
}

static long frame_skb(__u32 i, struct http_loop *loop)
{
	(void)i;
	return go_frame(loop, EBPFI_HOOK_TC);
}

/* What of the segment is HTTP/2; and where the direction ends, that. */
static __always_inline void read_http2(struct http_loop *loop, __u8 hook)
{
	struct http_work *w = loop->w;
	__u32 ends = http2_ends(w->d.event.tcp_flags, other_side(loop)->closed);

	if (loop->side->m.state != HTTP_H2 || (w->at >= w->end && !ends))
		return;
	http2_enter(loop->side, &w->h2, w->at, w->end, ends);
	if (hook == EBPFI_HOOK_XDP)
		bpf_loop(ROUNDS_MAX, frame_xdp, loop, 0);
	else
		bpf_loop(ROUNDS_MAX, frame_skb, loop, 0);
}

/* A side that cannot be read looks for its next message where a segment begins. */
static __always_inline void read_segment(struct http_loop *loop, __u8 hook, __u32 seq, __u32 size)
{
	struct http_side *side = loop->side;
	struct http_span span = http_span(side, seq, size);
	struct http_work *w = loop->w;

	if (!span.fresh)
		return;
	if (side->known && seq + span.skip != side->next && side->m.state == HTTP_H2)
		http2_gap(side, seq - side->next);
	else if (side->known && seq + span.skip != side->next && http_gap(side, seq - side->next))
		http_resync(side);
	if (!side->known && side->m.state == HTTP_H2) {
		side->known = 1;
	} else if (!side->known) {
		http_open(side, seq, HTTP_ANY);
		side->noted |= 1U << EBPFI_HTTP_MIDSTREAM;
	}
	side->next = seq + size;
	if (side->m.state == HTTP_TUNNEL)
		return;
	if (side->m.state == HTTP_BROKEN)
		http_resync(side);
	w->at = w->d.event.payload_offset + span.skip;
	w->end = w->d.event.payload_offset + size;
	w->walk.at = w->walk.end = 0;
	w->walk.now = now_ns(); /* for all of the segment's events: to read the clock costs as much as to walk ten bytes */
	if (side->m.state == HTTP_H2)
		;
	else if (hook == EBPFI_HOOK_XDP)
		bpf_loop(ROUNDS_MAX, round_xdp, loop, 0);
	else
		bpf_loop(ROUNDS_MAX, round_skb, loop, 0);
	w->at -= w->walk.end - w->walk.at; /* what was loaded and not read */
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

/* A handshake: whatever was known of these ports is another connection's. */
static __always_inline void on_syn(struct http_work *w)
{
	struct http_opening opening = {}, *there;

	if (!(w->d.event.tcp_flags & TCP_ACK)) {
		bpf_map_delete_elem(&connections, &w->key);
		bpf_map_update_elem(&openings, &w->key, &opening, BPF_ANY);
	}
	there = bpf_map_lookup_elem(&openings, &w->key);
	if (!there)
		return;
	there->next[my_index(w)] = w->d.event.tcp_seq + 1;
	there->seen[my_index(w)] = 1;
}

/* A message begins with a letter, a frame of HTTP/2 with a zero; what does not is not worth a connection's memory. */
static __always_inline int may_begin(const struct pkt *p, struct http_work *w)
{
	__u8 first;

	if (pkt_load(p, w->d.event.payload_offset, &first, 1))
		return 0;
	if (!first)
		return !pkt_load(p, w->d.event.payload_offset, w->walk.bytes, HTTP2_HEAD) && http2_is_frame(w->walk.bytes);
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

/* What a closed connection leaves unfinished is told: a body that ends here is complete, anything else is cut off. */
static __always_inline void on_close(struct http_loop *loop)
{
	struct http_side *side = loop->side;
	struct http_message *m = &side->m;

	side->closed = 1;
	if (!side->sure || m->state == side->role || m->state == HTTP_TUNNEL || m->state == HTTP_H2 || m->state == HTTP_BROKEN)
		return;
	loop->w->walk.now = now_ns();
	if (!http_has(m, HTTP_UNTIL_CLOSE))
		http_wrong(m, EBPFI_HTTP_CUT_OFF);
	loop->w->kind = m->status ? EBPFI_EVENT_HTTP_RESPONSE : EBPFI_EVENT_HTTP_BROKEN;
	emit(loop);
	on_end(loop);
}

static __always_inline int is_tcp(const struct ebpfi_packet *e)
{
	return e->ip_proto == PROTO_TCP && e->flags & EBPFI_PACKET_PORTS && e->payload_offset &&
	       !(e->flags & (EBPFI_PACKET_FRAGMENT | EBPFI_PACKET_TRUNCATED));
}

static __always_inline void inspect_tcp(struct pkt *p, struct http_work *w, struct ebpfi_ledger *l, const struct http_table *t)
{
	const struct ebpfi_packet *e = &w->d.event;
	struct pkt copy = *p; /* the loop's pointer to it would hide the hook from the compiler */
	struct http_connection *c;
	struct http_loop loop;

	set_key(w);
	if (e->tcp_flags & TCP_SYN)
		on_syn(w);
	c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c && e->payload_len)
		make_connection(p, w, l);
	if (!c)
		c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c)
		return;
	loop = (struct http_loop){ &copy, w, c, &c->side[my_index(w)], t, l };
	w->at = w->end = 0;
	if (e->payload_len)
		read_segment(&loop, p->hook, e->tcp_seq + (e->tcp_flags & TCP_SYN ? 1 : 0), e->payload_len);
	read_http2(&loop, p->hook);
	if (e->tcp_flags & (TCP_FIN | TCP_RST))
		on_close(&loop);
	if (e->tcp_flags & TCP_RST || (c->side[0].closed && c->side[1].closed))
		bpf_map_delete_elem(&connections, &w->key);
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
	parse_packet(p, &w->d);
	if (p->vlan_proto) /* loads count from where the packet begins here, without the tag that was taken out */
		w->d.event.payload_offset -= 4;
	if (is_tcp(&w->d.event))
		inspect_tcp(p, w, l, t);
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(http);

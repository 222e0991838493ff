/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "reorder.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"

/* A copy of a frame. */
struct waiting {
	struct frame frame;
	struct segment segment;
	struct flow *flow;
	bool overtaken; /* a later frame of the connection was ready before it */
	uint8_t bytes[];
};

struct reorder {
	struct flows *flows;
	bool tunnels;
	reorder_fn fn;
	void *to;
	uint64_t moved;
	size_t bytes; /* of the frames that wait */
	unsigned int count;
	struct waiting *waiting[REORDER_FRAMES]; /* in the order of the capture */
};

struct reorder *reorder_new(bool tunnels, reorder_fn fn, void *to)
{
	struct reorder *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->flows = flows_new();
	if (!r->flows) {
		free(r);
		return NULL;
	}
	r->tunnels = tunnels;
	r->fn = fn;
	r->to = to;
	return r;
}

void reorder_free(struct reorder *r)
{
	if (!r)
		return;
	while (r->count)
		free(r->waiting[--r->count]);
	flows_free(r->flows);
	free(r);
}

uint64_t reorder_moved(const struct reorder *r)
{
	return r->moved;
}

static bool has_waiting(const struct flow *f)
{
	return f->waiting[0] || f->waiting[1];
}

static int release(struct reorder *r, unsigned int i)
{
	struct waiting *w = r->waiting[i];
	int err;

	memmove(r->waiting + i, r->waiting + i + 1, (--r->count - i) * sizeof(r->waiting[0]));
	r->bytes -= w->frame.len;
	r->moved += w->overtaken;
	w->flow->waiting[w->segment.direction]--;
	flow_take(r->flows, w->flow, &w->segment);
	err = r->fn(r->to, &w->frame);
	free(w);
	return err;
}

/* Hands on the frames of a connection that were captured before the one at `end`. */
static int release_before(struct reorder *r, const struct flow *f, unsigned int end)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && has_waiting(f) && i < end;) {
		if (r->waiting[i]->flow != f) {
			i++;
			continue;
		}
		err = release(r, i);
		end--;
	}
	return err;
}

/* The first frame of a connection that need not wait any longer; `count`: there is none. */
static unsigned int find_ready(const struct reorder *r, const struct flow *f)
{
	unsigned int i;

	for (i = 0; i < r->count; i++)
		if (r->waiting[i]->flow == f && !flow_must_wait(r->flows, f, &r->waiting[i]->segment))
			break;
	return i;
}

static void note_overtaken(struct reorder *r, const struct flow *f, unsigned int end)
{
	unsigned int i;

	for (i = 0; i < end; i++)
		r->waiting[i]->overtaken |= r->waiting[i]->flow == f;
}

/* `moved`: they waited for a frame that came after them. */
static int release_ready(struct reorder *r, struct flow *f, bool moved)
{
	unsigned int i, before;
	int err = 0;

	while (!err && has_waiting(f) && (i = find_ready(r, f)) < r->count) {
		before = r->count;
		if (flow_ends(f, &r->waiting[i]->segment))
			err = release_before(r, f, i);
		i -= before - r->count;
		note_overtaken(r, f, i + moved);
		if (!err)
			err = release(r, i);
	}
	return err;
}

/*
 * Of the oldest frame's connection, the frame before which nothing else waits. Two looks at each are enough unless gaps of both directions
 * depend on each other; then some frames come in the order of the capture.
 */
static unsigned int find_first(const struct reorder *r)
{
	const struct flow *f = r->waiting[0]->flow;
	unsigned int i, first = 0;

	for (i = 0; i < 2 * r->count; i++)
		if (r->waiting[i % r->count]->flow == f &&
		    segment_precedes(&r->waiting[i % r->count]->segment, &r->waiting[first]->segment))
			first = i % r->count;
	return first;
}

/* Gives up the wait of the oldest frame: what is missing before it and before those on which it depends is lost. */
static int release_oldest(struct reorder *r)
{
	unsigned int first = find_first(r);
	struct waiting *w = r->waiting[first];
	struct flow *f = w->flow;
	int err;

	note_overtaken(r, f, first);
	flow_give_up(r->flows, f, &w->segment);
	err = release(r, first);
	return err ? err : release_ready(r, f, false);
}

int reorder_expire(struct reorder *r, uint64_t time_ns)
{
	uint64_t captured;
	int err = 0;

	while (!err && r->count) {
		captured = r->waiting[0]->frame.time_ns;
		/* The time may also go back: by a little between interfaces, by a lot between captures that were put together. */
		if ((time_ns > captured ? time_ns - captured : captured - time_ns) <= REORDER_NS)
			break;
		err = release_oldest(r);
	}
	return err;
}

int reorder_flush(struct reorder *r)
{
	int err = 0;

	while (!err && r->count)
		err = release_oldest(r);
	return err;
}

/* The SYN for which a SYN-ACK waits does not end that connection: its frames begin with the SYN-ACK. */
static unsigned int find_answer(const struct reorder *r, const struct flow *f, const struct segment *s)
{
	unsigned int i;

	for (i = 0; i < r->count; i++)
		if (r->waiting[i]->flow == f && flow_answers(&r->waiting[i]->segment, s))
			break;
	return i;
}

static int pass(struct reorder *r, const struct frame *frame, struct flow *f, const struct segment *s)
{
	int err = 0;

	if (has_waiting(f) && flow_ends(f, s))
		err = release_before(r, f, find_answer(r, f, s));
	flow_take(r->flows, f, s);
	if (!err)
		err = r->fn(r->to, frame);
	return err || !has_waiting(f) ? err : release_ready(r, f, true);
}

static bool keep(struct reorder *r, const struct frame *frame, struct flow *f, const struct segment *s)
{
	struct waiting *w = malloc(sizeof(*w) + frame->len);

	if (!w)
		return false;
	*w = (struct waiting){ .frame = *frame, .segment = *s, .flow = f };
	memcpy(w->bytes, frame->data, frame->len);
	w->frame.data = w->bytes;
	r->waiting[r->count++] = w;
	r->bytes += frame->len;
	f->waiting[s->direction]++;
	return true;
}

static bool has_room(const struct reorder *r, const struct frame *frame)
{
	return r->count < REORDER_FRAMES && r->bytes + frame->len <= REORDER_BYTES;
}

/* A direction whose SYN-ACK waits has no numbers yet. */
static bool must_wait(const struct reorder *r, const struct flow *f, const struct segment *s)
{
	return flow_must_wait(r->flows, f, s) || (!f->known[s->direction] && f->waiting[s->direction]);
}

/* Makes room by handing on the oldest frames, after which this one may be ready. */
static int wait_for_earlier(struct reorder *r, const struct frame *frame, struct flow *f, const struct segment *s)
{
	int err = 0;

	while (!err && r->count && must_wait(r, f, s) && !has_room(r, frame))
		err = release_oldest(r);
	if (!err && must_wait(r, f, s)) {
		if (has_room(r, frame) && keep(r, frame, f, s))
			return 0;
		err = release_before(r, f, r->count); /* there is no memory, or the frame is too large */
	}
	return err ? err : pass(r, frame, f, s);
}

/* Nobody reads the other fragments, so the next segment comes after a gap: do not wait for it. */
static int pass_fragment(struct reorder *r, const struct frame *frame, struct flow *f, const struct segment *s)
{
	int err = release_before(r, f, r->count);

	flow_forget(f, s->direction);
	return err ? err : r->fn(r->to, frame);
}

int reorder_add(struct reorder *r, const struct frame *frame)
{
	int err = r->count ? reorder_expire(r, frame->time_ns) : 0;
	struct segment s;
	struct flow *f;

	if (err)
		return err;
	f = segment_read(frame, r->tunnels, &s) ? flows_get(r->flows, &s) : NULL;
	if (!f)
		return r->fn(r->to, frame);
	if (s.fragment)
		return pass_fragment(r, frame, f, &s);
	return must_wait(r, f, &s) ? wait_for_earlier(r, frame, f, &s) : pass(r, frame, f, &s);
}

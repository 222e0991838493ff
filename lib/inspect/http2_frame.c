/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_frame.h"

#include <string.h>

enum { PREFACE = 0xff }; /* in place of a type: the client's preface */

void http2_reader_init(struct http2_reader *r, uint32_t preface)
{
	memset(r, 0, sizeof(*r));
	r->want = HTTP2_HEAD;
	if (!preface)
		return;
	r->frame.type = PREFACE;
	r->left = preface;
	r->have = HTTP2_HEAD;
}

void http2_reader_search(struct http2_reader *r)
{
	memset(r, 0, sizeof(*r));
	r->want = HTTP2_HEAD;
	r->searching = true;
}

static uint32_t number_of(const uint8_t *four)
{
	return (uint32_t)four[0] << 24 | http2_length(four + 1);
}

static struct http2_frame frame_of(const uint8_t *head)
{
	return (struct http2_frame){ http2_length(head), head[3], head[4], number_of(head + 5) & 0x7fffffff, 0 };
}

/* Bytes before the payload proper: the length of the padding, priorities, a stream, an error code. Of GOAWAY, the rest is not used. */
static unsigned int lead_of(const struct http2_frame *f)
{
	unsigned int padded = f->flags & HTTP2_PADDED ? 1 : 0;

	switch (f->type) {
	case HTTP2_DATA:
		return padded;
	case HTTP2_HEADERS:
		return padded + (f->flags & HTTP2_WITH_PRIORITY ? 5 : 0);
	case HTTP2_PUSH_PROMISE:
		return padded + 4;
	case HTTP2_RST_STREAM:
	case HTTP2_GOAWAY:
		return 4;
	default:
		return 0;
	}
}

static bool is_block(const struct http2_frame *f)
{
	return f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE || f->type == HTTP2_CONTINUATION;
}

static bool has_number(const struct http2_frame *f)
{
	return f->type == HTTP2_RST_STREAM || f->type == HTTP2_GOAWAY || f->type == HTTP2_PUSH_PROMISE;
}

static bool is_plausible(const uint8_t *head)
{
	struct http2_frame f = frame_of(head);

	return http2_is_frame(head) && lead_of(&f) <= f.length;
}

/* Whether the bytes are frames in sequence, to their end or for three frames. */
static bool is_chain(const uint8_t *bytes, size_t size, bool at_start)
{
	int n = 0;
	size_t length;

	while (size >= HTTP2_HEAD && is_plausible(bytes)) {
		length = HTTP2_HEAD + http2_length(bytes);
		if (++n == 3 || length == size)
			return true;
		if (length > size)
			return n > 1 || at_start;
		bytes += length;
		size -= length;
	}
	return false;
}

/* The offset of the next frame; `size`: not found. */
static size_t find_frame(const uint8_t *bytes, size_t size)
{
	size_t at;

	for (at = 0; at + HTTP2_HEAD <= size; at++)
		if (is_chain(bytes + at, size - at, !at))
			return at;
	return size;
}

static void lose_frames(struct http2_reader *r, bool wrong, const struct http2_listener *l, void *ctx)
{
	r->searching = true;
	r->doubt += wrong ? HTTP2_DOUBT_PER_WRONG : 0;
	r->continues = 0;
	r->have = 0;
	r->want = HTTP2_HEAD;
	r->left = r->padding = 0;
	l->frames_lost(ctx, wrong);
}

static void finish_frame(struct http2_reader *r, const struct http2_listener *l, void *ctx)
{
	struct http2_frame frame = r->frame;

	r->have = 0;
	r->want = HTTP2_HEAD;
	if (frame.type == PREFACE)
		return;
	r->continues = is_block(&frame) && !(frame.flags & HTTP2_END_HEADERS) ? frame.stream : 0;
	l->end(ctx, &frame);
}

/* Some of the payload proper. `bytes` is NULL if they are missing. */
static void give_payload(struct http2_reader *r, const uint8_t *bytes, uint32_t size, const struct http2_listener *l, void *ctx)
{
	const struct http2_frame *f = &r->frame;

	r->left -= size;
	if (is_block(f))
		l->payload(ctx, f, bytes, size, !r->left && f->flags & HTTP2_END_HEADERS);
	else if (f->type == HTTP2_DATA && size)
		l->payload(ctx, f, NULL, size, false);
}

/* Called when header and lead are complete. false: the bytes are not a frame. */
static bool begin_frame(struct http2_reader *r, const struct http2_listener *l, void *ctx)
{
	unsigned int lead = lead_of(&r->frame), padded = r->frame.flags & HTTP2_PADDED && lead ? 1 : 0;

	if (r->frame.type == HTTP2_RST_STREAM || r->frame.type == HTTP2_GOAWAY)
		padded = 0;
	r->padding = padded ? r->head[HTTP2_HEAD] : 0;
	if (lead + r->padding > r->frame.length)
		return false;
	r->left = r->frame.length - lead - r->padding;
	if (has_number(&r->frame))
		r->frame.number = number_of(r->head + HTTP2_HEAD + padded);
	if (r->frame.type != HTTP2_RST_STREAM)
		r->frame.number &= 0x7fffffff;
	l->begin(ctx, &r->frame);
	if (!r->left && is_block(&r->frame))
		give_payload(r, r->head, 0, l, ctx);
	return true;
}

/* No other frame interrupts a header block (RFC 9113 4.3). A huge frame of an unknown type means that the position was lost. */
static bool may_follow(const struct http2_reader *r, const struct http2_frame *f)
{
	if (f->type >= HTTP2_TYPES && f->length > HTTP2_LENGTH_USUAL)
		return false;
	if (r->continues || f->type == HTTP2_CONTINUATION)
		return f->type == HTTP2_CONTINUATION && r->continues && f->stream == r->continues;
	return f->stream || !(f->type == HTTP2_DATA || is_block(f) || f->type == HTTP2_RST_STREAM);
}

/* Reads bytes of header and lead; returns how many. */
static size_t take_head(struct http2_reader *r, const uint8_t *bytes, size_t size, const struct http2_listener *l, void *ctx)
{
	size_t n = (size_t)r->want - r->have;
	bool wrong = false;

	n = n < size ? n : size;
	memcpy(r->head + r->have, bytes, n);
	r->have = (uint8_t)(r->have + n);
	if (r->have < r->want)
		return n;
	if (r->want == HTTP2_HEAD) {
		r->frame = frame_of(r->head);
		r->want = (uint8_t)(HTTP2_HEAD + lead_of(&r->frame));
		wrong = !may_follow(r, &r->frame) || lead_of(&r->frame) > r->frame.length;
	}
	if (!wrong && r->have == r->want)
		wrong = !begin_frame(r, l, ctx);
	if (wrong)
		lose_frames(r, true, l, ctx);
	else if (r->have == r->want && !r->left && !r->padding)
		finish_frame(r, l, ctx);
	return n;
}

static bool is_in_head(const struct http2_reader *r)
{
	return r->have < r->want;
}

/* Reads bytes of payload and padding; returns how many. */
static size_t take_payload(struct http2_reader *r, const uint8_t *bytes, size_t size, const struct http2_listener *l, void *ctx)
{
	uint32_t n = r->left ? r->left : r->padding;

	n = n < size ? n : (uint32_t)size;
	if (r->left)
		give_payload(r, bytes, n, l, ctx);
	else
		r->padding -= n;
	if (!r->left && !r->padding)
		finish_frame(r, l, ctx);
	return n;
}

/* Missing bytes in a body are harmless, because a body is skipped anyway. Behind it, the next frame may begin anywhere. */
static void bridge_gap(struct http2_reader *r, uint64_t missing, const struct http2_listener *l, void *ctx)
{
	if (r->searching)
		return;
	if (!is_in_head(r) && !is_block(&r->frame))
		while (missing && !is_in_head(r))
			missing -= take_payload(r, NULL, missing, l, ctx);
	if (missing)
		lose_frames(r, false, l, ctx);
}

/* Returns how many bytes were read, or searched for a frame. */
static size_t take_bytes(struct http2_reader *r, const uint8_t *bytes, size_t size, const struct http2_listener *l, void *ctx)
{
	size_t n;

	if (r->searching) {
		n = find_frame(bytes, size);
		r->doubt += n;
		r->searching = n == size;
		return n;
	}
	n = is_in_head(r) ? take_head(r, bytes, size, l, ctx) : take_payload(r, bytes, size, l, ctx);
	r->doubt -= n < r->doubt ? n : r->doubt;
	return n;
}

void http2_reader_feed(struct http2_reader *r, uint64_t position, const uint8_t *bytes, size_t size,
		       const struct http2_listener *l, void *ctx)
{
	size_t n;

	if (position < r->next)
		return;
	if (position > r->next)
		bridge_gap(r, position - r->next, l, ctx);
	r->next = position + size;
	while (size && r->doubt <= HTTP2_DOUBT_MAX) {
		n = take_bytes(r, bytes, size, l, ctx);
		bytes += n;
		size -= n;
	}
}

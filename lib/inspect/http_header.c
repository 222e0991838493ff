/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The header and the trailers of a message: names and values. */
#include <ctype.h>
#include <string.h>

#include "http_lines.h"

/* Any value ends at the line's end. The only valid control character is HT (RFC 9110 5.5). */
void value_row(struct grammar *g, const struct lines *l, int state, struct move otherwise)
{
	on_all(g, state, otherwise);
	on_range(g, state, 0, 31, TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_CONTROL));
	on(g, state, "\x7f", TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_CONTROL));
	on(g, state, "\t", otherwise);
	on(g, state, "\r", TO(l->line_cr));
	on(g, state, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_LF));
}

static int new_value(struct grammar *g, const struct lines *l, struct move otherwise)
{
	int state = new_state(g, otherwise);

	value_row(g, l, state, otherwise);
	return state;
}

/* A value ends with CR or with a bare LF. */
static void on_value_end(struct grammar *g, const struct lines *l, int state, enum http_action action, int arg)
{
	on(g, state, "\r", TO(l->line_cr, action, arg));
	on(g, state, "\n", TO(l->line, action, arg, EBPFI_HTTP_BARE_LF));
}

/* A kept text goes on behind a control character. HT and line ends are none here. */
static void keep_controls(struct grammar *g, int state, int rest, int field)
{
	struct move keep = TO(rest, HTTP_KEEP, field, EBPFI_HTTP_CONTROL);

	on_range(g, state, 0, 8, keep);
	on_range(g, state, 11, 12, keep);
	on_range(g, state, 14, 31, keep);
	on(g, state, "\x7f", keep);
}

/* A value that is kept, after leading blanks. */
static int text_value(struct grammar *g, const struct lines *l, int field)
{
	int rest = HTTP_KEEPING + field, start;

	value_row(g, l, rest, TO(rest, HTTP_KEEP, field));
	start = new_value(g, l, TO(rest, HTTP_KEEP, field | HTTP_KEEP_FAST));
	keep_controls(g, rest, rest, field);
	keep_controls(g, start, rest, field);
	on(g, start, " \t", TO(start));
	return start;
}

/* Host. Some put a user name and a password into it: the text before an @ is secret. */
static int host_value(struct grammar *g, const struct lines *l)
{
	int rest = HTTP_KEEPING + EBPFI_HTTP_HOST, start = text_value(g, l, EBPFI_HTTP_HOST);

	on(g, start, "@", TO(rest, HTTP_CUT, EBPFI_HTTP_HOST, EBPFI_HTTP_BAD_HOST));
	on(g, rest, "@", TO(rest, HTTP_CUT, EBPFI_HTTP_HOST, EBPFI_HTTP_BAD_HOST));
	on_value_end(g, l, rest, HTTP_NOTE, HTTP_HOST_DONE);
	return start;
}

/* The row of a URL's authority, or of what may be one: the bytes before an @ are secret. A query may be, too, and is not kept. */
static void url_row(struct grammar *g, const struct lines *l, int field, int state, int rest, int authority)
{
	value_row(g, l, state, TO(rest, HTTP_KEEP, field));
	keep_controls(g, state, rest, field);
	on(g, state, "?#", TO(HTTP_VALUE));
	if (authority)
		on(g, state, "@", TO(authority, HTTP_CUT, field));
}

/* The value of Referer and Location: [[scheme ":"] "//" authority] path, of which the authority begins behind the slashes. */
static int url_value(struct grammar *g, const struct lines *l, int field)
{
	int start = new_state(g, TO(0)), scheme = new_state(g, TO(0)), first = new_state(g, TO(0));
	int authority = new_state(g, TO(0)), rest = new_state(g, TO(0));

	url_row(g, l, field, start, scheme, authority);
	url_row(g, l, field, scheme, scheme, authority);
	url_row(g, l, field, first, rest, 0);
	url_row(g, l, field, authority, authority, authority);
	url_row(g, l, field, rest, rest, 0);
	on(g, start, " \t", TO(start));
	on(g, start, "/", TO(first, HTTP_KEEP, field));
	on(g, scheme, "/", TO(first, HTTP_KEEP, field));
	on(g, first, "/", TO(authority, HTTP_AUTHORITY, field));
	on(g, authority, "/", TO(rest, HTTP_KEEP, field));
	return start;
}

/*
 * The scheme of an Authorization. The credentials after the blank are secret and are not kept. Many API keys are sent without a scheme,
 * so a word is the scheme only if something follows its blank.
 */
static int scheme_value(struct grammar *g, const struct lines *l)
{
	int scheme = new_value(g, l, TO(HTTP_VALUE)), start = HTTP_SCHEME;
	int after = new_value(g, l, TO(HTTP_VALUE, HTTP_NOTE, HTTP_HAS_SCHEME));

	value_row(g, l, start, TO(HTTP_VALUE));
	on_token(g, scheme, TO(scheme, HTTP_KEEP, EBPFI_HTTP_AUTHORIZATION));
	on_token(g, start, TO(scheme, HTTP_KEEP, EBPFI_HTTP_AUTHORIZATION));
	on(g, scheme, " \t", TO(after));
	on(g, after, " \t", TO(after));
	on(g, start, " \t", TO(start));
	return start;
}

static int length_row(struct grammar *g, const struct lines *l, int state)
{
	struct move bad = TO(HTTP_VALUE, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_LENGTH);

	on_all(g, state, bad);
	on(g, state, "\r", TO(l->line_cr));
	on(g, state, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_LF));
	return state;
}

static void on_length_end(struct grammar *g, const struct lines *l, int state, int after)
{
	on(g, state, " \t", TO(after, HTTP_LENGTH_END));
	on_value_end(g, l, state, HTTP_LENGTH_END, 0);
}

/*
 * Content-Length = 1*DIGIT only: a list of equal numbers is an anomaly too (RFC 9110 8.6). After a control character too the length is
 * unknown. Leading zeros are valid, but some servers read an octal number.
 */
static int length_value(struct grammar *g, const struct lines *l)
{
	int start = length_row(g, l, HTTP_LENGTH), zero = length_row(g, l, new_state(g, TO(0)));
	int digits = length_row(g, l, new_state(g, TO(0))), after = length_row(g, l, new_state(g, TO(0)));

	on(g, start, " \t", TO(start));
	on(g, start, "\r", TO(l->line_cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_LENGTH));
	on(g, start, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_LENGTH));
	on_digits(g, start, TO(digits, HTTP_FIRST_DIGIT));
	on(g, start, "0", TO(zero, HTTP_FIRST_DIGIT));
	on_digits(g, zero, TO(digits, HTTP_DIGIT, 0, EBPFI_HTTP_ODD_LENGTH));
	on_digits(g, digits, TO(digits, HTTP_DIGIT));
	on_length_end(g, l, zero, after);
	on_length_end(g, l, digits, after);
	on(g, after, " \t", TO(after));
	return start;
}

/* A known token of a list, and what it does. */
struct word {
	const char *text;
	struct move known;
};

/* The states of a list: before a token, in an unknown token, after a known token. */
struct list {
	int start, other, after;
	struct move miss; /* for an unknown token */
	int empty;        /* the anomaly of an empty element (RFC 9110 5.6.1) */
};

static void on_list_end(struct grammar *g, const struct lines *l, const struct list *list, int state, struct move move)
{
	on(g, state, ",", TO(list->start, move.action, move.arg, move.anomaly));
	on(g, state, " \t", TO(list->after, move.action, move.arg, move.anomaly));
	on(g, state, "\r", TO(l->line_cr, move.action, move.arg, move.anomaly));
	on(g, state, "\n", TO(l->line, move.action, move.arg, move.anomaly ? move.anomaly : EBPFI_HTTP_BARE_LF));
}

static int next_of(const struct grammar *g, int state, char byte)
{
	return (int)(g->rows[state][(unsigned char)byte] & ROW_NEXT_MASK);
}

static void add_word(struct grammar *g, const struct lines *l, const struct list *list, const struct word *word)
{
	const char *at;
	int next, state = list->start;

	for (at = word->text; *at; at++) {
		next = next_of(g, state, *at);
		if (next == list->other) {
			next = new_value(g, l, list->miss);
			on_list_end(g, l, list, next, list->miss);
			on_letter(g, state, *at, TO(next));
		}
		state = next;
	}
	on_list_end(g, l, list, state, word->known);
}

/* `miss`: what an unknown token does. */
static int list_value(struct grammar *g, const struct lines *l, const struct word *words, int count, struct move miss,
		      int empty)
{
	struct list list = { .empty = empty };

	list.other = new_value(g, l, TO(0));
	value_row(g, l, list.other, TO(list.other));
	list.miss = TO(list.other, miss.action, miss.arg, miss.anomaly);
	list.start = new_value(g, l, list.miss);
	list.after = new_value(g, l, list.miss);
	on(g, list.start, " \t", TO(list.start));
	on(g, list.start, ",", TO(list.start, HTTP_NOTHING, 0, list.empty));
	on(g, list.start, "\r", TO(l->line_cr, HTTP_NOTHING, 0, list.empty));
	on(g, list.start, "\n", TO(l->line, HTTP_NOTHING, 0, list.empty ? list.empty : EBPFI_HTTP_BARE_LF));
	on(g, list.other, ",", TO(list.start));
	on(g, list.after, " \t", TO(list.after));
	on(g, list.after, ",", TO(list.start));
	while (count--)
		add_word(g, l, &list, words++);
	return list.start;
}

/* Within a field name. A name is ignored at its colon unless add_name() adds it. */
static void name_row(struct grammar *g, const struct lines *l, int state)
{
	on_all(g, state, TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on_token(g, state, TO(l->other));
	on(g, state, ":", TO(l->value, HTTP_FAST));
	on(g, state, " \t", TO(l->spaced, HTTP_NOTHING, 0, EBPFI_HTTP_SPACE_BEFORE_COLON));
	on(g, state, "\r", TO(l->line_cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on(g, state, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
}

static struct http_name *slot_of(const struct grammar *g, const char *name)
{
	return &g->names[((unsigned char)*name + strlen(name)) % HTTP_NAMES];
}

/* Writes a word and a mask that ignores the case of its letters. */
static size_t put_words(void *letters, void *mask, size_t room, const char *word)
{
	size_t i;

	for (i = 0; i < room && word[i]; i++) {
		((unsigned char *)mask)[i] = isalpha((unsigned char)word[i]) ? 0xdf : 0xff;
		((unsigned char *)letters)[i] = (unsigned char)toupper((unsigned char)word[i]);
	}
	return i;
}

/* Adds a name for the fast path. */
static void put_name(struct grammar *g, const char *name, struct move at_colon, int begun)
{
	struct http_name *slot = slot_of(g, name);

	if (slot->size || strlen(name) > sizeof(slot->letters))
		g->states = HTTP_STATES; /* the table is refused */
	slot->size = (uint32_t)put_words(slot->letters, slot->mask, sizeof(slot->letters), name);
	slot->field = at_colon.action == HTTP_FIELD ? (uint32_t)at_colon.arg + 1 : 0;
	slot->note = at_colon.action == HTTP_NOTE ? (uint16_t)(1 << at_colon.arg) : 0;
	slot->state = (uint16_t)at_colon.to;
	slot->begun = (uint16_t)begun;
}

static void put_usual(struct grammar *g, const char *name, const char *value, enum http_note note)
{
	struct http_name *slot = slot_of(g, name);

	slot->usual_size = put_words(slot->usual, slot->usual_mask, sizeof(slot->usual), value);
	slot->usual_note = (uint16_t)(1 << note);
}

/* Names share their prefixes: content-length, content-type. Servers that let pass blanks before the colon use the value. */
static void spell_name(struct grammar *g, const struct lines *l, const char *name, struct move at_colon)
{
	int next, state = l->line;

	for (; *name; name++) {
		next = next_of(g, state, *name);
		if (next == l->other) {
			next = new_state(g, TO(0));
			name_row(g, l, next);
			on_letter(g, state, *name, TO(next));
		}
		state = next;
	}
	on(g, state, ":", at_colon);
	next = new_state(g, TO(0));
	memcpy(g->rows[next], g->rows[l->spaced], sizeof(g->rows[0]));
	on(g, state, " \t", TO(next, HTTP_NOTHING, 0, EBPFI_HTTP_SPACE_BEFORE_COLON));
	on(g, next, " \t", TO(next));
	on(g, next, ":", at_colon);
}

/* A body is chunked if its last coding is. Readers differ on codings that RFC 9112 7 does not have ("identity" was removed). */
static int coding_value(struct grammar *g, const struct lines *l)
{
	const struct move not_chunked = TO(0, HTTP_UNNOTE, HTTP_CHUNKED);
	const struct word codings[] = { { "chunked", TO(0, HTTP_NOTE, HTTP_CHUNKED) },
					{ "compress", not_chunked },
					{ "deflate", not_chunked },
					{ "gzip", not_chunked },
					{ "x-compress", not_chunked },
					{ "x-gzip", not_chunked } };

	return list_value(g, l, codings, 6, TO(0, HTTP_UNNOTE, HTTP_CHUNKED, EBPFI_HTTP_BAD_CODING), EBPFI_HTTP_ODD_LIST);
}

/* `begun`: the state after a value's first byte; 0: ask the table. */
static void add_name(struct grammar *g, const struct lines *l, const char *name, struct move at_colon, int begun)
{
	put_name(g, name, at_colon, begun);
	spell_name(g, l, name, at_colon);
}

static void add_names(struct grammar *g, const struct lines *l)
{
	static const struct word connection[] = { { "close", TO(0, HTTP_NOTE, HTTP_CLOSE) },
						  { "keep-alive", TO(0, HTTP_NOTE, HTTP_KEEP_ALIVE) },
						  { "upgrade", TO(0, HTTP_NOTE, HTTP_UPGRADE) } };
	static const struct word expect[] = { { "100-continue", TO(0, HTTP_NOTE, HTTP_EXPECT) } };
	static const struct {
		const char *name;
		int field;
	} texts[] = {
		{ "content-type", EBPFI_HTTP_CONTENT_TYPE },
		{ "user-agent", EBPFI_HTTP_USER_AGENT },
		{ "upgrade", EBPFI_HTTP_UPGRADE },
		{ "x-forwarded-for", EBPFI_HTTP_FORWARDED_FOR },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_name(g, l, texts[i].name, TO(text_value(g, l, texts[i].field), HTTP_FIELD, texts[i].field),
			 HTTP_KEEPING + texts[i].field);
	add_name(g, l, "host", TO(host_value(g, l), HTTP_FIELD, EBPFI_HTTP_HOST), HTTP_KEEPING + EBPFI_HTTP_HOST);
	add_name(g, l, "referer", TO(url_value(g, l, EBPFI_HTTP_REFERER), HTTP_FIELD, EBPFI_HTTP_REFERER), 0);
	add_name(g, l, "location", TO(url_value(g, l, EBPFI_HTTP_LOCATION), HTTP_FIELD, EBPFI_HTTP_LOCATION), 0);
	add_name(g, l, "authorization", TO(scheme_value(g, l), HTTP_FIELD, EBPFI_HTTP_AUTHORIZATION), 0);
	add_name(g, l, "content-length", TO(length_value(g, l)), 0);
	add_name(g, l, "transfer-encoding", TO(coding_value(g, l), HTTP_NOTE, HTTP_HAS_CODING), 0);
	add_name(g, l, "connection", TO(list_value(g, l, connection, 3, TO(0), 0)), 0);
	put_usual(g, "connection", "keep-alive", HTTP_KEEP_ALIVE);
	add_name(g, l, "expect", TO(list_value(g, l, expect, 1, TO(0), 0)), 0);
}

/* The start of a line in the header or in trailers; `end` is the action of the empty line. */
static void line_row(struct grammar *g, const struct lines *l, enum http_action end)
{
	int end_cr = new_state(g, broken(EBPFI_HTTP_BARE_CR));

	name_row(g, l, l->line);
	on(g, l->line, ":", TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on(g, l->line, " \t", TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_FOLDED));
	on(g, l->line, "\r", TO(end_cr));
	on(g, l->line, "\n", TO(HTTP_BROKEN, end, 0, EBPFI_HTTP_BARE_LF));
	on(g, end_cr, "\n", TO(HTTP_BROKEN, end));
}

static struct lines new_lines(struct grammar *g, int line, int line_cr, int value)
{
	struct lines l = { .line = line, .line_cr = line_cr, .value = value };

	on_all(g, l.line_cr, TO(value, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_CR));
	l.other = new_state(g, TO(0));
	l.spaced = new_state(g, TO(value, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on(g, l.line_cr, "\n", TO(l.line, HTTP_FAST));
	on(g, l.line_cr, "\r", TO(l.line_cr, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_CR));
	on(g, l.spaced, " \t", TO(l.spaced));
	on(g, l.spaced, ":", TO(value));
	on(g, l.spaced, "\r", TO(l.line_cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on(g, l.spaced, "\n", TO(l.line, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	return l;
}

struct lines make_header(struct grammar *g)
{
	struct lines l = new_lines(g, HTTP_LINE, HTTP_LINE_CR, HTTP_VALUE);

	value_row(g, &l, HTTP_VALUE, TO(HTTP_VALUE));
	name_row(g, &l, l.other);
	line_row(g, &l, HTTP_HEAD_END);
	add_names(g, &l);
	return l;
}

/*
 * Trailers look like a header, but do not affect the message, so they have no actions until their end. A name that would frame or route
 * the message is an anomaly there: some readers merge trailers into the header.
 */
void make_trailer(struct grammar *g)
{
	static const char *const forbidden[] = { "content-length", "transfer-encoding", "host" };
	int value = new_state(g, TO(0)), line_cr = new_state(g, TO(0));
	struct lines l = new_lines(g, HTTP_TRAILER, line_cr, value);
	size_t i;

	value_row(g, &l, value, TO(value));
	name_row(g, &l, l.other);
	line_row(g, &l, HTTP_TRAILER_END);
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		spell_name(g, &l, forbidden[i], TO(value, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_TRAILER));
}

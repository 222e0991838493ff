/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"

/* The states of a line's end and of the header. Most other states lead to them. */
struct lines {
	int line;    /* at the start of a header line */
	int line_cr; /* after a CR that ends a start line or a value */
	int other;   /* in an ignored field name */
	int spaced;  /* blanks between name and colon */
	int value;   /* in an ignored value */
};

/* Any value ends at the line's end. The only valid control character is HT (RFC 9110 5.5). */
static void value_row(struct grammar *g, const struct lines *l, int state, struct move otherwise)
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

static struct lines make_header(struct grammar *g)
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
static void make_trailer(struct grammar *g)
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

/* The end of a start line: CRLF, or a bare LF, which is an anomaly. */
static void on_line_end(struct grammar *g, const struct lines *l, int state, struct move move)
{
	on(g, state, "\r", TO(l->line_cr, move.action, move.arg));
	on(g, state, "\n", TO(l->line, move.action, move.arg, EBPFI_HTTP_BARE_LF));
}

/* The line ends within the version. */
static void on_short_version(struct grammar *g, const struct lines *l, int state)
{
	if (!l)
		return;
	on(g, state, "\r", TO(l->line_cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION));
	on(g, state, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION));
}

/* The digits of HTTP/1.x, from after the slash to `end`. RFC 9110 2.5: a higher minor version is read like 1.1. */
static void make_version(struct grammar *g, const struct lines *l, int slash, int end, struct move bad)
{
	int dot = new_state(g, bad), minor = new_state(g, bad);

	on_all(g, slash, bad);
	on(g, slash, "1", TO(dot));
	on(g, dot, ".", TO(minor));
	on_digits(g, minor, TO(end, HTTP_MINOR, 0, EBPFI_HTTP_BAD_VERSION));
	on(g, minor, "01", TO(end, HTTP_MINOR));
	on_short_version(g, l, slash);
	on_short_version(g, l, dot);
	on_short_version(g, l, minor);
}

static void make_status_line(struct grammar *g, const struct lines *l, int slash)
{
	int first = new_state(g, broken(EBPFI_HTTP_BAD_LINE));
	int second = new_state(g, broken(EBPFI_HTTP_BAD_LINE)), third = new_state(g, broken(EBPFI_HTTP_BAD_LINE));
	int end = new_state(g, broken(EBPFI_HTTP_BAD_LINE)), reason = HTTP_REASON;

	on_all(g, HTTP_STATUS, broken(EBPFI_HTTP_BAD_LINE));
	on_digits(g, HTTP_STATUS, broken(EBPFI_HTTP_BAD_VERSION));
	make_version(g, NULL, slash, HTTP_STATUS, broken(EBPFI_HTTP_BAD_VERSION));
	on(g, HTTP_STATUS, " ", TO(first));
	on(g, first, " ", TO(first, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	on_digits(g, first, TO(second, HTTP_DIGIT));
	on_digits(g, second, TO(third, HTTP_DIGIT));
	on_digits(g, third, TO(end, HTTP_DIGIT));
	on(g, end, " ", TO(reason, HTTP_STATUS_END));
	on_line_end(g, l, end, TO(0, HTTP_STATUS_END));
	value_row(g, l, reason, TO(reason));
	on_range(g, reason, 0, 8, broken(EBPFI_HTTP_CONTROL));
	on_line_end(g, l, reason, TO(0));
}

/* The states of a request target; `dots` finds dot segments (RFC 3986 3.3), which a query does not have. */
struct target {
	int authority, path, slash, dot, dots, query;
	int version; /* after the target's blank */
	int old_cr;  /* HTTP/0.9 ends here */
};

static void on_target_end(struct grammar *g, const struct target *t, int state, int anomaly)
{
	on(g, state, " ", TO(t->version, anomaly ? HTTP_NOTHING : HTTP_FAST, 0, anomaly));
	on(g, state, "\t", TO(t->version, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	on(g, state, "\r", TO(t->old_cr, HTTP_NOTE, HTTP_OLD, anomaly));
	on(g, state, "\n", TO(HTTP_BROKEN, HTTP_OLD_END, 0, EBPFI_HTTP_BARE_LF));
}

/* RFC 3986 Appendix A: a byte that is not valid in a URI is kept as an anomaly. */
static void target_row(struct grammar *g, const struct target *t, int state, int rest)
{
	struct move keep = TO(rest, HTTP_KEEP, EBPFI_HTTP_TARGET),
		    odd = TO(rest, HTTP_KEEP, EBPFI_HTTP_TARGET, EBPFI_HTTP_BAD_TARGET);

	on_all(g, state, keep);
	on_range(g, state, 0, 31, odd);
	on_range(g, state, 127, 255, odd);
	on(g, state, "\"#<>\\^`{|}", odd);
	on_target_end(g, t, state, 0);
}

static void on_slash(struct grammar *g, const struct target *t, int state, int anomaly)
{
	on(g, state, "/", TO(t->slash, HTTP_KEEP, EBPFI_HTTP_TARGET, anomaly));
	on(g, state, "?", TO(t->query, HTTP_KEEP, EBPFI_HTTP_TARGET, anomaly));
}

/* A percent sign and two digits; "%2e" leads to the same state as a dot. */
static void on_percent(struct grammar *g, int state, int rest, int dot)
{
	int first = new_state(g, TO(0)), second = new_state(g, TO(0)), two = new_state(g, TO(0)), i;

	on(g, state, "%", TO(first, HTTP_KEEP, EBPFI_HTTP_TARGET));
	for (i = 0; i < 256; i++) {
		g->rows[first][i] = g->rows[rest][i] | (uint32_t)EBPFI_HTTP_BAD_PERCENT << ROW_ANOMALY_SHIFT;
		if (g->rows[rest][i] >> ROW_ANOMALY_SHIFT)
			g->rows[first][i] = g->rows[rest][i];
		g->rows[second][i] = g->rows[two][i] = g->rows[first][i];
	}
	on_hex(g, first, TO(second, HTTP_KEEP, EBPFI_HTTP_TARGET));
	on(g, first, "2", TO(two, HTTP_KEEP, EBPFI_HTTP_TARGET));
	on_hex(g, second, TO(rest, HTTP_KEEP, EBPFI_HTTP_TARGET));
	on_hex(g, two, TO(rest, HTTP_KEEP, EBPFI_HTTP_TARGET));
	on(g, two, "eE", TO(dot, HTTP_KEEP, EBPFI_HTTP_TARGET));
}

static void make_path(struct grammar *g, const struct target *t)
{
	struct move dot = TO(t->dot, HTTP_KEEP, EBPFI_HTTP_TARGET), dots = TO(t->dots, HTTP_KEEP, EBPFI_HTTP_TARGET);
	const int states[] = { t->path, t->slash, t->dot, t->dots };
	int i;

	for (i = 0; i < 4; i++) {
		target_row(g, t, states[i], t->path);
		on_slash(g, t, states[i], i < 2 ? 0 : EBPFI_HTTP_DOT_SEGMENT);
		on_target_end(g, t, states[i], i < 2 ? 0 : EBPFI_HTTP_DOT_SEGMENT);
	}
	on(g, t->slash, ".", dot);
	on(g, t->dot, ".", dots);
	target_row(g, t, t->query, t->query);
	on_percent(g, t->path, t->path, t->path);
	on_percent(g, t->slash, t->path, t->dot);
	on_percent(g, t->dot, t->path, t->dots);
	on_percent(g, t->dots, t->path, t->path);
	on_percent(g, t->query, t->query, t->query);
}

/* A row of the target before its path: a scheme, or an authority in which the bytes before an @ are secret. */
static void authority_row(struct grammar *g, const struct target *t, int state, int rest)
{
	target_row(g, t, state, rest);
	on_slash(g, t, state, 0);
	on(g, state, "@", TO(t->authority, HTTP_CUT, EBPFI_HTTP_TARGET, EBPFI_HTTP_BAD_TARGET));
}

/* A target that does not begin with a slash: "scheme://authority/path", or the authority of a CONNECT. */
static void make_authority(struct grammar *g, const struct target *t)
{
	int scheme = new_state(g, TO(0)), colon = new_state(g, TO(0)), slash = new_state(g, TO(0));

	authority_row(g, t, HTTP_TARGET, t->authority);
	on_range(g, HTTP_TARGET, 'a', 'z', TO(scheme, HTTP_KEEP, EBPFI_HTTP_TARGET));
	on_range(g, HTTP_TARGET, 'A', 'Z', TO(scheme, HTTP_KEEP, EBPFI_HTTP_TARGET));
	authority_row(g, t, scheme, scheme);
	on(g, scheme, ":", TO(colon, HTTP_KEEP, EBPFI_HTTP_TARGET));
	authority_row(g, t, colon, t->authority);
	on(g, colon, "/", TO(slash, HTTP_KEEP, EBPFI_HTTP_TARGET));
	target_row(g, t, slash, t->path);
	on_slash(g, t, slash, 0);
	on(g, slash, "/", TO(t->authority, HTTP_AUTHORITY, EBPFI_HTTP_TARGET));
	authority_row(g, t, t->authority, t->authority);
	on_percent(g, t->authority, t->authority, t->authority);
}

/*
 * The preface of HTTP/2 has a version of its own and no header (RFC 9113 3.4). A header after it makes it a request with a bad version:
 * otherwise a client could hide its requests behind it.
 */
static void make_preface(struct grammar *g, const struct lines *l, int slash, int rest)
{
	struct move bad = TO(rest, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION);
	int dot = new_state(g, bad), minor = new_state(g, bad), end = new_state(g, bad), end_cr, line, line_cr, byte;

	end_cr = new_state(g, TO(HTTP_VALUE, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_CR));
	line = new_state(g, TO(0));
	line_cr = new_state(g, broken(EBPFI_HTTP_BARE_CR));
	on(g, slash, "2", TO(dot));
	on(g, dot, ".", TO(minor));
	on(g, minor, "0", TO(end));
	on_short_version(g, l, dot);
	on_short_version(g, l, minor);
	on(g, end, "\r", TO(end_cr));
	on(g, end, "\n", TO(l->line, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION));
	on(g, end_cr, "\n", TO(line));
	for (byte = 0; byte < 256; byte++)
		g->rows[line][byte] = g->rows[l->line][byte] | (uint32_t)EBPFI_HTTP_BAD_VERSION << ROW_ANOMALY_SHIFT;
	on(g, line, ":", TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_NAME));
	on(g, line, " \t", TO(l->value, HTTP_NOTHING, 0, EBPFI_HTTP_FOLDED));
	on(g, line, "\r", TO(line_cr));
	on(g, line, "\n", TO(HTTP_BROKEN, HTTP_HEAD_END, 0, EBPFI_HTTP_BAD_VERSION));
	on(g, line_cr, "\n", TO(HTTP_BROKEN, HTTP_PREFACE_END));
}

/* The version of a request. Servers let pass blanks behind it, and versions that they do not know. */
static void make_request_version(struct grammar *g, const struct lines *l, int slash)
{
	int rest = new_state(g, TO(0)), end = new_state(g, TO(0)), blanks = new_state(g, TO(0));
	struct move bad = TO(rest, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION);

	on_all(g, rest, TO(rest));
	on_line_end(g, l, rest, TO(0));
	make_version(g, l, slash, end, bad);
	on_all(g, end, bad);
	on(g, end, " \t", TO(blanks, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	on_line_end(g, l, end, TO(0));
	on_all(g, blanks, TO(rest, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_LINE));
	on(g, blanks, " \t", TO(blanks));
	on_line_end(g, l, blanks, TO(0));
	make_preface(g, l, slash, rest);
}

/*
 * Between the target and "HTTP/". Other words there are skipped, and the last word of the line may still be the version. A line without
 * one is HTTP/0.9.
 */
static void between_target_and_version(struct grammar *g, const struct target *t, int state, int skipped)
{
	on_all(g, state, TO(skipped, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_LINE));
	on(g, state, " \t", TO(t->version, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	on_target_end(g, t, state, EBPFI_HTTP_ODD_LINE);
}

static void make_http(struct grammar *g, const struct target *t, int slash)
{
	static const char word[] = "HTTP";
	int i, next, state = t->version, skipped = new_state(g, TO(0));

	between_target_and_version(g, t, skipped, skipped);
	on_all(g, skipped, TO(skipped));
	on_target_end(g, t, skipped, EBPFI_HTTP_ODD_LINE);
	between_target_and_version(g, t, state, skipped);
	for (i = 0; word[i]; i++) {
		next = new_state(g, TO(0));
		between_target_and_version(g, t, next, skipped);
		on(g, state, (char[]){ (char)(word[i] | 0x20), '\0' }, TO(next, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_VERSION));
		on(g, state, (char[]){ word[i], '\0' }, TO(next));
		state = next;
	}
	on(g, state, "/", TO(slash, HTTP_NOTE, HTTP_HAS_VERSION));
}

/* A request's target, and the version. */
static void make_target(struct grammar *g, const struct lines *l)
{
	struct target t;
	int slash = new_state(g, TO(0));

	t.version = HTTP_VERSION;
	t.old_cr = new_state(g, broken(EBPFI_HTTP_BARE_CR));
	t.path = HTTP_PATH;
	t.slash = HTTP_SLASH;
	t.dot = new_state(g, TO(0));
	t.dots = new_state(g, TO(0));
	t.query = HTTP_QUERY;
	make_path(g, &t);
	on(g, t.old_cr, "\n", TO(HTTP_BROKEN, HTTP_OLD_END));
	make_http(g, &t, slash);
	make_request_version(g, l, slash);
	t.authority = new_state(g, TO(0));
	make_authority(g, &t);
	on(g, HTTP_TARGET, " \t", TO(HTTP_TARGET, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	on(g, HTTP_TARGET, "\r\n", broken(EBPFI_HTTP_BAD_LINE));
}

static void method_row(struct grammar *g, int state, int method)
{
	on_all(g, state, broken(EBPFI_HTTP_BAD_LINE));
	on_token(g, state, TO(method, HTTP_KEEP, EBPFI_HTTP_METHOD));
	on(g, state, " ", TO(HTTP_TARGET));
	on(g, state, "\t", TO(HTTP_TARGET, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
}

/*
 * Between messages, an empty line is skipped as an anomaly (RFC 9112 2.2). Servers let pass a CR or blanks before a request, too. Returns
 * the state after a CR.
 */
static int between_row(struct grammar *g, int state, int method)
{
	int cr = new_state(g, broken(EBPFI_HTTP_BARE_CR));

	on_all(g, state, broken(EBPFI_HTTP_BAD_LINE));
	if (method)
		on_token(g, state, TO(method, HTTP_START));
	on(g, state, "\r", TO(cr, HTTP_NOTHING, 0, EBPFI_HTTP_EMPTY_LINE));
	on(g, state, "\n", TO(state, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_LF));
	if (method)
		on(g, state, " \t", TO(state, HTTP_NOTHING, 0, EBPFI_HTTP_ODD_LINE));
	memcpy(g->rows[cr], g->rows[state], sizeof(g->rows[0]));
	if (method)
		on_token(g, cr, TO(method, HTTP_START, 0, EBPFI_HTTP_BARE_CR));
	on(g, cr, "\r", TO(cr, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_CR));
	on(g, cr, "\n", TO(state));
	return cr;
}

/* "HTTP/" at the start of a message; before the slash, it may still be a method. */
static void spell_or_method(struct grammar *g, int start, int cr, int method, struct move at_slash)
{
	static const char rest[] = "TTP";
	int i, next, state = new_state(g, TO(0)), first = state;

	method_row(g, state, method);
	for (i = 0; rest[i]; i++) {
		next = new_state(g, TO(0));
		method_row(g, next, method);
		on(g, state, (char[]){ rest[i], '\0' }, TO(next, HTTP_KEEP, EBPFI_HTTP_METHOD));
		state = next;
	}
	on(g, state, "/", at_slash);
	on(g, start, "H", TO(first, HTTP_START));
	on(g, cr, "H", TO(first, HTTP_START, 0, EBPFI_HTTP_BARE_CR));
}

/* Makes a chain of states for a word; returns the last. Any other byte is not HTTP. */
static int spell(struct grammar *g, int state, const char *word, struct move each)
{
	for (; *word; word++) {
		each.to = new_state(g, broken(EBPFI_HTTP_BAD_LINE));
		on(g, state, (char[]){ *word, '\0' }, each);
		state = each.to;
	}
	return state;
}

/* If a direction's role is unknown, "HTTP/" means the server. A client does not send it. */
static void make_start(struct grammar *g, const struct lines *l)
{
	int method = new_state(g, TO(0)), start = new_state(g, broken(EBPFI_HTTP_BAD_LINE)), slash = new_state(g, TO(0));
	int any_cr, request_cr, response_cr;

	make_target(g, l);
	method_row(g, method, method);
	any_cr = between_row(g, HTTP_ANY, method);
	request_cr = between_row(g, HTTP_REQUEST, method);
	response_cr = between_row(g, HTTP_RESPONSE, 0);
	make_status_line(g, l, slash);
	spell_or_method(g, HTTP_ANY, any_cr, method, TO(slash, HTTP_NOTE, HTTP_IS_RESPONSE));
	spell_or_method(g, HTTP_REQUEST, request_cr, method, TO(HTTP_BROKEN, HTTP_NOTE, HTTP_HAS_VERSION, EBPFI_HTTP_BAD_LINE));
	on(g, HTTP_RESPONSE, "H", TO(start, HTTP_START));
	on(g, response_cr, "H", TO(start, HTTP_START, 0, EBPFI_HTTP_BARE_CR));
	start = spell(g, start, "TTP", TO(0, HTTP_KEEP, EBPFI_HTTP_METHOD));
	on(g, start, "/", TO(slash, HTTP_NOTE, HTTP_IS_RESPONSE));
}

/*
 * The extensions of a chunk: names, each with a value or not (RFC 9112 7.1.1). Most servers pass over all bytes to the line's end, so
 * others are only marked. Returns the state after a semicolon.
 */
static int chunk_extensions(struct grammar *g, int cr)
{
	struct move bad = TO(new_state(g, TO(0)), HTTP_NOTHING, 0, EBPFI_HTTP_BAD_CHUNK);
	int start = new_state(g, bad), name = new_state(g, bad), after = new_state(g, bad), equals = new_state(g, bad);
	int value = new_state(g, bad), quoted = new_state(g, TO(0)), escaped = new_state(g, TO(0)), i;
	const int ends[] = { name, after, value, bad.to };

	on_all(g, bad.to, TO(bad.to));
	on_token(g, start, TO(name));
	on(g, start, " \t", TO(start));
	on_token(g, name, TO(name));
	on(g, equals, " \t", TO(equals));
	on(g, equals, "\"", TO(quoted));
	on_token(g, equals, TO(value));
	on_token(g, value, TO(value));
	on_all(g, quoted, TO(quoted));
	on_all(g, escaped, TO(quoted));
	on_range(g, quoted, 0, 31, bad);
	on_range(g, escaped, 0, 31, bad);
	on(g, quoted, "\t", TO(quoted));
	on(g, quoted, "\"", TO(after));
	on(g, quoted, "\\", TO(escaped));
	for (i = 0; i < 4; i++) {
		on(g, ends[i], "\r", TO(cr));
		if (i == 3)
			continue;
		on(g, ends[i], ";", TO(start));
		on(g, ends[i], " \t", TO(after));
		on(g, ends[i], "=", i == 2 ? bad : TO(equals));
	}
	on(g, start, "\r", TO(cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_CHUNK));
	on(g, equals, "\r", TO(cr, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_CHUNK));
	for (i = start; i <= escaped; i++)
		on(g, i, "\n", TO(HTTP_BROKEN, HTTP_CHUNK_END, 0, EBPFI_HTTP_BAD_CHUNK));
	on(g, bad.to, "\n", TO(HTTP_BROKEN, HTTP_CHUNK_END));
	return start;
}

/* A chunk's size, its extensions, and the line end after its data (RFC 9112 7.1). Servers let pass blanks and a bare LF. */
static void make_chunks(struct grammar *g)
{
	struct move bad = broken(EBPFI_HTTP_BAD_CHUNK);
	int size = new_state(g, bad), blanks = new_state(g, bad), extension;
	int cr = new_state(g, broken(EBPFI_HTTP_BARE_CR)), after_cr = new_state(g, bad);

	extension = chunk_extensions(g, cr);
	on_all(g, HTTP_CHUNK_SIZE, bad);
	on_hex(g, HTTP_CHUNK_SIZE, TO(size, HTTP_HEX));
	on_hex(g, size, TO(size, HTTP_HEX));
	on(g, size, ";", TO(extension));
	on(g, size, "\r", TO(cr));
	on(g, size, "\n", TO(HTTP_BROKEN, HTTP_CHUNK_END, 0, EBPFI_HTTP_BAD_CHUNK));
	on(g, size, " \t", TO(blanks, HTTP_NOTHING, 0, EBPFI_HTTP_BAD_CHUNK));
	on(g, blanks, " \t", TO(blanks));
	on(g, blanks, ";", TO(extension));
	on(g, blanks, "\r", TO(cr));
	on(g, blanks, "\n", TO(HTTP_BROKEN, HTTP_CHUNK_END));
	on(g, cr, "\n", TO(HTTP_BROKEN, HTTP_CHUNK_END));
	on_all(g, HTTP_CHUNK_AFTER, bad);
	on(g, HTTP_CHUNK_AFTER, "\r", TO(after_cr));
	on(g, HTTP_CHUNK_AFTER, "\n", TO(HTTP_CHUNK_SIZE, HTTP_NOTHING, 0, EBPFI_HTTP_BARE_LF));
	on(g, after_cr, "\n", TO(HTTP_CHUNK_SIZE));
}

static void write_grammar(struct grammar *g)
{
	struct lines lines;

	while (g->states < HTTP_NAMED) {
		on_all(g, g->states, TO(g->states));
		g->states++;
	}
	lines = make_header(g);
	make_trailer(g);
	make_start(g, &lines);
	make_chunks(g);
}

struct http_table *http_table_new(bool http2)
{
	struct grammar g = { .rows = calloc(HTTP_STATES, sizeof(*g.rows)) };
	struct http_table *table = g.rows ? calloc(1, sizeof(*table)) : NULL;

	if (!table)
		goto out;
	g.names = table->names;
	write_grammar(&g);
	table->http2 = http2;
	if (grammar_compress(&g, table)) {
		free(table);
		table = NULL;
	}
out:
	free(g.rows);
	return table;
}

/* Makes the move for a byte; returns its anomaly as a bit. */
static uint64_t walk(const struct http_table *table, uint32_t *row, char byte)
{
	uint32_t entry = table->step[(*row + table->class[(unsigned char)byte]) / sizeof(table->step[0])];
	uint32_t anomaly = table->moves[entry & HTTP_MOVE_MASK] >> HTTP_ANOMALY_SHIFT;

	*row = entry & HTTP_ROW_MASK;
	return anomaly ? 1ULL << (anomaly & 63) : 0;
}

/* Replaces a byte that would end the target in a request line with another invalid byte. */
static char within_line(char byte)
{
	return (unsigned char)byte <= ' ' || byte == 0x7f ? '"' : byte;
}

uint64_t http_target_anomalies(const struct http_table *table, const char *target, size_t length)
{
	uint32_t row = HTTP_REQUEST << HTTP_ROW_SHIFT;
	uint64_t anomalies = walk(table, &row, 'M');
	size_t i;

	anomalies |= walk(table, &row, ' ');
	for (i = 0; i < length; i++)
		anomalies |= walk(table, &row, within_line(target[i]));
	anomalies |= walk(table, &row, ' ');
	return length ? anomalies : 1ULL << EBPFI_HTTP_BAD_TARGET;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Request lines, as RFC 9112 3 has them and as servers let them pass, and status lines. */
#include <string.h>

#include "http_lines.h"

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
void make_start(struct grammar *g, const struct lines *l)
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

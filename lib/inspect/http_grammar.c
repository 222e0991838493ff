/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_grammar.h"

#include <stdlib.h>

#include "http_lines.h"

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

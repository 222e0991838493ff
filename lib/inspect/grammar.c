/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "grammar.h"

#include <errno.h>
#include <stdbool.h>

static uint32_t entry_of(struct move m)
{
	return (uint32_t)m.to |
	       ((uint32_t)m.action | (uint32_t)m.arg << HTTP_ARG_SHIFT | (uint32_t)m.anomaly << HTTP_ANOMALY_SHIFT)
		       << ROW_MOVE_SHIFT;
}

void on_all(struct grammar *g, int state, struct move move)
{
	int byte;

	for (byte = 0; byte < 256; byte++)
		g->rows[state][byte] = entry_of(move);
}

int new_state(struct grammar *g, struct move otherwise)
{
	int state = g->states < HTTP_STATES ? g->states++ : HTTP_STATES - 1;

	on_all(g, state, otherwise);
	return state;
}

void on_range(struct grammar *g, int state, int first, int last, struct move move)
{
	for (; first <= last; first++)
		g->rows[state][first] = entry_of(move);
}

void on(struct grammar *g, int state, const char *bytes, struct move move)
{
	for (; *bytes; bytes++)
		g->rows[state][(unsigned char)*bytes] = entry_of(move);
}

void on_letter(struct grammar *g, int state, char letter, struct move move)
{
	char both[3] = { letter, letter >= 'a' && letter <= 'z' ? (char)(letter - 32) : letter, '\0' };

	on(g, state, both, move);
}

void on_digits(struct grammar *g, int state, struct move move)
{
	on_range(g, state, '0', '9', move);
}

/* tchar, RFC 9110 5.6.2 */
void on_token(struct grammar *g, int state, struct move move)
{
	on(g, state, "!#$%&'*+-.^_`|~", move);
	on_digits(g, state, move);
	on_range(g, state, 'a', 'z', move);
	on_range(g, state, 'A', 'Z', move);
}

void on_hex(struct grammar *g, int state, struct move move)
{
	on_digits(g, state, move);
	on_range(g, state, 'a', 'f', move);
	on_range(g, state, 'A', 'F', move);
}

struct move broken(int anomaly)
{
	return TO(HTTP_BROKEN, HTTP_NOTHING, 0, anomaly);
}

static bool same_class(const struct grammar *g, int a, int b)
{
	int state;

	for (state = 0; state < g->states; state++)
		if (g->rows[state][a] != g->rows[state][b])
			return false;
	return true;
}

/* The first byte that all states treat like this one, or the byte itself. */
static int first_alike(const struct grammar *g, int byte)
{
	int other;

	for (other = 0; other < byte && !same_class(g, other, byte); other++)
		;
	return other;
}

/* The number of a move, which is added if it is new; HTTP_MOVES: the table is full. */
static uint32_t number_of(struct http_table *table, uint32_t move)
{
	uint32_t i;

	if (!move)
		return 0;
	for (i = 1; i < HTTP_MOVES && table->moves[i] && table->moves[i] != move; i++)
		;
	if (i < HTTP_MOVES)
		table->moves[i] = move;
	return i;
}

static int put_entry(struct http_table *table, int state, int class, uint32_t row)
{
	uint32_t number = number_of(table, row >> ROW_MOVE_SHIFT);

	if (number == HTTP_MOVES)
		return -E2BIG;
	table->step[state * HTTP_CLASSES + class] = (uint16_t)((row & ROW_NEXT_MASK) << HTTP_ROW_SHIFT | number);
	return 0;
}

static int put_column(const struct grammar *g, struct http_table *table, int byte)
{
	int state, err = 0;

	for (state = 0; !err && state < g->states; state++)
		err = put_entry(table, state, table->class[byte] / 2, g->rows[state][byte]);
	return err;
}

/* The first numbers are for moves that handle several bytes at once. */
static void put_runs(struct http_table *table)
{
	uint32_t field;

	for (field = 0; field < EBPFI_HTTP_FIELDS; field++)
		table->moves[1 + field] = HTTP_KEEP | field << HTTP_ARG_SHIFT;
	table->moves[HTTP_FAST_MOVE] = HTTP_FAST;
}

int grammar_compress(const struct grammar *g, struct http_table *table)
{
	int byte, first, classes = 0;

	put_runs(table);
	for (byte = 0; byte < 256; byte++) {
		first = first_alike(g, byte);
		table->class[byte] = first < byte ? table->class[first] : (unsigned char)(2 * classes++);
		if (classes > HTTP_CLASSES || put_column(g, table, byte))
			return -E2BIG;
	}
	return g->states < HTTP_STATES ? 0 : -E2BIG;
}

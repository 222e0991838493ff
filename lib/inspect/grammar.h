/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Grammars for the byte machine. A grammar is written down state by state, for all 256 bytes; bytes that no state tells apart then
 * become one class. A state is a row that begins as "all bytes lead there" and is narrowed down.
 */
#pragma once

#include "http/state_machine.h"

struct grammar {
	uint32_t (*rows)[256]; /* the next state, and the move above ROW_MOVE_SHIFT */
	struct http_name *names;
	int states;
};

enum { ROW_MOVE_SHIFT = 12, ROW_NEXT_MASK = 0xfff, ROW_ANOMALY_SHIFT = ROW_MOVE_SHIFT + HTTP_ANOMALY_SHIFT };

/* What follows a byte. */
struct move {
	int to;
	enum http_action action;
	int arg, anomaly;
};

/* TO(state, action, argument, anomaly): what is left out is 0. */
#define TO(...) TO_(__VA_ARGS__, HTTP_NOTHING, 0, 0, 0)
#define TO_(to, action, arg, anomaly, ...) ((struct move){ to, action, arg, anomaly })

void on_all(struct grammar *g, int state, struct move move);
int new_state(struct grammar *g, struct move otherwise);
void on_range(struct grammar *g, int state, int first, int last, struct move move);
void on(struct grammar *g, int state, const char *bytes, struct move move);
void on_letter(struct grammar *g, int state, char letter, struct move move);
void on_digits(struct grammar *g, int state, struct move move);
void on_token(struct grammar *g, int state, struct move move);
void on_hex(struct grammar *g, int state, struct move move);
struct move broken(int anomaly);

/* Makes the table of a grammar; -E2BIG where it has outgrown the table. */
int grammar_compress(const struct grammar *g, struct http_table *table);

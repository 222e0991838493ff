/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Grammars for the state machine. A grammar has a row of 256 bytes per state. A row first sends all bytes to one state; later calls change
 * single bytes. Bytes that all states treat alike become one class.
 */
#pragma once

#include "http/state_machine.h"

struct grammar {
	uint32_t (*rows)[256]; /* the next state, and the move above ROW_MOVE_SHIFT */
	struct http_name *names;
	int states;
};

enum { ROW_MOVE_SHIFT = 12, ROW_NEXT_MASK = 0xfff, ROW_ANOMALY_SHIFT = ROW_MOVE_SHIFT + HTTP_ANOMALY_SHIFT };

/* The effect of a byte. */
struct move {
	int to;
	enum http_action action;
	int arg, anomaly;
};

/* TO(state, action, argument, anomaly): omitted arguments are 0. */
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

/* Makes the table of a grammar; -E2BIG: the grammar does not fit. */
int grammar_compress(const struct grammar *g, struct http_table *table);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The parts of the HTTP/1 grammar: start lines, the header and trailers. http_grammar.c puts them together. */
#pragma once

#include "grammar.h"

/* The states of a line's end and of the header. Most other states lead to them. */
struct lines {
	int line;    /* at the start of a header line */
	int line_cr; /* after a CR that ends a start line or a value */
	int other;   /* in an ignored field name */
	int spaced;  /* blanks between name and colon */
	int value;   /* in an ignored value */
};

/* The row of a state in a value. Any value ends at the line's end; `otherwise`: another byte. */
void value_row(struct grammar *g, const struct lines *l, int state, struct move otherwise);

/* The header's states, to which a start line leads; and those of trailers. */
struct lines make_header(struct grammar *g);
void make_trailer(struct grammar *g);

/* The request line and the status line, from the states between messages to the header's. */
void make_start(struct grammar *g, const struct lines *l);

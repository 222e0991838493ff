/* The terminal of http --top: a live table, and keys. */
#pragma once

#include "top.h"

/* Takes the terminal over. False: standard input or output is no terminal, or no ncurses, which a line on standard error says. */
bool screen_open(const char *title, enum top_column column);

/*
 * Like ebpfi_poll() without a timeout, but returns once a second at least, redraws the table, and handles keys. -ECANCELED: the user
 * quits. It begins laps of the table, and resets it if the user asks.
 */
int screen_poll(struct ebpfi *session, struct ebpfi_top *top);

/* Gives the terminal back. */
void screen_close(void);

/* For screen.c. Reads the rows of a lap that took so many seconds; NULL: frees those of before. */
void screen_read(const struct ebpfi_top *top, double seconds);

/* Draws those rows, below the title and how long they were counted. */
void screen_draw(struct ebpfi *session, const char *title, double seconds, enum top_column column);

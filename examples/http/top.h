/* The table of http --top: a row per method, host and path. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

/* A column with numbers. The names are for --sort. */
enum top_column {
	TOP_RATE,
	TOP_REQUESTS,
	TOP_P50,
	TOP_P95,
	TOP_P99,
	TOP_STATUS_4XX,
	TOP_STATUS_5XX,
	TOP_BYTES,
	TOP_UNANSWERED,
	TOP_MARKED,
	TOP_COLUMNS
};
extern const char *const top_columns[TOP_COLUMNS];

/* The column of a name; TOP_COLUMNS: there is none. */
enum top_column top_column_named(const char *name);

struct top_line {
	uint32_t number;
	struct ebpfi_top_row row;
	double value[TOP_COLUMNS]; /* -1: unknown */
};

/*
 * A row by its number. `seconds` is the time of the table's lap, which the rate is of; 0: the rate is of all requests, in the time from
 * the first event to the last.
 */
struct top_line top_line_of(const struct ebpfi_top *top, uint32_t number, double seconds);

/* All rows, for free(); NULL: there is none, or no memory. */
struct top_line *top_lines(const struct ebpfi_top *top, double seconds, uint32_t *count);

/* Those with the largest value in the column come first. */
void top_sort(struct top_line *lines, uint32_t count, enum top_column column);

/* Write one line, without a newline, into TOP_LINE bytes. */
enum { TOP_LINE = 512 };
void top_put_headings(char *to);
void top_put_line(char *to, const struct top_line *line, const char *name);

/* Prints the table, as text or as JSON. A negative number: standard output cannot be written to; errno says why. */
int top_print(const struct ebpfi_top *top, enum top_column column, bool json);

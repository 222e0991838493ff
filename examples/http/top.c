#include "top.h"

#include <stdlib.h>
#include <string.h>

const char *const top_columns[TOP_COLUMNS] = { "rate", "requests", "p50",   "p95",        "p99",
					       "4xx",  "5xx",      "bytes", "unanswered", "marked" };

enum top_column top_column_named(const char *name)
{
	int i;

	for (i = 0; i < TOP_COLUMNS; i++)
		if (!strcmp(top_columns[i], name))
			break;
	return (enum top_column)i;
}

static double rate_of(const struct ebpfi_top *top, const struct ebpfi_top_row *row, double seconds)
{
	struct ebpfi_top_row total = { .sz = sizeof(total) };

	if (seconds > 0)
		return (double)row->lap / seconds;
	ebpfi_top_row(top, EBPFI_TOP_TOTAL, &total);
	return total.last_ns > total.first_ns ? (double)row->requests * 1e9 / (double)(total.last_ns - total.first_ns) : -1;
}

struct top_line top_line_of(const struct ebpfi_top *top, uint32_t number, double seconds)
{
	static const double quantiles[] = { 0.5, 0.95, 0.99 };
	struct top_line line = { .number = number, .row.sz = sizeof(line.row) };
	const struct ebpfi_top_row *row = &line.row;
	uint64_t ns;
	int i;

	ebpfi_top_row(top, number, &line.row);
	line.value[TOP_RATE] = rate_of(top, row, seconds);
	line.value[TOP_REQUESTS] = (double)row->requests;
	for (i = 0; i < 3; i++)
		line.value[TOP_P50 + i] = ebpfi_top_quantile(top, number, quantiles[i], &ns) ? -1 : (double)ns / 1e6;
	line.value[TOP_STATUS_4XX] = (double)row->status[4];
	line.value[TOP_STATUS_5XX] = (double)row->status[5];
	line.value[TOP_BYTES] = (double)row->request_bytes + (double)row->response_bytes;
	line.value[TOP_UNANSWERED] = (double)row->unanswered;
	line.value[TOP_MARKED] = (double)row->marked;
	return line;
}

static enum top_column sorted; /* qsort() passes no context */

/* Rows with the same value have the same order each time: by requests, then by their texts. */
static int compare(const void *a, const void *b)
{
	const struct top_line *left = a, *right = b;
	int order;

	if (left->value[sorted] != right->value[sorted])
		return left->value[sorted] > right->value[sorted] ? -1 : 1;
	if (left->row.requests != right->row.requests)
		return left->row.requests > right->row.requests ? -1 : 1;
	order = strcmp(left->row.path, right->row.path);
	if (!order)
		order = strcmp(left->row.host, right->row.host);
	return order ? order : strcmp(left->row.method, right->row.method);
}

struct top_line *top_lines(const struct ebpfi_top *top, double seconds, uint32_t *count)
{
	struct ebpfi_top_row row = { .sz = sizeof(row) };
	struct top_line *lines;
	uint32_t i, rows = 0;

	while (!ebpfi_top_row(top, rows, &row))
		rows++;
	lines = calloc(rows, sizeof(*lines));
	*count = lines ? rows : 0;
	for (i = 0; i < *count; i++)
		lines[i] = top_line_of(top, i, seconds);
	return lines;
}

void top_sort(struct top_line *lines, uint32_t count, enum top_column column)
{
	sorted = column;
	if (count)
		qsort(lines, count, sizeof(*lines), compare);
}

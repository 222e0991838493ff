/* The table as text and as JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "top.h"

static const struct {
	const char *heading;
	int width;
} cells[TOP_COLUMNS] = {
	{ "REQ/S", 8 }, { "REQS", 8 }, { "P50ms", 7 }, { "P95ms", 7 }, { "P99ms", 7 },
	{ "4XX", 6 },   { "5XX", 6 },  { "BYTES", 6 }, { "UNANS", 6 }, { "MARK", 6 },
};

void top_put_headings(char *to)
{
	int i, used = 0;

	for (i = 0; i < TOP_COLUMNS; i++)
		used += snprintf(to + used, (size_t)(TOP_LINE - used), "%*s", cells[i].width, cells[i].heading);
	snprintf(to + used, (size_t)(TOP_LINE - used), "  METHOD  HOST AND PATH");
}

/* A number that is short enough, or in at most four characters: 123k, 1.2M. */
static void put_count(char *to, size_t size, double n, int width)
{
	static const char units[] = "kMGTPE";
	int unit = -1;

	if (snprintf(to, size, "%.0f", n) < width)
		return;
	for (; n >= 999.5 && unit < (int)sizeof(units) - 2; unit++)
		n /= 1000;
	snprintf(to, size, n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
}

static void put_cell(char *to, size_t size, enum top_column column, double n)
{
	if (n < 0)
		snprintf(to, size, "-");
	else if (column == TOP_RATE)
		snprintf(to, size, n < 9.995 ? "%.2f" : n < 999.95 ? "%.1f" : "%.0f", n);
	else if (column >= TOP_P50 && column <= TOP_P99)
		snprintf(to, size, n < 9.9995 ? "%.3f" : n < 99.995 ? "%.2f" : n < 999.95 ? "%.1f" : "%.0f", n);
	else
		put_count(to, size, n, cells[column].width);
}

void top_put_line(char *to, const struct top_line *line, const char *name)
{
	const struct ebpfi_top_row *row = &line->row;
	char cell[32];
	int i, used = 0;

	for (i = 0; i < TOP_COLUMNS; i++) {
		put_cell(cell, sizeof(cell), (enum top_column)i, line->value[i]);
		used += snprintf(to + used, (size_t)(TOP_LINE - used), "%*s", cells[i].width, cell);
	}
	if (name)
		snprintf(to + used, (size_t)(TOP_LINE - used), "  %s", name);
	else
		snprintf(to + used, (size_t)(TOP_LINE - used), "  %-7s %s%s", *row->method ? row->method : "-",
			 *row->host ? row->host : "-", *row->path ? row->path : " -");
}

static int print_row(const struct ebpfi_top *top, const struct top_line *line, const char *name, bool json)
{
	char text[EBPFI_TOP_JSON_MAX];

	if (json)
		return puts(ebpfi_top_json(top, line->number, text, sizeof(text)));
	top_put_line(text, line, name);
	return puts(text);
}

int top_print(const struct ebpfi_top *top, enum top_column column, bool json)
{
	struct top_line other = top_line_of(top, EBPFI_TOP_OTHER, 0), total = top_line_of(top, EBPFI_TOP_TOTAL, 0);
	uint32_t i, count;
	struct top_line *lines = top_lines(top, 0, &count);
	char headings[TOP_LINE];
	int result = 0;

	top_sort(lines, count, column);
	if (!json) {
		top_put_headings(headings);
		result = puts(headings);
	}
	for (i = 0; i < count && result >= 0; i++)
		result = print_row(top, &lines[i], NULL, json);
	free(lines);
	if (result >= 0)
		result = print_row(top, &other, "other", json);
	return result < 0 ? result : print_row(top, &total, "total", json);
}

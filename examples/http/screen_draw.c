/* The contents of the screen. */
#ifdef HAVE_NCURSES
#include <curses.h>
#include <stdlib.h>

#include "screen.h"

enum { HEAD_LINES = 3 };

/* The rows as they were at the end of the last lap, to sort them again. */
static struct top_line *lines, other, total;
static uint32_t count;

void screen_read(const struct ebpfi_top *top, double seconds)
{
	free(lines);
	lines = NULL;
	count = 0;
	if (!top)
		return;
	lines = top_lines(top, seconds, &count);
	other = top_line_of(top, EBPFI_TOP_OTHER, seconds);
	total = top_line_of(top, EBPFI_TOP_TOTAL, seconds);
}

static void put_head(struct ebpfi *session, const char *title, unsigned long seconds, enum top_column column)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	char text[TOP_LINE];

	ebpfi_get_stats(session, "http", &stats);
	snprintf(text, sizeof(text), "http --top: %.100s, for %lu:%02lu:%02lu, %.1f requests/s, %llu lost", title,
		 seconds / 3600, seconds / 60 % 60, seconds % 60, total.value[TOP_RATE] < 0 ? 0 : total.value[TOP_RATE],
		 (unsigned long long)(stats.ledger.lost_ring + stats.ledger.lost_map));
	mvaddnstr(0, 0, text, COLS);
	snprintf(text, sizeof(text), "sorted by %s: < and > change that, r begins at zero, q quits", top_columns[column]);
	mvaddnstr(1, 0, text, COLS);
	top_put_headings(text);
	attron(A_REVERSE);
	mvprintw(2, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_REVERSE);
}

static void put_line(int y, const struct top_line *line, const char *name)
{
	char text[TOP_LINE];

	top_put_line(text, line, name);
	mvaddnstr(y, 0, text, COLS);
}

/* "other" and "total" come last, below as many rows as fit. */
void screen_draw(struct ebpfi *session, const char *title, double seconds, enum top_column column)
{
	int y = HEAD_LINES;
	uint32_t i;

	top_sort(lines, count, column);
	erase();
	put_head(session, title, (unsigned long)seconds, column);
	for (i = 0; i < count && y < LINES - 2; i++)
		put_line(y++, &lines[i], NULL);
	put_line(y++, &other, "other");
	put_line(y, &total, "total");
	refresh();
}
#endif

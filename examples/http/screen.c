#include "screen.h"

#include <stdio.h>
#include <unistd.h>

#ifdef HAVE_NCURSES
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <time.h>

enum { PERIOD = 1 }; /* second */

static SCREEN *screen;
static const char *title;
static enum top_column column;
static double started, lap; /* in seconds on the monotonic clock */
static bool is_old;         /* the terminal shows something else */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool screen_open(const char *what, enum top_column first)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	fflush(stdout);
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		fprintf(stderr, "http: ncurses does not know this terminal: the table comes at the end\n");
		return false;
	}
	title = what;
	column = first;
	started = lap = now();
	is_old = true;
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	return true;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
	screen_read(NULL, 0);
}

/* Returns whether the user quits. */
static bool press(int key, struct ebpfi_top *top)
{
	switch (key) {
	case 'q':
		return true;
	case '>':
	case KEY_RIGHT:
		column = (column + 1) % TOP_COLUMNS;
		break;
	case '<':
	case KEY_LEFT:
		column = (column + TOP_COLUMNS - 1) % TOP_COLUMNS;
		break;
	case 'r':
		ebpfi_top_reset(top);
		screen_read(top, 0);
		started = lap = now();
		break;
	}
	return false;
}

static void begin_lap(struct ebpfi_top *top)
{
	ebpfi_top_lap(top);
	lap = now();
}

int screen_poll(struct ebpfi *session, struct ebpfi_top *top)
{
	struct pollfd fds[] = { { .fd = ebpfi_fd(session), .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	double left = lap + PERIOD - now();
	int n, key;

	poll(fds, 2, left > 0 ? (int)(left * 1000) + 1 : 0);
	n = ebpfi_poll(session, 0);
	if (!screen) /* a callback closed it */
		return n;
	while ((key = getch()) != ERR) {
		is_old = true;
		if (press(key, top))
			return -ECANCELED;
	}
	if (now() - lap >= PERIOD) {
		is_old = true;
		screen_read(top, now() - lap);
		begin_lap(top);
	}
	if (is_old)
		screen_draw(session, title, now() - started, column);
	is_old = false;
	return fds[1].revents & (POLLHUP | POLLERR | POLLNVAL) ? -ECANCELED : n; /* the terminal is gone */
}

#else

bool screen_open(const char *title, enum top_column column)
{
	(void)title;
	(void)column;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		fprintf(stderr, "http: built without ncurses: the table comes at the end\n");
	return false;
}

int screen_poll(struct ebpfi *session, struct ebpfi_top *top)
{
	(void)top;
	return ebpfi_poll(session, -1);
}

void screen_close(void)
{
}

#endif

#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 40, LINE = WIDTH + 39, PERIOD_MS = 100, MOMENT_MS = 300, MIB = 1 << 20 };

static int64_t first_ms, shown_ms;

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A line of the same length each time, so that it covers the one before. A pipe has no total. */
static void show(uint64_t bytes, uint64_t total)
{
	static const char bar[WIDTH + 1] = "########################################";
	unsigned int percent = total > bytes ? (unsigned int)((double)bytes / (double)total * 100) : 100;
	char text[LINE + 1];

	if (total)
		snprintf(text, sizeof(text), "[%-*.*s] %3u %% of %llu MiB", WIDTH, (int)(percent * WIDTH / 100), bar, percent,
			 (unsigned long long)(total / MIB));
	else
		snprintf(text, sizeof(text), "%llu MiB", (unsigned long long)(bytes / MIB));
	fprintf(stderr, "\r%-*s", LINE, text);
	fflush(stderr);
}

int show_progress(void *ctx, uint64_t bytes, uint64_t total)
{
	int64_t now = clock_ms();

	(void)ctx;
	if (!first_ms)
		first_ms = now;
	if (now - first_ms < MOMENT_MS || now - shown_ms < PERIOD_MS || !isatty(STDERR_FILENO))
		return 0;
	shown_ms = now;
	show(bytes, total);
	return 0;
}

void hide_progress(void)
{
	if (shown_ms)
		fprintf(stderr, "\r%*s\r", LINE, "");
	shown_ms = 0;
}

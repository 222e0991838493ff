#include "lines.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static void print_date(uint64_t time_ns)
{
	time_t now = (time_t)(time_ns / 1000000000);
	char date[32];
	struct tm tm;

	if (localtime_r(&now, &tm) && strftime(date, sizeof(date), "%F ", &tm))
		fputs(date, stdout);
}

/* A dash stands for what is not known, as in the line. */
static void print_details(const struct ebpfi_http *http)
{
	if (http->request_bytes || (http->status && http->request_time_ns))
		printf(" (request %llu", (unsigned long long)http->request_bytes);
	else
		printf(" (request -");
	if (http->status && http->request_time_ns && http->first_byte_ns <= INT64_MAX)
		printf(", first byte %.3f ms", (double)http->first_byte_ns / 1e6);
	else if (http->status)
		printf(", first byte -");
	putchar(')');
}

int print_line(const struct ebpfi *session, const struct args *args, const struct ebpfi_event *event)
{
	char line[EBPFI_JSON_MAX];

	if (args->json)
		return puts(ebpfi_event_json(session, event, line, sizeof(line)));
	if (args->date)
		print_date(event->time_ns);
	fputs(ebpfi_event_str(session, event, line, sizeof(line)), stdout);
	if (args->verbose && event->kind != EBPFI_EVENT_HTTP_REQUEST)
		print_details((const struct ebpfi_http *)event);
	return putchar('\n');
}

void print_summary(struct ebpfi *session, const struct args *args, unsigned long long one_way, unsigned long long early)
{
	struct ebpfi_replay_info replay = { .sz = sizeof(replay) };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	char line[EBPFI_STR_MAX];

	if (!ebpfi_get_stats(session, "http", &stats))
		fprintf(stderr, "http: %s\n", ebpfi_stats_str(&stats, line, sizeof(line)));
	if (one_way && args->hook != EBPFI_HOOK_XDP)
		fprintf(stderr, "http: one direction only: nothing that a server sent was seen for %llu request%s\n", one_way,
			one_way == 1 ? "" : "s");
	if (early)
		fprintf(stderr, "http: %llu request%s under way when it began to listen: the responses were not seen\n", early,
			early == 1 ? " was" : "s were");
	if (!ebpfi_replay_info(session, &replay) && replay.skipped)
		fprintf(stderr, "http: %llu packets skipped: no inspector knows their link type\n",
			(unsigned long long)replay.skipped);
	if (replay.reordered)
		fprintf(stderr, "http: %llu segment%s recorded in the wrong order\n", (unsigned long long)replay.reordered,
			replay.reordered == 1 ? " was" : "s were");
}

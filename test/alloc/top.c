/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The n-th allocation of a table fails: no event is lost, because those without a row are in "other". */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>

#include "failing.h"
#include "http_event.h"
#include "runner.h"

enum { ROWS = 8, EVENTS = 100 };

/* Check allocates, so it is called only by failing_every(), which fails if the events are not all there. */
static int count_events(void)
{
	struct ebpfi_top_opts opts = { .sz = sizeof(opts), .rows = ROWS };
	struct ebpfi_top *top = ebpfi_top_new(&opts);
	struct ebpfi_top_row total = { .sz = sizeof(total) }, row = { .sz = sizeof(row) };
	char path[] = "/p?";
	uint64_t sum = 0;
	uint32_t i;

	if (!top)
		return -ENOMEM;
	for (i = 0; i < EVENTS; i++) {
		path[2] = (char)('a' + i % 20);
		ebpfi_top_add(top, record_of(EBPFI_EVENT_HTTP_UNANSWERED, "GET", "h", path));
	}
	for (i = 0; !ebpfi_top_row(top, i, &row); i++)
		sum += row.requests;
	ebpfi_top_row(top, EBPFI_TOP_OTHER, &row);
	ebpfi_top_row(top, EBPFI_TOP_TOTAL, &total);
	ebpfi_top_free(top);
	failing_harmless(sum + row.requests == EVENTS && total.requests == EVENTS);
	return 0;
}

START_TEST(table_counts_every_event_when_an_allocation_fails)
{
	failing_every(count_events, ROWS + 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { table_counts_every_event_when_an_allocation_fails };

	return RUN_TESTS("top", NULL, tests);
}

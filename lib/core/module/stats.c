/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "delivery.h"
#include "map.h"
#include "module.h"
#include "object.h"
#include "opts.h"
#include "text.h"

enum { COUNTERS = sizeof(struct ebpfi_ledger) / sizeof(uint64_t) };

void ledger_add(struct ebpfi_ledger *to, const struct ebpfi_ledger *from)
{
	uint64_t sum[COUNTERS], more[COUNTERS];
	int i;

	memcpy(sum, to, sizeof(sum));
	memcpy(more, from, sizeof(more));
	for (i = 0; i < COUNTERS; i++)
		sum[i] += more[i];
	memcpy(to, sum, sizeof(sum));
}

static int read_kernel(struct module *m, struct ebpfi_ledger *ledger)
{
	uint64_t sums[COUNTERS];
	int err = map_sum(object_map_fd(m->object, "ledger"), sums, COUNTERS);

	if (!err)
		memcpy(ledger, sums, sizeof(*ledger));
	return err;
}

int ebpfi_get_stats(struct ebpfi *s, const char *name, struct ebpfi_stats *stats)
{
	struct ebpfi_stats ours = { 0 };
	struct module *m = module_find(s, name);
	int err = 0;

	if (!m)
		return ebpfi_fail(s, -ENOENT, "%s is not loaded", name);
	if (m->object)
		err = read_kernel(m, &ours.ledger);
	if (err)
		return ebpfi_fail(s, err, "cannot read the ledger of %s: %s", name, strerror(-err));
	ledger_add(&ours.ledger, &m->replayed);
	ours.unit = m->inspector && m->inspector->unit ? m->inspector->unit : "packets";
	err = opts_write(stats, &ours, sizeof(ours));
	return err ? ebpfi_fail(s, err, "set sz of struct ebpfi_stats") : 0;
}

/* Skips a count of 0. */
static void put_count(struct text *t, uint64_t n, const char *what)
{
	if (!n)
		return;
	text_put(t, ", ");
	text_put_uint(t, n);
	text_put_char(t, ' ');
	text_put(t, what);
}

const char *ebpfi_stats_str(const struct ebpfi_stats *stats, char *buf, size_t size)
{
	const struct ebpfi_ledger *l = &stats->ledger;
	struct text t = text_in(buf, size);

	text_put_uint(&t, l->seen);
	text_put_char(&t, ' ');
	text_put(&t, stats->sz >= sizeof(*stats) && stats->unit ? stats->unit : "packets");
	text_put(&t, " seen, ");
	text_put_uint(&t, l->delivered);
	text_put(&t, " delivered, ");
	text_put_uint(&t, l->lost_ring + l->lost_map);
	text_put(&t, " lost");
	put_count(&t, l->lost_ring, "of them because the ring buffer was full");
	put_count(&t, l->lost_map, "of them because a state map was full");
	put_count(&t, l->filtered, "filtered out");
	put_count(&t, l->sampled, "left out by sampling");
	put_count(&t, l->truncated, "with headers cut off by the capture");
	put_count(&t, l->malformed, "malformed");
	return buf;
}

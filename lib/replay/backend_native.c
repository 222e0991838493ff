/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The native backend: the inspector built for this CPU. No kernel, no privilege. */
#include <errno.h>

#include "delivery.h"
#include "filtering.h"
#include "native_run.h"
#include "options.h"
#include "replay.h"
#include "table_slot.h"

/* The ring buffer is drained after each packet, so only a packet with more records than the ring holds loses some. */
static void deliver(void *ctx, const void *record, size_t size)
{
	struct module *m = ctx;

	if (!m->session->stopped && module_deliver(m, record, size))
		m->session->stopped = true;
}

static bool matches(void *filter, const struct pkt *p)
{
	return filter_matches(filter, p->link, p->ctx, p->len, p->wire_len);
}

static int set_option(void *run, const struct inspector_option *option, uint32_t value)
{
	if (option->knob)
		return native_run_set(run, option->knob, &value, sizeof(value));
	return option->map ? native_run_set_entries(run, option->map, value) : 0;
}

static struct native_run *make_run(struct module *m)
{
	struct native_run *run = native_run_new(m->inspector->native, m->ring_size, deliver, m);

	if (!run)
		return NULL;
	if (options_each(m, set_option, run) || tables_put_native(m, run)) {
		native_run_free(run);
		return NULL;
	}
	if (m->filter)
		native_run_set_filter(run, matches, m->filter);
	if (!m->inspector->prepare || !m->inspector->prepare(native_run_put, run))
		return run;
	native_run_free(run);
	return NULL;
}

static int native_open(struct replay *r)
{
	struct native_run *run;

	if (!r->module->inspector)
		return ebpfi_fail(r->session, -EOPNOTSUPP,
				  "%s is a BPF object file: replay it with the backend EBPFI_BACKEND_KERNEL", r->module->name);
	run = make_run(r->module);
	if (!run)
		return ebpfi_fail(r->session, -ENOMEM, "out of memory");
	native_run_enter(run);
	r->state = run;
	return 0;
}

static int native_packet(struct replay *r, const struct frame *frame)
{
	struct pkt p = {
		.ctx = (void *)frame->data,
		.len = frame->len,
		.wire_len = frame->wire_len,
		.link = frame->link,
		.segments = 1,
		.hook = (uint8_t)r->opts.hook,
		.direction = frame->direction,
	};

	native_run_packet(r->state, &p, frame->time_ns);
	return 0;
}

static int native_open_messages(struct replay *r)
{
	return module_finish(r->module, native_run_each, r->state);
}

static int native_finish(struct replay *r)
{
	ledger_add(&r->module->replayed, native_run_lookup(r->state, "ledger", &(uint32_t){ 0 }));
	return 0;
}

static void native_close(struct replay *r)
{
	native_run_leave(r->state);
	native_run_free(r->state);
}

const struct backend backend_native = { native_open, native_packet, native_open_messages, native_finish, native_close };

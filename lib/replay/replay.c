/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A capture through an inspector's native twin, into the session's event function. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "filtering.h"
#include "module.h"
#include "native_run.h"
#include "opts.h"

static void deliver(void *ctx, const void *record, size_t size)
{
	struct module *m = ctx;

	if (m->session->stopped)
		return;
	m->session->delivered++;
	if (module_deliver(m, record, size))
		m->session->stopped = true;
}

static bool matches(void *filter, const struct pkt *p)
{
	return filter_matches(filter, p->link, p->ctx, p->len, p->wire_len);
}

static struct native_run *make_run(struct module *m)
{
	struct native_run *run = native_run_new(m->inspector->native, m->opts.ring_size, deliver, m);

	if (!run)
		return NULL;
	native_run_set(run, "snaplen", &m->opts.snaplen, sizeof(m->opts.snaplen));
	native_run_set(run, "sample", &m->opts.sample, sizeof(m->opts.sample));
	if (m->filter)
		native_run_set_filter(run, matches, m->filter);
	if (!m->inspector->prepare || !m->inspector->prepare(native_run_put, run))
		return run;
	native_run_free(run);
	return NULL;
}

static void run_frame(struct native_run *run, const struct frame *frame)
{
	struct pkt p = {
		.ctx = (void *)frame->data, .len = frame->len, .wire_len = frame->wire_len, .link = frame->link, .segments = 1
	};

	native_run_packet(run, &p, frame->time_ns);
}

/* Breaks are asked for once in a while: it is a system call. */
static int replay_all(struct ebpfi *s, struct module *m, struct native_run *run, struct capture *capture, char *why,
		      size_t size)
{
	struct frame frame;
	unsigned int n = 0;
	int got = 0, err;

	while (!s->stopped && (got = capture_next(capture, &frame, why, size)) > 0) {
		err = filtering_check_replay(s, m, frame.link);
		if (err)
			return err;
		run_frame(run, &frame);
		if (++n % 256 == 0 && ebpfi_take_break(s))
			return -ECANCELED;
	}
	return s->stopped ? -ECANCELED : got;
}

static int replay_capture(struct ebpfi *s, struct module *m, struct native_run *run, const char *path)
{
	char why[512] = "";
	int err = 0;
	struct capture *capture = capture_open(path, &err, why, sizeof(why));

	if (capture) {
		native_run_enter(run);
		err = replay_all(s, m, run, capture, why, sizeof(why));
		native_run_leave(run);
		capture_close(capture);
	}
	ledger_add(&m->counted, native_run_lookup(run, "ledger", &(uint32_t){ 0 }));
	if (err == -ECANCELED)
		return ebpfi_fail(s, err, "the replay of %s was stopped", path);
	return err && *why ? ebpfi_fail(s, err, "%s %s", path, why) : err;
}

int ebpfi_replay(struct ebpfi *s, const char *inspector, const char *path, const struct ebpfi_replay_opts *theirs)
{
	struct ebpfi_replay_opts opts;
	struct native_run *run;
	struct module *m;
	int err = opts_read(&opts, sizeof(opts), theirs);

	if (err)
		return ebpfi_fail(
			s, err,
			"the replay options are not of this library's kind: set sz to sizeof(struct ebpfi_replay_opts)");
	m = module_get(s, inspector);
	if (!m)
		return -ENOENT;
	run = make_run(m);
	if (!run)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	s->delivered = 0;
	s->stopped = ebpfi_take_break(s);
	err = replay_capture(s, m, run, path);
	native_run_free(run);
	return err;
}

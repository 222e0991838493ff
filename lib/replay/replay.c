/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* ebpfi_replay(): runs a capture through a backend and delivers events to the session's callback. */
#include "replay.h"

#include <errno.h>
#include <stdio.h>

#include "bundled.h"
#include "filtering.h"
#include "link_type.h"
#include "options.h"
#include "opts.h"

enum {
	PROGRESS_DEFAULT = 1 << 20,
	TICK_NS = 100000000,
	BREAK_EVERY = 256, /* packets: the check is a system call */
};

static int fail_stopped(struct replay *r)
{
	return ebpfi_fail(r->session, -ECANCELED, "the replay of %s was stopped", r->path);
}

static int report_progress(struct replay *r)
{
	r->next_report += r->opts.progress_bytes;
	return r->opts.progress(r->opts.progress_ctx, capture_bytes(r->capture), capture_total(r->capture));
}

/* Ticks follow the capture's clock. */
static void run_tick(struct replay *r, uint64_t now_ns)
{
	struct module *m = r->module;

	r->next_tick = now_ns + TICK_NS;
	if (m->inspector && m->inspector->tick && r->session->fn && m->kind->tick(m, now_ns))
		r->session->stopped = true;
}

/* A pcapng file has a link type per interface: skip packets of an unknown one, replay the others. */
static int run_packet(struct replay *r, const struct frame *frame)
{
	int err;

	if (frame->link == LINK_OTHER) {
		r->unknown++;
		r->session->replayed.skipped++;
		return 0;
	}
	err = filtering_check_replay(r->session, r->module, frame->link);
	r->session->replay_interface = frame->interface;
	return err ? err : r->backend->packet(r, frame);
}

/* Takes a frame in the order of its connection. The time may be a little older than the last one. */
static int run_ordered(void *replay, const struct frame *frame)
{
	struct replay *r = replay;
	int err;

	if (r->session->stopped)
		return 0;
	if (frame->time_ns > r->last_ns)
		r->last_ns = frame->time_ns;
	err = run_packet(r, frame);
	if (!err && frame->time_ns >= r->next_tick)
		run_tick(r, frame->time_ns);
	return err;
}

/* Frames whose time has passed do not wait with the next one for its time. */
static int wait_for_pace(struct replay *r, uint64_t time_ns)
{
	int err = r->reorder ? reorder_expire(r->reorder, time_ns) : 0;

	if (!err && !r->session->stopped)
		pace_wait(r, time_ns);
	return err;
}

static int run_frame(struct replay *r, const struct frame *frame)
{
	struct ebpfi *s = r->session;
	int err = r->opts.speed ? wait_for_pace(r, frame->time_ns) : 0;

	if (err)
		return err;
	if ((r->opts.speed || s->replayed.packets % BREAK_EVERY == 0) && ebpfi_take_break(s))
		return fail_stopped(r);
	s->replayed.packets++;
	err = r->reorder ? reorder_add(r->reorder, frame) : run_ordered(r, frame);
	if (!err && r->opts.progress && frame->offset >= r->next_report && report_progress(r))
		return fail_stopped(r);
	return err;
}

static int run_frames(struct replay *r)
{
	struct frame frame;
	int err = 0, got = 0;

	while (!err && !r->session->stopped && (got = capture_next(r->capture, &frame)) > 0)
		err = run_frame(r, &frame);
	if (!err && r->reorder && got != -ECANCELED)
		err = reorder_flush(r->reorder);
	if (err)
		return err;
	if (r->session->stopped || got == -ECANCELED)
		return fail_stopped(r);
	if (got < 0)
		return ebpfi_fail(r->session, got, "%s %s", r->path, capture_why(r->capture));
	run_tick(r, r->last_ns);
	if (r->backend->open_messages(r))
		r->session->stopped = true;
	else
		run_tick(r, UINT64_MAX);
	if (r->session->stopped)
		return fail_stopped(r);
	if (r->unknown && r->unknown == r->session->replayed.packets)
		return ebpfi_fail(r->session, -EPROTONOSUPPORT, "%s %s", r->path, capture_why(r->capture));
	return r->opts.progress && report_progress(r) ? fail_stopped(r) : 0;
}

static int run_backend(struct replay *r)
{
	int err = r->backend->open(r), end_err;

	if (err)
		return err;
	err = run_frames(r);
	end_err = r->backend->finish(r);
	r->backend->close(r);
	r->session->replay_interface = NULL;
	return err ? err : end_err;
}

static int run_in_order(struct replay *r)
{
	int err;

	if (!r->module->inspector || !r->module->inspector->reads_streams)
		return run_backend(r);
	r->reorder = reorder_new(option_value(r->module, "tunnels"), run_ordered, r);
	if (!r->reorder)
		return ebpfi_fail(r->session, -ENOMEM, "out of memory");
	err = run_backend(r);
	r->session->replayed.reordered = reorder_moved(r->reorder);
	reorder_free(r->reorder);
	return err;
}

static int run_capture(struct replay *r)
{
	char why[512];
	int err;

	r->capture = capture_open(r->path, r->session->broken.fd, &err, why, sizeof(why));
	if (!r->capture)
		return err == -ECANCELED ? fail_stopped(r) : ebpfi_fail(r->session, err, "%s %s", r->path, why);
	err = run_in_order(r);
	capture_close(r->capture);
	return err;
}

static int check_opts(struct ebpfi *s, struct ebpfi_replay_opts *opts, const struct ebpfi_replay_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	if (err)
		return ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_replay_opts)");
	if (opts->backend != EBPFI_BACKEND_NATIVE && opts->backend != EBPFI_BACKEND_KERNEL)
		return ebpfi_fail(s, -EINVAL, "there is no backend %d", (int)opts->backend);
	if ((unsigned int)opts->hook > EBPFI_HOOK_SOCKET)
		return ebpfi_fail(s, -EINVAL, "there is no hook %d", (int)opts->hook);
	if (!opts->progress_bytes)
		opts->progress_bytes = PROGRESS_DEFAULT;
	return 0;
}

int ebpfi_replay(struct ebpfi *s, const char *inspector, const char *path, const struct ebpfi_replay_opts *theirs)
{
	struct replay r = { .session = s, .path = path };
	int err = check_opts(s, &r.opts, theirs);

	if (err)
		return err;
	r.backend = r.opts.backend == EBPFI_BACKEND_KERNEL ? &backend_kernel : &backend_native;
	r.module = module_get(s, inspector, &err);
	if (!r.module)
		return err;
	s->delivered = 0;
	s->stopped = false;
	s->replayed = (struct ebpfi_replay_info){ 0 };
	return run_capture(&r);
}

int ebpfi_replay_info(struct ebpfi *s, struct ebpfi_replay_info *info)
{
	int err = opts_write(info, &s->replayed, sizeof(s->replayed));

	return err ? ebpfi_fail(s, err, "set sz of struct ebpfi_replay_info") : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One replay: a capture on one side, a backend on the other. */
#pragma once

#include "capture.h"
#include "module.h"

struct replay {
	struct ebpfi *session;
	struct module *module;
	struct ebpfi_replay_opts opts;
	struct capture *capture;
	const char *path;
	void *state;          /* the backend's */
	uint64_t next_tick;   /* in the capture */
	uint64_t unknown;     /* packets of a link type that inspectors do not know */
	uint64_t next_report; /* of the unpacked file */
	uint64_t pace_start;  /* on the monotonic clock */
	uint64_t pace_first;  /* in the capture */
};

/* What runs a program. Each returns negative errno with the error set. */
struct backend {
	int (*open)(struct replay *r);
	int (*packet)(struct replay *r, const struct frame *frame);
	int (*finish)(struct replay *r); /* after the last packet, also of a replay that failed */
	void (*close)(struct replay *r);
};

extern const struct backend backend_native, backend_kernel;

/* Waits until a packet's turn has come, or a break is asked for. */
void pace_wait(struct replay *r, uint64_t time_ns);

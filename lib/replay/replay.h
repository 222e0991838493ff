/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One replay: a capture and a backend that runs it. */
#pragma once

#include "capture.h"
#include "module.h"
#include "reorder.h"

struct backend;

struct replay {
	struct ebpfi *session;
	struct module *module;
	struct ebpfi_replay_opts opts;
	struct capture *capture;
	const char *path;
	const struct backend *backend;
	void *state;             /* the backend's */
	struct reorder *reorder; /* NULL: the inspector reads packets one by one */
	uint64_t next_tick;      /* in the capture */
	uint64_t last_ns;        /* the latest time of a packet */
	uint64_t unknown;        /* packets of a link type that inspectors do not know */
	uint64_t next_report;    /* offset in the unpacked file */
	uint64_t pace_start;     /* on the monotonic clock */
	uint64_t pace_first;     /* in the capture */
};

/* Runs a program on packets. Each function returns negative errno and sets the session's error. */
struct backend {
	int (*open)(struct replay *r);
	int (*packet)(struct replay *r, const struct frame *frame);
	int (*open_messages)(struct replay *r); /* after the last packet: delivers what is open; returns like module_finish() */
	int (*finish)(struct replay *r);        /* after the last packet, also if the replay failed */
	void (*close)(struct replay *r);
};

extern const struct backend backend_native, backend_kernel;

/* Waits until a packet is due or a break is requested. */
void pace_wait(struct replay *r, uint64_t time_ns);

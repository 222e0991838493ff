/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The session, as the rooms of lib/core share it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <ebpfinspect/ebpfinspect.h>

struct module; /* a loaded inspector or object: module.h */
struct link;   /* attach.h */
struct reader; /* reader.h */
struct trace;  /* trace.h */

/* A descriptor that the session's poll waits for; embedded in its owner. */
struct poll_source {
	int fd;
	void (*ready)(struct ebpfi *s, struct poll_source *source); /* called in ebpfi_poll() while it is readable */
};

struct ebpfi {
	ebpfi_event_fn fn;
	void *ctx;
	struct ebpfi_opts opts;
	struct reader *readers;
	struct trace *trace;    /* bpf_printk lines; NULL: the host asked for none */
	struct module *modules; /* newest first */
	struct link *links;     /* newest first */
	int next_link;
	int process;     /* that made the session */
	bool close_only; /* it is freed in another process, after fork(): what is shared with the first stays as it is */
	int epoll_fd;
	struct poll_source broken;         /* eventfd; readable: ebpfi_break() was called */
	struct poll_source again;          /* timerfd; finds records that came without a wake-up */
	int again_ns;                      /* its current delay */
	int64_t next_tick_ms;              /* on clock_ms(), for inspectors that want to see time pass */
	int delivered;                     /* events delivered in the current poll */
	bool young_left;                   /* a reader left young records for its next merge */
	bool stopped;                      /* the host's function returned non-zero */
	int failed;                        /* a source's error in the current poll, with the error set; 0: none */
	const char *replay_interface;      /* name of the interface that the current packet of a replay was captured on */
	struct ebpfi_pcapng *pcapngs;      /* newest first */
	struct ebpfi_replay_info replayed; /* of the last replay */
	bool refused_by_verifier;          /* the reason why the last object could not be loaded */
	char error[1024];
};

/* Sets the session's error message and returns `err`. */
int ebpfi_fail(struct ebpfi *s, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds a source to the session's poll, or removes it; the source stays the caller's. Negative errno, without words. */
int poll_source_add(struct ebpfi *s, struct poll_source *source);
void poll_source_remove(struct ebpfi *s, struct poll_source *source);

/* Whether ebpfi_break() was called since the last call of this function. */
bool ebpfi_take_break(struct ebpfi *s);

void ebpfi_log(struct ebpfi *s, enum ebpfi_log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

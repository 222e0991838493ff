/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A tc hook: tcx programs (Linux 6.6) run first, in their own order, then the filters of the clsact qdisc by priority. A program
 * that returns anything but TC_ACT_UNSPEC ends the walk.
 */
#pragma once

#include "attach.h"
#include "bpfcall.h"

enum { FILTERS_MAX = 128, FILTER_NAME_MAX = 256 };

/* A filter on the clsact or ingress qdisc. */
struct filter {
	uint32_t handle, priority;
	uint16_t protocol;   /* network byte order */
	uint32_t program_id; /* 0: not a BPF program */
	char kind[16], name[FILTER_NAME_MAX];
};

typedef void (*tc_filter_fn)(void *ctx, const struct filter *filter);

/* BPF_TCX_INGRESS or EGRESS; and the parent of the filters. */
uint32_t tc_point(const struct link *link);
uint32_t tc_parent(enum ebpfi_hook hook);

/* Calls `fn` for each filter on a hook of the link's interface, in running order; negative errno. `fn` must not use netlink. */
int tc_each_filter(const struct link *link, enum ebpfi_hook hook, tc_filter_fn fn, void *ctx);

/* Removes this library's filters with a dead owner from both hooks. Does not touch filters of other programs. */
void tc_remove_dead_filters(const struct link *link);

int tc_delete_filter(const struct link *link, enum ebpfi_hook hook, const struct filter *filter);

/* Finds the anchor's program by its id or its name. -ENOENT and -EPERM with the reason. */
int tc_anchor(const struct link *link, const struct attach_request *request, uint32_t *program_id, struct text *why);

/* For struct mode: the others on the hook. */
void tc_others(struct link *link, struct text *t);

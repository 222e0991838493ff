/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A module: what a session has loaded under one name. A bundled inspector is one object that is opened several times: once for
 * its maps, then once for each hook with that hook's program only and the same maps, so that attaching a socket filter needs
 * no right that only XDP needs, and verifies one program instead of four.
 */
#pragma once

#include "inspector.h"
#include "session.h"

enum { HOOK_COUNT = EBPFI_HOOK_SOCKET + 1 };

struct bpf_object;
struct ring;

struct module {
	struct module *next;
	const struct inspector *inspector;
	struct ebpfi_load_opts opts;
	struct bpf_object *maps;
	struct bpf_object *units[HOOK_COUNT];
	struct ring *ring;
	void *live; /* the programs' writable globals, mapped */
	size_t live_size;
	volatile uint64_t *clock_offset;  /* in `live` */
	volatile uint32_t *l3_interfaces; /* in `live` */
	struct ebpfi_ledger replayed;     /* what replays counted */
};

/* The module of a name, loaded with default options if it is not there yet; NULL with the error set. */
struct module *module_get(struct ebpfi *s, const char *name);
struct module *module_find(const struct ebpfi *s, const char *name);

/* The descriptor of the program for a hook, loaded now if need be; negative errno with the error set. */
int module_program(struct ebpfi *s, struct module *m, enum ebpfi_hook hook);

/* Tells the programs that an interface's packets begin at IP. */
int module_add_l3(struct ebpfi *s, struct module *m, uint32_t ifindex);

/* Sets the programs' clocks from this machine's. */
void modules_set_clock(struct ebpfi *s);

void modules_free(struct ebpfi *s);

void ledger_add(struct ebpfi_ledger *to, const struct ebpfi_ledger *from);

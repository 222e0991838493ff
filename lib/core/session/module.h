/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A module: one name under which a session has loaded something, either a bundled inspector (module/bundled.c) or an object of the host's
 * own (module/hosted.c). This is the part that both share.
 */
#pragma once

#include "inspector.h"
#include "session.h"

enum {
	HOOK_COUNT = EBPFI_HOOK_SOCKET + 1,
	UNIT_PLAIN = HOOK_COUNT, /* XDP without fragments */
	UNIT_COUNT,
};

struct bpf_object;
struct choice;
struct filter;
struct module;
struct reader;
struct record;
struct reused;
struct table_copy;

/* How a bundled inspector and an object of the host's own differ; each function as the module_*() of its name. */
struct module_kind {
	int (*choose)(struct ebpfi *s, struct module *m, struct choice *choice);
	int (*program)(struct ebpfi *s, struct module *m, const struct choice *choice);
	int (*load_unit)(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit);
	int (*load_maps)(struct ebpfi *s, struct module *m);
	/* Lets time pass; NULL: it does not matter. Returns what the host's function returned. */
	int (*tick)(struct module *m, uint64_t now_ns);
	/* The session ends: delivers what is open; NULL: nothing is. Returns like `tick`. */
	int (*finish)(struct module *m);
};

struct module {
	struct module *next;
	struct ebpfi *session;
	const struct module_kind *kind;
	char *name;
	const struct inspector *inspector;       /* NULL: the host's own object */
	uint32_t options[INSPECTOR_OPTIONS_MAX]; /* of an inspector, in its order */
	uint32_t ring_size;
	bool awaits_opts;          /* only ebpfi_set_filter() has named the inspector: ebpfi_load() may follow */
	struct bpf_object *object; /* its maps; of the host's own its programs, too; NULL while the kernel was not asked */
	struct bpf_object
		*units[UNIT_COUNT]; /* of an inspector: one program each; of the host's own: the first, once it has a filter */
	struct filter *filter;      /* NULL: none */
	void *image;                /* the bytes of the host's own object */
	size_t image_size;
	struct reader *events;     /* of an inspector */
	void *state;               /* of an inspector's complete() */
	struct record *records;    /* what the host asked for by ebpfi_on_record() */
	struct table_copy *tables; /* of an inspector: what the host set */
	struct reused *reused;     /* maps of the host's own object that existed before */
	void *live;                /* an inspector's writable globals, mapped */
	size_t live_size;
	volatile uint64_t *clock_offset;  /* in `live` */
	volatile uint64_t *no_wake_until; /* in `live` */
	volatile uint32_t *l3_interfaces; /* in `live` */
	struct ebpfi_ledger replayed;     /* counted in user space: replays, and events made there */
};

/* A new and empty module in the session; NULL with the error set. -EALREADY: the name is taken. */
struct module *module_new(struct ebpfi *s, const char *name, const struct module_kind *kind);

struct module *module_find(const struct ebpfi *s, const char *name);

/* A choice of what to attach: a hook, or EBPFI_HOOK_ANY, and a program by name, or NULL. */
struct choice {
	enum ebpfi_hook hook;
	const char *program;
	bool plain; /* an inspector's XDP program without fragments: see link.c */
};

/* Replaces ANY and NULL in a choice, without asking the kernel. Negative errno with the error set. */
int module_choose(struct ebpfi *s, struct module *m, struct choice *choice);

/* The descriptor of the chosen program, which is loaded now if it was not. Negative errno with the error set. */
int module_program(struct ebpfi *s, struct module *m, const struct choice *choice);

/* Makes the module's maps, unless they are there. Negative errno with the error set. */
int module_need_maps(struct ebpfi *s, struct module *m);

/*
 * The object with the programs of a unit (a hook or UNIT_PLAIN), or NULL. module_load_unit() loads one to replace it, with the module's
 * present filter and the same maps. The host's own object has all its programs under EBPFI_HOOK_ANY.
 */
struct bpf_object *module_unit(const struct module *m, int hook);
int module_load_unit(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit);

/*
 * Whether an inspector wants to see time pass; tells all that do. Non-zero: the host's function returned that. UINT64_MAX: no more
 * records will come.
 */
bool modules_want_ticks(const struct ebpfi *s);
int modules_tick(struct ebpfi *s, uint64_t now_ns);

/* The session ends: tells all inspectors. Returns like modules_tick(). */
int modules_finish(struct ebpfi *s);

/* Sets the programs' clocks from this machine's. */
void modules_set_clock(struct ebpfi *s);

/* Asks the programs for no wake-up for `ns`. The caller looks by itself soon after that. */
void modules_spare_wakeups(struct ebpfi *s, uint64_t ns);

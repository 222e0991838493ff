/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Links: the programs that a session has attached. Each way to attach is a mode, one struct in mode_*.c. */
#pragma once

#include "interface.h"
#include "module.h"
#include "netns.h"
#include "text.h"

struct link_monitor;
struct watch;

/* The wanted properties of a link; the caller owns the strings. */
struct attach_request {
	struct choice choice;
	enum ebpfi_mode mode;
	enum ebpfi_order order;
	uint32_t anchor;
	const char *anchor_name;
	uint64_t revision;
	const char *pin;
};

struct link {
	struct link *next;
	int id;
	const char *inspector; /* the module's name */
	enum ebpfi_hook hook;
	struct interface interface;
	struct netns *netns;
	const struct mode *mode;      /* NULL: represents a watch that has links of its own */
	struct watch *watch;          /* the watch that it represents, or NULL */
	struct link_monitor *monitor; /* reports that the interface is gone; NULL: a watch does, or the link is on "any" */
	int watch_id;                 /* the link that represents the watch which made this one, or 0 */
	int fd;                       /* a bpf_link, a packet socket, or the owner's mark of a tc filter; or -1 */
	int program_fd;               /* the module's; -1: another process put it there */
	int slot_fd;                  /* of a packet socket: the map that its trampoline jumps through */
	uint32_t handle, priority;    /* of a tc filter */
	bool fragments;               /* the program takes XDP buffers in fragments */
	char *pin;                    /* NULL: not pinned */
	char refused[1024];
	char others[2048]; /* for ebpfi_link_info() */
};

/* All functions are called in the link's network namespace. Negative errno, with the reason in `why`. */
struct mode {
	enum ebpfi_mode mode;
	const char *name;
	const char *no_pin; /* why it cannot be pinned; NULL: it can */
	/* Attaches the link's program; fills in the members that detach needs. */
	int (*attach)(struct link *link, const struct attach_request *request, struct text *why);
	/* NULL: closing the descriptor is enough. */
	int (*detach)(struct link *link, struct text *why);
	/* For a process that only inherited the link, in place of detach; NULL: closing the descriptor is enough. */
	void (*abandon)(struct link *link);
	int (*replace)(struct link *link, int program_fd, struct text *why);
	/* The other programs on the hook, one per line; NULL: they do not affect the link. */
	void (*others)(struct link *link, struct text *t);
	/* Whether a program is on the link's hook in this mode. */
	bool (*holds)(const struct link *link, uint32_t program_id);
};

extern const struct mode mode_xdp_native, mode_xdp_generic, mode_tcx, mode_clsact, mode_packet_socket;

/* Attaches a module's chosen program to an interface; the new link, or NULL with the error set and its value in `err`. */
struct link *link_attach(struct ebpfi *s, struct netns *netns, const struct interface *interface, struct module *m,
			 const struct attach_request *request, int *err);

/* A link that is not attached yet; NULL with the error set. */
struct link *link_new(struct ebpfi *s, struct netns *netns, const struct interface *interface, const char *inspector,
		      enum ebpfi_hook hook);

/* Gives a link its number and adds it to the session. */
int link_keep(struct ebpfi *s, struct link *link);
struct link *link_find(const struct ebpfi *s, int id);

/* Puts another program into a link; negative errno with the error set. */
int link_replace(struct ebpfi *s, struct link *link, struct module *m);

/* Puts another program of the same module into a link, in one step; negative errno with the error set. */
int link_update(struct ebpfi *s, struct link *link, int program_fd);

/* Removes a link from the session and frees it; a pinned one stays attached unless `unpin`. Negative errno with the error set. */
int link_remove(struct ebpfi *s, struct link *link, bool unpin);

/* Tells the programs the first header of an interface's packets (enum link_type); negative errno with the error set. */
int link_set_layer(struct ebpfi *s, struct module *m, uint32_t ifindex, uint16_t link);

/* Calls a function of the link's mode in the link's namespace. */
int link_run(struct link *link, int (*fn)(struct link *link, void *arg), void *arg);

void links_free(struct ebpfi *s);

/* The name that all links to an interface index agree on, or NULL. */
const char *ebpfi_interface_name(const struct ebpfi *s, uint32_t ifindex);

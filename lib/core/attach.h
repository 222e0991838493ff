/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Attaching: a plan is an ordered list of modes for a hook; the first that works wins, and why each earlier one was refused is
 * kept. Each mode is one struct mode in xdp.c, tc.c or socket.c.
 */
#pragma once

#include "interface.h"
#include "text.h"

struct link {
	struct link *next;
	int id;
	const char *inspector;
	struct interface interface;
	enum ebpfi_hook hook;
	const struct mode *mode;
	int fd;                    /* a bpf_link or a packet socket; -1: a tc filter */
	int program_fd;            /* the module's */
	int slot_fd;               /* of a packet socket: what its trampoline jumps through */
	uint32_t handle, priority; /* of a tc filter */
	char refused[1024];
};

struct mode {
	enum ebpfi_mode mode;
	const char *name;
	/* Attaches a program; fills in what detach needs. Negative errno, with the reason in `why`. */
	int (*attach)(struct link *link, int program_fd, struct text *why);
	void (*detach)(struct link *link); /* NULL: closing the descriptor is enough */
};

extern const struct mode mode_xdp_native, mode_xdp_generic, mode_tcx, mode_clsact, mode_packet_socket;

/* Puts another program into a link, in one step; negative errno. */
int link_update(struct ebpfi *s, struct link *link, int program_fd);

void links_free(struct ebpfi *s);
const char *links_interface_name(const struct ebpfi *s, uint32_t ifindex);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * bpf(2) on links and programs, in the caller's thread and network namespace. libbpf 1.1 has no anchors, no revisions and no tcx, and
 * lacks some of the functions that read information. All functions return a descriptor or 0; negative errno.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The kernel's numbers; linux/bpf.h before 6.6 lacks them. */
enum {
	BPFCALL_XDP = 37,
	BPFCALL_TCX_INGRESS = 46,
	BPFCALL_TCX_EGRESS = 47,
	BPFCALL_LINK_XDP = 6, /* kinds of links */
	BPFCALL_LINK_TCX = 11,
	BPFCALL_BEFORE = 1 << 3,
	BPFCALL_AFTER = 1 << 4,
	BPFCALL_ID = 1 << 5,
	BPFCALL_PROGRAMS_MAX = 64, /* on one hook (BPF_MPROG_MAX) */
};

/* The place of a tcx program among others; for XDP only `flags` count (XDP_FLAGS_). */
struct bpfcall_place {
	uint32_t flags;
	uint32_t program_id; /* with BPFCALL_ID: before or after this one */
	uint64_t revision;   /* of the hook, or 0 for any; -ESTALE */
};

int bpfcall_link_create(int program_fd, uint32_t ifindex, uint32_t point, const struct bpfcall_place *place);
/* Replaces the program atomically if the present one is `old_fd`; -1: replaces any program. */
int bpfcall_link_update(int link_fd, int program_fd, int old_fd);
/* Detaches it for every holder of the link. */
int bpfcall_link_detach(int link_fd);

struct bpfcall_link {
	uint32_t kind, id, program_id;
	uint32_t ifindex; /* 0: the interface is gone */
	uint32_t point;   /* of a tcx link */
};
int bpfcall_link_info(int link_fd, struct bpfcall_link *info);

uint32_t bpfcall_program_id(int program_fd); /* 0: unknown */
/* -EPERM: needs CAP_SYS_ADMIN. */
int bpfcall_program_name(uint32_t id, char name[16]);

/* The programs of a tcx hook in the order in which they run. */
struct bpfcall_hook {
	uint64_t revision;
	uint32_t count;
	uint32_t programs[BPFCALL_PROGRAMS_MAX];
};
int bpfcall_query(uint32_t ifindex, uint32_t point, struct bpfcall_hook *hook);

struct bpf_map_info;
/* -EINVAL: the descriptor is not of a map. */
int bpfcall_map_info(int map_fd, struct bpf_map_info *info);

int bpfcall_pin(int fd, const char *path);
int bpfcall_get(const char *path);

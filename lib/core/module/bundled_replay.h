/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A second copy of an inspector, for a replay in the kernel: with its own maps, and the capture's clock instead of the kernel's. */
#pragma once

#include "module.h"

struct bundled_replay;

/* Properties of a packet that the capture has and the kernel's copy lacks. */
struct replay_packet {
	uint32_t len, wire_len;
	uint64_t time_ns;
	uint16_t link;
	uint8_t direction;
	int32_t filter; /* -1: refuses it, 1: accepts it, 0: the program runs its own filter on the kernel's copy */
};

/* NULL with the error set and put into `err`. */
struct bundled_replay *bundled_replay_new(struct ebpfi *s, struct module *m, enum ebpfi_hook hook, int *err);

/* Adds the replay's ledger to the module's; negative errno with the error set. */
int bundled_replay_finish(struct ebpfi *s, struct bundled_replay *replay);
void bundled_replay_free(struct bundled_replay *replay);

int bundled_replay_program(const struct bundled_replay *replay);

/* Tells the program the properties of the next packet. */
void bundled_replay_set(struct bundled_replay *replay, const struct replay_packet *packet);

/* The object whose maps the program uses. */
struct bpf_object *bundled_replay_object(const struct bundled_replay *r);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* An inspector loaded once more, for a replay in the kernel: with maps of its own, and the capture's clock instead of the kernel's. */
#pragma once

#include "module.h"

struct bundled_replay;

/* What the capture says about a packet, and the kernel's copy does not hold. */
struct replay_packet {
	uint32_t len, wire_len;
	uint64_t time_ns;
	uint16_t link;
	uint8_t direction;
	int32_t filter; /* -1: refused, 1: not, 0: the program asks its own, which knows the packet as the kernel has it */
};

/* NULL with the error set and put into `err`. */
struct bundled_replay *bundled_replay_new(struct ebpfi *s, struct module *m, enum ebpfi_hook hook, int *err);

/* Adds its ledger to the module's; negative errno with the error set. */
int bundled_replay_finish(struct ebpfi *s, struct bundled_replay *replay);
void bundled_replay_free(struct bundled_replay *replay);

int bundled_replay_program(const struct bundled_replay *replay);

/* Tells the program of the packet that it will be run on next. */
void bundled_replay_set(struct bundled_replay *replay, const struct replay_packet *packet);

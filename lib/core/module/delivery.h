/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Delivers records of a bundled inspector to the host's function. */
#pragma once

#include "module.h"

/* An ebpfi_record_fn: hands one event to the host. `module` is the inspector's; an incomplete event is ignored. */
int module_deliver(void *module, const void *record, size_t size);

/* Advances the clock of a module's inspector. Returns the value of the host's function. */
int module_tick(struct module *m, uint64_t now_ns);

/* The end of a capture or a session: delivers what is open. `walk` reads the programs' maps. */
int module_finish(struct module *m, inspector_walk_fn walk, void *from);

void ledger_add(struct ebpfi_ledger *to, const struct ebpfi_ledger *from);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From a record of a bundled inspector to the host's function. */
#pragma once

#include "module.h"

/* An ebpfi_record_fn: hands one event to the host. `module` is the inspector's; an incomplete event is ignored. */
int module_deliver(void *module, const void *record, size_t size);

/* Lets time pass for the inspector of a module. Returns what the host's function returned. */
int module_tick(struct module *m, uint64_t now_ns);

void ledger_add(struct ebpfi_ledger *to, const struct ebpfi_ledger *from);

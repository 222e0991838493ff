/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Records of the host's own objects, by the name of their ring or perf buffer. */
#pragma once

#include "module.h"

/* Frees every reader of the module's buffers, also that of an inspector's events. */
void records_free(struct module *m);

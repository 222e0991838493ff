/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Records of the host's own objects, by the name of their ring or perf buffer. */
#pragma once

#include "module.h"

/* Ends every reading of the module's buffers, the inspector's own events too. */
void records_free(struct module *m);

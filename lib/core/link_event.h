/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What a watch tells, as text. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

void link_event_str(struct text *t, const struct ebpfi_link_event *event);
void link_event_json(struct json *j, const struct ebpfi_link_event *event);

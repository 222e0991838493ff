/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events of the inspector `http`: lines like an access log, and JSON with OpenTelemetry's names. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

void http_str(struct text *t, const struct ebpfi_event *event);
void http_json(struct json *j, const struct ebpfi_event *event);

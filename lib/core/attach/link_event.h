/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What a watch tells, as text. */
#pragma once

#include "inspector.h"

extern const struct inspector link_events;

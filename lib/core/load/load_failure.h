/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One sentence why an object could not be loaded. */
#pragma once

#include "line_info.h"
#include "session.h"

struct bpf_object;

/* Sets the session's error from what libbpf and the verifier said since libbpf_log_begin(). Before libbpf_log_end(). */
void load_failure(struct ebpfi *s, const struct bpf_object *object, const char *what, int err, const struct image *image);

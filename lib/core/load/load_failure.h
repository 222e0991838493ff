/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The reason why an object could not be loaded, in one sentence. */
#pragma once

#include "line_info.h"
#include "session.h"

struct bpf_object;

/* Sets the session's error from the messages of libbpf and the verifier since libbpf_log_begin(). Call before libbpf_log_end(). */
void load_failure(struct ebpfi *s, const struct bpf_object *object, const char *what, int err, const struct image *image);

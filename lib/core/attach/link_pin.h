/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Links that are pinned in bpffs, and picked up again. */
#pragma once

#include "attach.h"

/* Whether a link can be pinned at the path; negative errno with the error set. */
int link_pin_check(struct ebpfi *s, const char *path);

/*
 * Picks up the link that is pinned at request->pin and puts the link's program into it. 0: done. -ENOENT: nothing is there; the pin of a
 * link of ours whose interface is gone was removed. Others with the error set.
 */
int link_pin_adopt(struct ebpfi *s, struct link *link, const struct attach_request *request);

/* Pins an attached link; negative errno with the error set. */
int link_pin_make(struct ebpfi *s, struct link *link, const char *path);

/* Removes the pin while it is this link's. */
void link_pin_remove(const struct link *link);

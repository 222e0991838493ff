/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Links that are pinned in bpffs and reused by a later process. */
#pragma once

#include "attach.h"

/* Whether a link can be pinned at the path; negative errno with the error set. */
int link_pin_check(struct ebpfi *s, const char *path);

/*
 * Opens the link that is pinned at request->pin and puts the program of `link` into it. -ENOENT: nothing is pinned there any more; if the
 * interface of our pinned link is gone, its pin was removed. Other errors are set in the session.
 */
int link_pin_adopt(struct ebpfi *s, struct link *link, const struct attach_request *request);

/* Pins an attached link; negative errno with the error set. */
int link_pin_make(struct ebpfi *s, struct link *link, const char *path);

/* Removes the pin if this link is still pinned there. */
void link_pin_remove(const struct link *link);

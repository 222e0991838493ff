/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The attach plan: for each hook the modes in the order in which they are tried, and the rights they need. */
#pragma once

#include "attach.h"

/* The name of a hook in a sentence. */
const char *plan_hook_words(enum ebpfi_hook hook);

/* Checks the rights that a hook needs; negative errno with the error set. */
int plan_check_rights(struct ebpfi *s, enum ebpfi_hook hook);

/* Checks a request for contradictions, before the kernel sees it; negative errno with the error set. */
int plan_check_request(struct ebpfi *s, const struct attach_request *request);

/* Attaches a link by the first mode that works; negative errno with the error set. */
int plan_run(struct ebpfi *s, struct link *link, const struct attach_request *request);

/* The modes of a hook, in their order; NULL past the last. */
const struct mode *plan_mode(enum ebpfi_hook hook, unsigned int index);

/* Whether an error ends the attempts: another mode would fail too, or must not bypass the refusal. */
bool plan_is_final(int err);

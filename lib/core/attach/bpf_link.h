/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Shared by the modes that attach through a bpf_link. */
#pragma once

#include "attach.h"

/* Both as in struct mode. */
int bpflink_replace(struct link *link, int program_fd, struct text *why);
int bpflink_detach(struct link *link, struct text *why);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The pcapng files that a session writes. */
#pragma once

#include "session.h"

/* Closes the files that are still open. */
void pcapngs_close(struct ebpfi *s);

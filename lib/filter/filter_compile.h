/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The seam to libpcap's compiler of filter expressions, pcap-filter(7). */
#pragma once

#include "cbpf.h"

/*
 * Compiles an expression for packets of a LINKTYPE_, as tcpdump would. The instructions are the caller's to free.
 * -EINVAL with libpcap's words in `why`; -ENOMEM.
 */
int filter_compile(const char *expression, uint16_t link, struct cbpf *program, char *why, size_t size);

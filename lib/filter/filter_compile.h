/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The only caller of libpcap's filter compiler, pcap-filter(7). */
#pragma once

#include "cbpf.h"

/*
 * Compiles an expression for packets of a LINKTYPE_, as tcpdump does. The caller frees the instructions.
 * -EINVAL with libpcap's message in `why`; -ENOMEM.
 */
int filter_compile(const char *expression, uint16_t link, struct cbpf *program, char *why, size_t size);

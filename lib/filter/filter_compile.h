/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The only caller of libpcap: its filter compiler, pcap-filter(7), and its names of link types. */
#pragma once

#include "cbpf.h"

/*
 * Compiles an expression for packets of a LINKTYPE_, as tcpdump does. The caller frees the instructions.
 * -EINVAL with libpcap's message in `why`; -ENOMEM.
 */
int filter_compile(const char *expression, uint16_t link, struct cbpf *program, char *why, size_t size);

/* The name of a LINKTYPE_ as tcpdump prints it, without DLT_; "unknown" if libpcap does not know it. */
const char *filter_link_name(uint32_t linktype);

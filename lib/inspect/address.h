/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Addresses and endpoints, as every inspector's events print them. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

enum { ETHERTYPE_OF_IPV6 = 0x86dd };

/* IPv6, or the IPv4 address that is mapped into it; a mapped address inside an IPv6 packet is an IPv6 address. */
void put_address(struct text *t, __u16 ethertype, const __u8 *address);

/* "address.port", as tcpdump writes it. */
void put_endpoint(struct text *t, __u16 ethertype, const __u8 *address, __u16 port);

/* source.address and source.port, or destination.*. */
void json_endpoint(struct json *j, const char *side, __u16 ethertype, const __u8 *address, __u16 port);

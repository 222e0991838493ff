/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Addresses and endpoints, as every inspector's events print them. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

enum { ETHERTYPE_OF_IPV6 = 0x86dd };

/* Prints an IPv4-mapped address as IPv4, except in an IPv6 packet. */
void put_address(struct text *t, __u16 ethertype, const __u8 *address);

/* "address.port", as tcpdump writes it. */
void put_endpoint(struct text *t, __u16 ethertype, const __u8 *address, __u16 port);

/* source.address and source.port, or destination.*. */
void json_endpoint(struct json *j, const char *side, __u16 ethertype, const __u8 *address, __u16 port);

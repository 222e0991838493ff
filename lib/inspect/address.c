/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_mapped(const __u8 *address)
{
	static const __u8 prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(address, prefix, sizeof(prefix));
}

static void put_ipv4(struct text *t, const __u8 *at)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i)
			text_put_char(t, '.');
		text_put_uint(t, at[i]);
	}
}

void put_address(struct text *t, __u16 ethertype, const __u8 *address)
{
	char buf[INET6_ADDRSTRLEN];

	if (ethertype != ETHERTYPE_OF_IPV6 && is_mapped(address))
		put_ipv4(t, address + 12);
	else
		text_put(t, inet_ntop(AF_INET6, address, buf, sizeof(buf)));
}

void put_endpoint(struct text *t, __u16 ethertype, const __u8 *address, __u16 port)
{
	put_address(t, ethertype, address);
	text_put_char(t, '.');
	text_put_uint(t, port);
}

void json_endpoint(struct json *j, const char *side, __u16 ethertype, const __u8 *address, __u16 port)
{
	char name[32];

	snprintf(name, sizeof(name), "%s.address", side);
	json_name(j, name);
	text_put_char(j->text, '"');
	put_address(j->text, ethertype, address);
	text_put_char(j->text, '"');
	snprintf(name, sizeof(name), "%s.port", side);
	json_uint(j, name, port);
}

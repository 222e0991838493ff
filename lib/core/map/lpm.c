/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Keys of longest-prefix maps. */
#include <arpa/inet.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { IPV4_KEY = 4 + 4, IPV6_KEY = 4 + 16, MAPPED_BITS = 96 };

struct prefix {
	int family;
	uint32_t bits;
	unsigned char address[16];
};

static uint32_t address_bits(const struct prefix *p)
{
	return p->family == AF_INET ? 32 : 128;
}

static int parse_address(struct prefix *p, const char *text)
{
	p->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	p->bits = address_bits(p);
	return inet_pton(p->family, text, p->address) == 1 ? 0 : -EINVAL;
}

/* Accepts only digits: strtoul() also accepts signs and spaces. */
static int parse_bits(struct prefix *p, const char *text)
{
	size_t length = strlen(text);
	unsigned long bits;

	if (!length || length > 3 || strspn(text, "0123456789") != length)
		return -EINVAL;
	bits = strtoul(text, NULL, 10);
	if (bits > address_bits(p))
		return -EINVAL;
	p->bits = (uint32_t)bits;
	return 0;
}

static int parse(struct prefix *p, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	int err;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	err = parse_address(p, address);
	return err || !slash ? err : parse_bits(p, slash + 1);
}

static void clear_rest(struct prefix *p)
{
	uint32_t bit;

	for (bit = p->bits; bit < address_bits(p); bit++)
		p->address[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

static void map_ipv4(struct prefix *p)
{
	memcpy(p->address + 12, p->address, 4);
	memset(p->address, 0, 10);
	memset(p->address + 10, 0xff, 2);
	p->bits += MAPPED_BITS;
}

int ebpfi_lpm_key(const char *text, void *key, size_t key_size)
{
	struct prefix p;
	int err = parse(&p, text);

	if (err)
		return err;
	if (key_size != IPV4_KEY && key_size != IPV6_KEY)
		return -EMSGSIZE;
	if (p.family == AF_INET6 && key_size == IPV4_KEY)
		return -EAFNOSUPPORT;
	clear_rest(&p);
	if (p.family == AF_INET && key_size == IPV6_KEY)
		map_ipv4(&p);
	memcpy(key, &p.bits, sizeof(p.bits));
	memcpy((char *)key + sizeof(p.bits), p.address, key_size - sizeof(p.bits));
	return 0;
}

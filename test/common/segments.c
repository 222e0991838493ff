/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "segments.h"

#include <string.h>

/* A frame to append to. */
struct build {
	unsigned char bytes[FRAME_MAX];
	size_t size;
};

static void put(struct build *b, const void *bytes, size_t size)
{
	if (size)
		memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
}

static void put8(struct build *b, unsigned int value)
{
	b->bytes[b->size++] = (unsigned char)value;
}

static void put16(struct build *b, unsigned int value)
{
	put8(b, value >> 8);
	put8(b, value & 255);
}

static void put32(struct build *b, uint32_t value)
{
	put16(b, value >> 16);
	put16(b, value & 0xffff);
}

static void put_ether(struct build *b, int type)
{
	static const unsigned char macs[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	put(b, macs, sizeof(macs));
	put16(b, (unsigned int)type);
}

static void put_v4(struct build *b, int from, int proto, size_t size, unsigned int fragment)
{
	put16(b, 0x4500);
	put16(b, (unsigned int)size + 20 > 65535 ? 0 : (unsigned int)size + 20);
	put16(b, 1);
	put16(b, fragment);
	put16(b, 64 << 8 | (unsigned int)proto);
	put16(b, 0);
	put32(b, from == CLIENT ? 0x0a000001 : 0x0a000002);
	put32(b, from == CLIENT ? 0x0a000002 : 0x0a000001);
}

static void put_v6_address(struct build *b, int end)
{
	put32(b, 0xfd000000);
	put32(b, 0);
	put32(b, 0);
	put32(b, end == CLIENT ? 1 : 2);
}

static void put_v6(struct build *b, int from, size_t size, int extensions)
{
	static const unsigned char headers[] = { 60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 9 };
	size_t more = extensions ? sizeof(headers) : 0;

	put32(b, 0x60000000);
	put16(b, (unsigned int)(size + more));
	put16(b, (extensions ? 0U : 6U) << 8 | 64);
	put_v6_address(b, from);
	put_v6_address(b, !from);
	put(b, headers, more);
}

static void put_tcp(struct build *b, const struct segments *s, int from, int flags, uint32_t seq)
{
	put16(b, from == CLIENT ? s->client_port : s->server_port);
	put16(b, from == CLIENT ? s->server_port : s->client_port);
	put32(b, seq);
	put32(b, flags & ACK ? s->next[!from] : 0);
	put16(b, 0x5000 | (unsigned int)flags);
	put16(b, 0xffff);
	put32(b, 0);
}

/* RFC 7348: flags and network; RFC 8926: 4 bytes of options, the inner frame's type. */
static void put_tunnel(struct build *b, const struct segments_link *link, size_t inner)
{
	int port = link->vxlan ? link->vxlan : link->geneve;
	size_t header = link->vxlan ? 8 : 16;

	put_ether(b, 0x0800);
	put_v4(b, CLIENT, 17, inner + header + 8, 0);
	put16(b, 40000);
	put16(b, (unsigned int)port);
	put16(b, (unsigned int)(inner + header + 8));
	put16(b, 0);
	put32(b, link->vxlan ? 0x08000000 : 0x02006558);
	put32(b, 42 << 8);
	if (link->geneve) {
		put32(b, 0x01020301);
		put32(b, 0);
	}
}

static size_t network_size(const struct segments_link *link)
{
	return link->v6 ? 40 + (link->extensions ? 24U : 0U) : 20;
}

void segments_raw(struct segments *s, int from, int flags, uint32_t seq, const void *bytes, size_t size)
{
	static _Thread_local struct build b;
	int tag, type = s->link.v6 ? 0x86dd : 0x0800;

	b.size = 0;
	if (s->link.vxlan || s->link.geneve)
		put_tunnel(&b, &s->link, 14 + 4 * (size_t)s->link.tags + network_size(&s->link) + 20 + size);
	put_ether(&b, s->link.tags ? (s->link.tags > 1 ? 0x88a8 : 0x8100) : type);
	for (tag = 1; tag <= s->link.tags; tag++) {
		put16(&b, 100 + (unsigned int)tag);
		put16(&b, tag < s->link.tags ? 0x8100 : (unsigned int)type);
	}
	if (s->link.v6)
		put_v6(&b, from, 20 + size, s->link.extensions);
	else
		put_v4(&b, from, 6, 20 + size, s->link.fragment);
	put_tcp(&b, s, from, flags, seq);
	put(&b, bytes, size);
	s->fn(s->ctx, b.bytes, b.size);
}

void segments_say(struct segments *s, int from, int flags, const void *bytes, size_t size)
{
	segments_raw(s, from, flags, s->next[from], bytes, size);
	s->next[from] += (uint32_t)size + !!(flags & (SYN | FIN));
}

void segments_open(struct segments *s, uint32_t client, uint32_t server)
{
	s->next[CLIENT] = client;
	s->next[SERVER] = server;
	segments_say(s, CLIENT, SYN, NULL, 0);
	segments_say(s, SERVER, SYN | ACK, NULL, 0);
	segments_say(s, CLIENT, ACK, NULL, 0);
}

void segments_close(struct segments *s)
{
	segments_say(s, CLIENT, FIN | ACK, NULL, 0);
	segments_say(s, SERVER, FIN | ACK, NULL, 0);
	segments_say(s, CLIENT, ACK, NULL, 0);
}

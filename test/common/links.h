/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Shared by the tests of links: a frame, the ways to attach, and checks of the session's messages. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <string.h>

#include "runner.h"

static const unsigned char udp_frame[] = {
	2,    0,    0, 0,  0, 2,  2, 0, 0,   0,   0,   1,   8,  0,                    /* Ethernet */
	0x45, 0,    0, 32, 0, 1,  0, 0, 64,  17,  0,   0,   10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
	0x30, 0x39, 0, 53, 0, 12, 0, 0, 'p', 'i', 'n', 'g',                           /* UDP 12345 > 53 */
};

/* The hooks, and clsact as the second way for tc. */
static const struct {
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;
} ways[] = {
	{ EBPFI_HOOK_XDP, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_CLSACT },
	{ EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static inline int keep_last(void *ctx, const struct ebpfi_event *event)
{
	memcpy(ctx, event, sizeof(struct ebpfi_packet));
	return 0;
}

static inline struct ebpfi_attach_opts on(enum ebpfi_hook hook)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts), .hook = hook };
}

static inline struct ebpfi_attach_opts on_way(int way)
{
	struct ebpfi_attach_opts opts = on(ways[way].hook);

	opts.mode = ways[way].mode;
	return opts;
}

static inline int attach(struct ebpfi *s, const char *name, const char *interface, const struct ebpfi_attach_opts *opts)
{
	int link = ebpfi_attach(s, name, interface, opts);

	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	return link;
}

static inline struct ebpfi_link_info info_of(struct ebpfi *s, int link)
{
	struct ebpfi_link_info info = { .sz = sizeof(info) };

	ck_assert_int_eq(ebpfi_link_info(s, link, &info), 0);
	return info;
}

static inline void says(struct ebpfi *s, const char *words)
{
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "\"%s\" is not in: %s", words, ebpfi_errmsg(s));
}

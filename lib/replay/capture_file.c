/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "capture_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "filter_compile.h"
#include "link_type.h"

int capture_bad(struct capture *c, uint64_t offset, const char *format, ...)
{
	int n = snprintf(c->why, sizeof(c->why), "is corrupt at byte %llu%s: ", (unsigned long long)offset,
			 c->in.codec ? " of its unpacked content" : "");
	va_list args;

	va_start(args, format);
	vsnprintf(c->why + n, sizeof(c->why) - (size_t)n, format, args);
	va_end(args);
	return -EBADMSG;
}

int capture_unreadable(struct capture *c, int err)
{
	if (err == -ECANCELED)
		return err;
	if (err == -EBADMSG)
		snprintf(c->why, sizeof(c->why), "is corrupt or cut off at byte %llu of its %s stream",
			 (unsigned long long)c->in.raw.bytes, c->in.codec->name);
	else
		snprintf(c->why, sizeof(c->why), "cannot be read at byte %llu: %s", (unsigned long long)c->in.raw.bytes,
			 strerror(-err));
	return err;
}

int capture_cut(struct capture *c, uint64_t offset, const char *what)
{
	if (c->in.error)
		return capture_unreadable(c, c->in.error);
	snprintf(c->why, sizeof(c->why), "is cut off at byte %llu%s: %s that begins at byte %llu ends after it",
		 (unsigned long long)c->in.base, c->in.codec ? " of its unpacked content" : "", what,
		 (unsigned long long)offset);
	return -EBADMSG;
}

/* Several numbers mean RAW: DLT_RAW in files of BSD and Linux, LINKTYPE_IPV4, LINKTYPE_IPV6. */
int capture_link(struct capture *c, uint32_t linktype, uint16_t *link)
{
	switch (linktype) {
	case LINK_ETHERNET:
	case LINK_RAW:
	case LINK_NULL:
	case LINK_LOOP:
	case LINK_LINUX_SLL:
	case LINK_LINUX_SLL2:
		*link = (uint16_t)linktype;
		return 0;
	case 12:
	case 14:
	case 228:
	case 229:
		*link = LINK_RAW;
		return 0;
	}
	snprintf(
		c->why, sizeof(c->why),
		"has packets of link type %u (%s) at byte %llu; supported are Ethernet, RAW, LINUX_SLL, LINUX_SLL2, NULL, LOOP",
		linktype, filter_link_name(linktype), (unsigned long long)input_offset(&c->in));
	return -EPROTONOSUPPORT;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* gzip (RFC 1952), also with several members in sequence. */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "raw.h"

enum { PACKED_SIZE = 64 << 10, WINDOW_GZIP = 15 + 16 };

struct gzip {
	z_stream z;
	bool between; /* between two members */
	uint8_t packed[PACKED_SIZE];
};

static bool knows(const uint8_t *head)
{
	return head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

static void *gzip_open(void)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g && inflateInit2(&g->z, WINDOW_GZIP) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

static void gzip_close(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

/* Returns 1 with packed input, 0 at the end. An end inside a member means that the file was cut off. */
static int refill(struct gzip *g, struct raw *raw)
{
	ssize_t got;

	if (g->z.avail_in)
		return 1;
	got = raw_read(raw, g->packed, sizeof(g->packed));
	if (got < 0)
		return (int)got;
	if (!got)
		return g->between ? 0 : -EBADMSG;
	g->z.next_in = g->packed;
	g->z.avail_in = (uInt)got;
	return 1;
}

/* Like gzip(1), ignore trailing bytes that are not a member (padding). */
static bool next_member(struct gzip *g)
{
	if (!g->between)
		return true;
	if (*g->z.next_in != 0x1f || inflateReset(&g->z) != Z_OK)
		return false;
	g->between = false;
	return true;
}

static ssize_t gzip_read(void *state, struct raw *raw, void *to, size_t n)
{
	struct gzip *g = state;
	int ready, result;

	g->z.next_out = to;
	g->z.avail_out = (uInt)n;
	while (g->z.avail_out == n) {
		ready = refill(g, raw);
		if (ready <= 0)
			return ready;
		if (!next_member(g))
			return 0;
		result = inflate(&g->z, Z_NO_FLUSH);
		if (result != Z_OK && result != Z_STREAM_END)
			return g->z.avail_out < n ? (ssize_t)(n - g->z.avail_out) : result == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		g->between = result == Z_STREAM_END;
	}
	return (ssize_t)(n - g->z.avail_out);
}

const struct codec codec_gzip = { "gzip", knows, gzip_open, gzip_read, gzip_close };

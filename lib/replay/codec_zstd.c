/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Zstandard (RFC 8878). Without libzstd the format is still recognized, for a clear error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "raw.h"

static bool knows(const uint8_t *head)
{
	static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	return !memcmp(head, magic, sizeof(magic));
}

#ifdef EBPFI_ZSTD

#include <zstd.h>

enum { PACKED_SIZE = 64 << 10 };

struct zstd {
	ZSTD_DStream *stream; /* refuses windows above 128 MiB */
	ZSTD_inBuffer in;
	size_t wants; /* 0: between two frames */
	bool full;    /* the window may hold more output than there was room for */
	uint8_t packed[PACKED_SIZE];
};

static void zstd_close(void *state)
{
	struct zstd *z = state;

	ZSTD_freeDStream(z->stream);
	free(z);
}

static void *zstd_open(void)
{
	struct zstd *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->in.src = z->packed;
	z->stream = ZSTD_createDStream();
	if (z->stream)
		return z;
	zstd_close(z);
	return NULL;
}

/* Returns 1 with packed input, 0 at the end. An end inside a frame means that the file was cut off. */
static int refill(struct zstd *z, struct raw *raw)
{
	ssize_t got;

	if (z->in.pos < z->in.size || z->full)
		return 1;
	got = raw_read(raw, z->packed, sizeof(z->packed));
	if (got <= 0)
		return got < 0 ? (int)got : z->wants ? -EBADMSG : 0;
	z->in.size = (size_t)got;
	z->in.pos = 0;
	return 1;
}

static ssize_t zstd_read(void *state, struct raw *raw, void *to, size_t n)
{
	struct zstd *z = state;
	ZSTD_outBuffer out = { to, n, 0 };
	int ready;

	while (!out.pos) {
		ready = refill(z, raw);
		if (ready <= 0)
			return ready;
		z->wants = ZSTD_decompressStream(z->stream, &out, &z->in);
		if (ZSTD_isError(z->wants))
			return out.pos ? (ssize_t)out.pos : -EBADMSG;
		z->full = out.pos == n;
	}
	return (ssize_t)out.pos;
}

#else

static void *zstd_open(void)
{
	return NULL;
}

static ssize_t zstd_read(void *state, struct raw *raw, void *to, size_t n)
{
	(void)state;
	(void)raw;
	(void)to;
	(void)n;
	return -EPROTONOSUPPORT;
}

static void zstd_close(void *state)
{
	(void)state;
}

#endif

const struct codec codec_zstd = { "zstd", knows, zstd_open, zstd_read, zstd_close };

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Fuzz target: only the capture reader. Reads every byte that it returns. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static volatile uint8_t sink;

static void read_frame(const struct frame *frame)
{
	uint8_t sum = 0;
	uint32_t i;

	for (i = 0; i < frame->len; i++)
		sum ^= frame->data[i];
	sink = sum;
	if (frame->len > frame->wire_len || (frame->interface && strlen(frame->interface) > 63))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct capture *c;
	struct frame frame;
	char why[512];
	int err;

	c = path ? capture_open(path, -1, &err, why, sizeof(why)) : NULL;
	if (!c)
		return 0;
	while ((err = capture_next(c, &frame)) > 0)
		read_frame(&frame);
	if (err && !*capture_why(c))
		abort(); /* every error has a message */
	capture_close(c);
	return 0;
}

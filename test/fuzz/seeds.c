/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* usage: seeds DIRECTORY CAPTURE...: writes the first packets of each capture as inputs of the target `parse`. */
#include <stdio.h>

#include "capture.h"
#include "fuzz.h"
#include "link_type.h"

enum { PACKETS = 10 };

static uint8_t number_of(uint16_t link)
{
	static const uint16_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_LOOP, LINK_LINUX_SLL, LINK_LINUX_SLL2 };
	uint8_t i;

	for (i = 0; links[i] != link; i++)
		;
	return i;
}

static int write_seed(const char *directory, int number, const struct frame *frame)
{
	struct fuzz_head head = { number_of(frame->link), (uint8_t)(frame->wire_len - frame->len) };
	char path[4096];
	FILE *file;
	int bad;

	snprintf(path, sizeof(path), "%s/packet-%05d", directory, number);
	file = fopen(path, "wb");
	if (!file)
		return 1;
	bad = fwrite(&head, sizeof(head), 1, file) != 1 || fwrite(frame->data, 1, frame->len, file) != frame->len;
	return fclose(file) || bad;
}

int main(int argc, char **argv)
{
	struct capture *c;
	struct frame frame;
	char why[512];
	int i, n, err, number = 0;

	for (i = 2; i < argc; i++) {
		c = capture_open(argv[i], -1, &err, why, sizeof(why));
		for (n = 0; c && n < PACKETS && capture_next(c, &frame) > 0; n++)
			if (write_seed(argv[1], number++, &frame))
				return fprintf(stderr, "%s cannot be written\n", argv[1]), 1;
		if (c)
			capture_close(c);
	}
	return 0;
}

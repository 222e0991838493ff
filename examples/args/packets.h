/* The command line of packets. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

#include "input.h"

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_COUNT, OUTPUT_FILE };

struct args {
	struct input input;
	const char *out; /* to write */
	int hook;
	enum output output;
	unsigned long long limit;
	uint32_t snaplen, buffer_size;
};

/* Exits with status 2 if the command line is invalid. */
void parse_args(struct args *args, int argc, char **argv);

/* The command line of packets. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

enum { INTERFACES_MAX = 64, FILTER_MAX = 16384 };
enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_COUNT, OUTPUT_FILE };

struct args {
	const char *interfaces[INTERFACES_MAX];
	int interface_count;
	const char *file; /* to read */
	const char *out;  /* to write */
	bool any;         /* "any" is among the interfaces */
	int hook;
	enum output output;
	unsigned long long limit;
	uint32_t snaplen, buffer_size;
	char filter[FILTER_MAX];
};

/* Exits with status 2 if the command line is invalid. */
void parse_args(struct args *args, int argc, char **argv);

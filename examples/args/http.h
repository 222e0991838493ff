/* The command line of http. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

#include "../http/top.h"
#include "input.h"

struct args {
	struct input input;
	enum ebpfi_hook hook;
	bool requests, heads, json;
	bool date, verbose;
	bool tunnels;
	uint32_t timeout; /* seconds */
	bool ports;       /* some were asked for */
	char port[65536]; /* those */
	uint32_t buffer_size;
	bool top;             /* a table instead of lines */
	enum top_column sort; /* of it */
};

/* Exits with status 2 if the command line is invalid. */
void parse_args(struct args *args, int argc, char **argv);

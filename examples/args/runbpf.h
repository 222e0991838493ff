/* The command line of runbpf. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>

enum { FLAGS_MAX = 64, NAME_SIZE = 64 };

struct args {
	const char *file, *interface, *dump;
	char name[NAME_SIZE];             /* the file name up to its first dot; the object is loaded under it */
	const char *flags[FLAGS_MAX + 1]; /* of clang */
	struct ebpfi_object_opts object;
	struct ebpfi_attach_opts attach;
	bool is_object, trace, json;
	unsigned int seconds;
};

/* Ends the program with status 2 if the command line is wrong. */
void parse_args(struct args *args, int argc, char **argv);

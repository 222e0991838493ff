/* Where packets come from: interfaces and a hook, or a capture file; and the filter expression behind the options. */
#pragma once

#include <argp.h>
#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { INTERFACES_MAX = 64, FILTER_MAX = 16384 };

struct input {
	const char *interfaces[INTERFACES_MAX];
	int interface_count;
	bool any;         /* "any" is among the interfaces */
	const char *file; /* instead of interfaces */
	const char *hook; /* as it was named; NULL: it was not */
	char filter[FILTER_MAX];
};

/* Adds a word of the expression. */
static inline void input_filter(struct argp_state *state, struct input *input, const char *word)
{
	size_t used = strlen(input->filter);

	if (used + strlen(word) + 2 > FILTER_MAX)
		argp_error(state, "the filter is longer than %d characters", FILTER_MAX - 1);
	snprintf(input->filter + used, FILTER_MAX - used, "%s%s", used ? " " : "", word);
}

/* Ignores an interface that is already in the list. */
static inline void input_interface(struct argp_state *state, struct input *input, const char *name)
{
	int i;

	for (i = 0; i < input->interface_count; i++)
		if (!strcmp(input->interfaces[i], name))
			return;
	if (i == INTERFACES_MAX)
		argp_error(state, "at most %d interfaces", INTERFACES_MAX);
	input->interfaces[input->interface_count++] = name;
	input->any |= !strcmp(name, "any");
}

static inline void input_check(struct argp_state *state, const struct input *input)
{
	if (!input->file && !input->interface_count)
		argp_error(state, "name interfaces with -i, or one file with -r");
	if (input->file && input->interface_count)
		argp_error(state, "-r reads a file and -i listens on an interface: use one of them");
	if (input->file && input->hook)
		argp_error(state, "-r reads a file, and --hook names a place in the kernel: use one of them");
}

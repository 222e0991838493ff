/* Numbers on a command line. */
#pragma once

#include <argp.h>
#include <stdlib.h>

enum { BUFFER_KIB_MAX = 1 << 20 };

/* A number of a range; anything else is an error of the command line. */
static inline unsigned long long number(struct argp_state *state, const char *arg, unsigned long long min,
					unsigned long long max)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n < min || n > max)
		argp_error(state, "\"%s\" is not a number from %llu to %llu", arg, min, max);
	return n;
}

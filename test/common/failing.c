/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "failing.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

/* 0: no allocation fails. Only the library may run while it is set: Check allocates, too. */
static long until_failure;
static long outstanding;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *string);
int __real_vasprintf(char **text, const char *format, va_list args);
int __wrap_vasprintf(char **text, const char *format, va_list args);
void __wrap_free(void *memory);

static bool fails(void)
{
	return until_failure && !--until_failure;
}

static void *counted(void *memory)
{
	outstanding += memory != NULL;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	return old ? __real_realloc(old, size) : counted(__real_malloc(size));
}

char *__wrap_strdup(const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = __wrap_malloc(size);

	return copy ? memcpy(copy, string, size) : NULL;
}

/* Never fails: the library formats only optional text, libbpf's messages. */
int __wrap_vasprintf(char **text, const char *format, va_list args)
{
	int n = __real_vasprintf(text, format, args);

	outstanding += n >= 0;
	return n;
}

void __wrap_free(void *memory)
{
	outstanding -= memory != NULL;
	__real_free(memory);
}

static char words[1024]; /* the last error message */
static bool harmless;

void failing_harmless(bool is)
{
	harmless = is;
}

void failing_note(const char *errmsg)
{
	snprintf(words, sizeof(words), "%s", errmsg);
}

/* Runs with the n-th allocation failing; false if there are fewer. */
static bool survives(int (*scenario)(void), long n)
{
	long left, before = outstanding;
	int err;

	words[0] = '\0';
	harmless = false;
	until_failure = n;
	err = scenario();
	left = until_failure;
	until_failure = 0;
	ck_assert_msg(outstanding == before, "%ld left when allocation %ld failed", outstanding - before, n);
	ck_assert_msg(err < 0 || left || harmless, "allocation %ld failed and nobody told", n);
	ck_assert_msg(!err || err == -ENOMEM || err == -ECANCELED, "allocation %ld: error %d", n, err);
	ck_assert_msg(err != -ENOMEM || !*words || strstr(words, "memory"), "allocation %ld: %s", n, words);
	return !left;
}

void failing_every(int (*scenario)(void), long at_least)
{
	long n;

	ck_assert_int_eq(scenario(), 0);
	for (n = 1; survives(scenario, n); n++)
		;
	ck_assert_int_gt(n, at_least);
}

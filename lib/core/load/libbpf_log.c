/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "libbpf_log.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static _Thread_local struct ebpfi *current;
static _Thread_local char last[512];
/* The end of the last verifier log: what it refuses, and where, is told last. */
static _Thread_local char verifier[32768];
static libbpf_print_fn_t before;

static enum ebpfi_log_level level_of(enum libbpf_print_level level)
{
	return level == LIBBPF_WARN ? EBPFI_LOG_WARNING : level == LIBBPF_INFO ? EBPFI_LOG_INFO : EBPFI_LOG_DEBUG;
}

/* After the sentence that says why come others, which say only that it failed. */
static bool says_nothing_new(const char *text)
{
	return strstr(text, ": failed to load: ") || !strncmp(text, "failed to load object", 21) ||
	       !strncmp(text, "permission error while", 22);
}

static void keep(const char *text)
{
	const char *prefix = "libbpf: ";
	struct text t;

	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	if (says_nothing_new(text))
		return;
	t = text_in(last, sizeof(last));
	text_put_bytes(&t, text, strcspn(text, "\n"));
}

static void keep_verifier(const char *text)
{
	size_t size = strlen(text);
	const char *newline = size < sizeof(verifier) ? text : strchr(text + size - sizeof(verifier) + 1, '\n');

	snprintf(verifier, sizeof(verifier), "%s", newline ? newline : "");
}

/* A message may have many lines: they go to the host one by one. */
static void forward(enum ebpfi_log_level level, char *text)
{
	char *line, *rest = text;

	while (current->opts.log && (line = strsep(&rest, "\n")))
		if (*line)
			ebpfi_log(current, level, "%s", line);
}

static void take(enum libbpf_print_level level, char *text)
{
	if (strstr(text, "BEGIN PROG LOAD LOG")) {
		keep_verifier(text);
		forward(EBPFI_LOG_DEBUG, text);
		return;
	}
	if (level == LIBBPF_WARN)
		keep(text);
	forward(level_of(level), text);
}

/* A verifier log may have many megabytes. */
static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (!current)
		return before ? before(level, format, args) : 0;
	if (vasprintf(&text, format, args) < 0)
		return 0;
	take(level, text);
	free(text);
	return 0;
}

static void install(void)
{
	before = libbpf_set_print(print);
}

void libbpf_log_install(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}

void libbpf_log_begin(struct ebpfi *s)
{
	current = s;
	last[0] = verifier[0] = '\0';
}

void libbpf_log_end(void)
{
	current = NULL;
}

const char *libbpf_log_last(void)
{
	return last;
}

const char *libbpf_log_verifier(void)
{
	return verifier;
}

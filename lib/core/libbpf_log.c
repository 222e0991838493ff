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
static _Thread_local bool verified; /* `last` is the verifier's own reason */
static libbpf_print_fn_t before;

static enum ebpfi_log_level level_of(enum libbpf_print_level level)
{
	return level == LIBBPF_WARN ? EBPFI_LOG_WARNING : level == LIBBPF_INFO ? EBPFI_LOG_INFO : EBPFI_LOG_DEBUG;
}

static void keep_line(const char *line)
{
	struct text t = text_in(last, sizeof(last));

	text_put_bytes(&t, line, strcspn(line, "\n"));
}

/* The verifier's reason is the last line before its statistics. */
static const char *verifier_reason(const char *log)
{
	const char *at = strstr(log, "\nprocessed ");

	while (at && at > log && at[-1] != '\n')
		at--;
	return at;
}

/* The verifier's reason stays; so does what failed before the object did, for that is the reason of the object. */
static void keep(const char *text)
{
	const char *prefix = "libbpf: ", *log = strstr(text, "BEGIN PROG LOAD LOG"), *reason = NULL;

	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	if (log)
		reason = verifier_reason(log);
	if (reason)
		keep_line(reason);
	else if (!verified && strncmp(text, "failed to load object", 21))
		keep_line(text);
	verified = verified || reason;
}

/* A verifier log is one message of many kilobytes: it goes to the host a line at a time. */
static void forward(enum libbpf_print_level level, char *text)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			ebpfi_log(current, level_of(level), "%s", line);
}

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (!current)
		return before ? before(level, format, args) : 0;
	if (vasprintf(&text, format, args) < 0)
		return 0;
	if (level == LIBBPF_WARN)
		keep(text);
	forward(level, text);
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
	last[0] = '\0';
	verified = false;
}

void libbpf_log_end(void)
{
	current = NULL;
}

const char *libbpf_log_last(void)
{
	return last;
}

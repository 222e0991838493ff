/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "libbpf_log.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { VERIFIER_KEPT = 32768 };

static _Thread_local struct ebpfi *current;
static _Thread_local char last[512];
/* The end of the last verifier log, which names the refused instruction and the reason. NULL: none, or no memory. */
static _Thread_local char *verifier;

/* The number of threads between begin and end. While it is not 0, libbpf prints through us, and `host` is the host's function. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int users;
static libbpf_print_fn_t host;

static enum ebpfi_log_level level_of(enum libbpf_print_level level)
{
	return level == LIBBPF_WARN ? EBPFI_LOG_WARNING : level == LIBBPF_INFO ? EBPFI_LOG_INFO : EBPFI_LOG_DEBUG;
}

/* libbpf logs the reason first; later lines only repeat that it failed. A failed pin also logs a map that it "failed to create". */
static bool repeats_failure(const char *text)
{
	return strstr(text, ": failed to load: ") || !strncmp(text, "failed to load object", 21) ||
	       !strncmp(text, "permission error while", 22) ||
	       (strstr(text, ": failed to create: ") && (strstr(last, ": failed to auto-pin") || strstr(last, " pinned map")));
}

static void keep_reason(const char *text)
{
	const char *prefix = "libbpf: ";
	struct text t;

	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	if (repeats_failure(text))
		return;
	t = text_in(last, sizeof(last));
	text_put_bytes(&t, text, strcspn(text, "\n"));
}

static void keep_verifier_log(const char *text)
{
	size_t size = strlen(text);
	const char *from = size < VERIFIER_KEPT ? text : strchr(text + size - VERIFIER_KEPT + 1, '\n');

	free(verifier);
	verifier = strdup(from ? from : "");
}

/* Forwards a message of many lines one line at a time. */
static void forward_lines(enum ebpfi_log_level level, char *text)
{
	char *line, *rest = text;

	while (current->opts.log && (line = strsep(&rest, "\n")))
		if (*line)
			ebpfi_log(current, level, "%s", line);
}

static void keep_and_forward(enum libbpf_print_level level, char *text)
{
	if (strstr(text, "BEGIN PROG LOAD LOG")) {
		keep_verifier_log(text);
		forward_lines(EBPFI_LOG_DEBUG, text);
		return;
	}
	if (level == LIBBPF_WARN)
		keep_reason(text);
	forward_lines(level_of(level), text);
}

static int print_as_the_host(enum libbpf_print_level level, const char *format, va_list args)
{
	libbpf_print_fn_t print_fn;

	pthread_mutex_lock(&lock);
	print_fn = host;
	pthread_mutex_unlock(&lock);
	return print_fn ? print_fn(level, format, args) : 0;
}

/* A verifier log may have many megabytes. */
static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (!current)
		return print_as_the_host(level, format, args);
	if (vasprintf(&text, format, args) < 0)
		return 0;
	keep_and_forward(level, text);
	free(text);
	return 0;
}

static void forget_words(void)
{
	last[0] = '\0';
	free(verifier);
	verifier = NULL;
}

void libbpf_log_begin(struct ebpfi *s)
{
	pthread_mutex_lock(&lock);
	if (!users++)
		host = libbpf_set_print(print);
	pthread_mutex_unlock(&lock);
	forget_words();
	current = s;
}

/* Keeps a function that the host has set meanwhile. */
void libbpf_log_end(void)
{
	libbpf_print_fn_t found;

	current = NULL;
	forget_words();
	pthread_mutex_lock(&lock);
	if (!--users) {
		found = libbpf_set_print(host);
		if (found != print)
			libbpf_set_print(found);
	}
	pthread_mutex_unlock(&lock);
}

const char *libbpf_log_last(void)
{
	return last;
}

const char *libbpf_log_verifier(void)
{
	return verifier ? verifier : "";
}

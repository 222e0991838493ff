/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "compiler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "text.h"

enum { TIMEOUT_MS = 60000, OUTPUT_MAX = 256 << 10 };

static bool find_in_path(const char *name, char *path, size_t size)
{
	const char *dirs = secure_getenv("PATH");
	size_t n;

	for (dirs = dirs && *dirs ? dirs : "/usr/local/bin:/usr/bin:/bin"; dirs; dirs = dirs[n] ? dirs + n + 1 : NULL) {
		n = strcspn(dirs, ":");
		/* An empty or relative directory is the current one's: no place to run a compiler from. */
		if (*dirs != '/' || (size_t)snprintf(path, size, "%.*s/%s", (int)n, dirs, name) >= size)
			continue;
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static bool find_any(char *path, size_t size)
{
	static const char *const names[] = { "clang",    "clang-21", "clang-20", "clang-19", "clang-18",
					     "clang-17", "clang-16", "clang-15", "clang-14" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (find_in_path(names[i], path, size))
			return true;
	return false;
}

/* Absolute, since the compiler also runs in another directory. */
static bool find_at(const char *wanted, char *path, size_t size)
{
	char here[COMPILER_PATH_MAX] = "";

	if (access(wanted, X_OK) || (*wanted != '/' && !getcwd(here, sizeof(here))))
		return false;
	return (size_t)snprintf(path, size, "%s%s%s", here, *here ? "/" : "", wanted) < size;
}

int compiler_find(struct compiler *c, const char *wanted)
{
	bool found;

	if (!wanted)
		found = find_any(c->path, sizeof(c->path));
	else if (!strchr(wanted, '/'))
		found = find_in_path(wanted, c->path, sizeof(c->path));
	else
		found = find_at(wanted, c->path, sizeof(c->path));
	if (found)
		return 0;
	if (wanted)
		return ebpfi_fail(c->s, -ENOPKG,
				  "cannot compile %s: there is no compiler %s; opts.clang names clang 14 or later", c->name,
				  wanted);
	return ebpfi_fail(
		c->s, -ENOPKG,
		"cannot compile %s: no clang in $PATH; install it (Debian, Ubuntu: apt install clang; Fedora: dnf install "
		"clang), name it in opts.clang, or compile elsewhere and use ebpfi_load_file()",
		c->name);
}

static void log_lines(struct ebpfi *s, const char *text)
{
	size_t n;

	for (; *text; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		ebpfi_log(s, EBPFI_LOG_WARNING, "%.*s", (int)n, text);
	}
}

static unsigned int count_errors(const char *text)
{
	unsigned int n = 0;

	while ((text = strstr(text, "error: "))) {
		n++;
		text += strcspn(text, "\n");
	}
	return n;
}

static bool line_says(const char *line, const char *words)
{
	return memmem(line, strcspn(line, "\n"), words, strlen(words)) != NULL;
}

/* "FILE:LINE:COLUMN: fatal error: WORDS" becomes "FILE:LINE:COLUMN: WORDS". */
static int fail_with_first(const struct compiler *c, const char *output)
{
	const char *error = strstr(output, "error: "), *line = error;
	char more[32] = "";

	if (!error)
		return ebpfi_fail(c->s, -EBADMSG, "cannot compile %s: %s failed and did not say why", c->name, c->path);
	while (line > output && line[-1] != '\n')
		line--;
	if (count_errors(output) > 1)
		snprintf(more, sizeof(more), " (and %u more)", count_errors(output) - 1);
	return ebpfi_fail(c->s, -EBADMSG, "cannot compile %s: %.*s%.*s%s%s", c->name,
			  (int)(error - line) - (line_says(line, "fatal error: ") ? 6 : 0), line, (int)strcspn(error + 7, "\n"),
			  error + 7, more,
			  line_says(error, "file not found") ? "; name its directory in opts.cflags, \"-I...\"" : "");
}

static int judge(const struct compiler *c, int status, const char *output)
{
	if (!status)
		return 0;
	if (status == -ETIMEDOUT)
		return ebpfi_fail(c->s, status, "cannot compile %s: %s did not end within %d s", c->name, c->path,
				  TIMEOUT_MS / 1000);
	if (status < 0)
		return ebpfi_fail(c->s, status, "cannot run %s: %s", c->path, strerror(-status));
	if (status > 128)
		return ebpfi_fail(c->s, -EBADMSG, "cannot compile %s: %s was ended by signal %d", c->name, c->path,
				  status - 128);
	return fail_with_first(c, output);
}

int compiler_run(const struct compiler *c, const char *const *argv, const char *dir)
{
	struct child child = { .argv = argv, .dir = dir, .timeout_ms = TIMEOUT_MS, .room = OUTPUT_MAX };
	int err;

	child.output = malloc(child.room);
	if (!child.output)
		return ebpfi_fail(c->s, -ENOMEM, "out of memory");
	err = child_run(&child);
	child.output[text_cut_out(child.output, strlen(child.output), c->workdir)] = '\0';
	log_lines(c->s, child.output);
	err = judge(c, err, child.output);
	free(child.output);
	return err;
}

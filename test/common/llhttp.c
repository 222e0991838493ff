/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "llhttp.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE, IN_INPUT, IN_LOG };

/* The file being read. */
struct reader {
	struct llhttp_case *cases;
	int count, where;
	bool strict;
	const char *file;
	char heading[160];
	struct llhttp_case now;
};

static bool meta_has(const char *meta, const char *key, const char *value)
{
	char at[64];
	const char *found;

	snprintf(at, sizeof(at), "\"%s\":", key);
	found = strstr(meta, at);
	if (!found)
		return false;
	found += strlen(at);
	found += strspn(found, " ");
	return !strncmp(found, value, strlen(value));
}

/* Only llhttp has lenient parsing and pausing callbacks; `pause` does not change the result. */
static void read_meta(struct reader *r, const char *line)
{
	bool request = meta_has(line, "type", "\"request\"") || meta_has(line, "type", "\"request-finish\"");
	bool response = meta_has(line, "type", "\"response\"") || meta_has(line, "type", "\"response-finish\"");

	memset(&r->now, 0, sizeof(r->now));
	r->strict = request || response;
	r->now.response = response;
	r->now.finish = strstr(line, "-finish\"");
	r->now.head = meta_has(line, "skipBody", "true");
	r->strict &= response || !r->now.head; /* a request's body is never skipped */
	snprintf(r->now.name, sizeof(r->now.name), "%s: %s", r->file, r->heading);
}

static void add_byte(struct llhttp_case *c, char byte)
{
	if (c->size < sizeof(c->input))
		c->input[c->size++] = byte;
}

static const char *add_escape(struct llhttp_case *c, const char *at)
{
	static const char names[] = "rntf\\", bytes[] = "\r\n\t\f\\";
	const char *name = *at ? strchr(names, *at) : NULL;
	char *end, hex[3] = { 0 };

	if (name) {
		add_byte(c, bytes[name - names]);
		return at + 1;
	}
	if (*at != 'x') {
		add_byte(c, '\\');
		return at;
	}
	memcpy(hex, at + 1, 2);
	add_byte(c, (char)strtol(hex, &end, 16));
	return at + 1 + (end - hex);
}

/* A line of input ends in CRLF, unless a backslash joins it to the next. */
static void read_input(struct reader *r, const char *line)
{
	while (*line) {
		if (*line != '\\')
			add_byte(&r->now, *line++);
		else if (line[1])
			line = add_escape(&r->now, line + 1);
		else
			return;
	}
	add_byte(&r->now, '\r');
	add_byte(&r->now, '\n');
}

static void end_input(struct llhttp_case *c)
{
	if (c->size >= 2 && !memcmp(c->input + c->size - 2, "\r\n", 2))
		c->size -= 2;
}

static void add_span(char *to, size_t room, const char *quoted)
{
	const char *end = strrchr(quoted, '"');
	size_t used = strlen(to), size = end && end > quoted ? (size_t)(end - quoted) - 1 : 0;

	if (used + size < room) {
		memcpy(to + used, quoted + 1, size);
		to[used + size] = '\0';
	}
}

static void read_error(struct llhttp_case *c, const char *error)
{
	sscanf(error, "error code=%d reason=\"%95[^\"]", &c->error, c->reason);
}

/* "off=42 len=3 span[body]="abc"", "off=0 message begin", "off=56 error code=11 reason=..." */
static void read_log(struct reader *r, const char *line)
{
	struct llhttp_case *c = &r->now;
	struct llhttp_message *m = &c->messages[c->count ? c->count - 1 : 0];
	const char *span = strstr(line, "span["), *what = strchr(line, ' '), *status;

	if (span) {
		if (!strncmp(span, "span[method]=", 13))
			add_span(m->method, sizeof(m->method), span + 13);
		else if (!strncmp(span, "span[url]=", 10))
			add_span(m->url, sizeof(m->url), span + 10);
		else if (!strncmp(span, "span[body]=", 11))
			m->body += strtoul(strstr(line, "len=") + 4, NULL, 10);
		return;
	}
	if (!what)
		return;
	if (!strncmp(what, " message begin", 14) && c->count < LLHTTP_MESSAGES)
		c->count++;
	else if (!strncmp(what, " message complete", 17))
		m->complete = true;
	else if (!strncmp(what, " headers complete", 17))
		m->head = true;
	status = strstr(line, " status=");
	if (status)
		m->status = atoi(status + 8);
	if (strstr(line, "error code="))
		read_error(c, strstr(line, "error code="));
}

static void end_log(struct reader *r)
{
	if (r->strict && r->now.size && r->count < LLHTTP_CASES)
		r->cases[r->count++] = r->now;
	r->strict = false;
}

static void read_line(struct reader *r, const char *line)
{
	if (!strncmp(line, "```", 3)) {
		if (r->where == IN_INPUT)
			end_input(&r->now);
		if (r->where == IN_LOG)
			end_log(r);
		r->where = !strcmp(line, "```http") ? IN_INPUT : !strcmp(line, "```log") ? IN_LOG : NOWHERE;
	} else if (r->where == IN_INPUT) {
		read_input(r, line);
	} else if (r->where == IN_LOG) {
		read_log(r, line);
	} else if (*line == '#') {
		snprintf(r->heading, sizeof(r->heading), "%s", line + strspn(line, "# "));
	} else if (strstr(line, "meta=")) {
		read_meta(r, line);
	}
}

static void read_cases(struct reader *r, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	r->file = strrchr(path, '/') + 1;
	r->where = NOWHERE;
	while (file && (size = getline(&line, &room, file)) >= 0) {
		if (size && line[size - 1] == '\n')
			line[size - 1] = '\0';
		read_line(r, line);
	}
	free(line);
	if (file)
		fclose(file);
}

int llhttp_load(const char *directory, struct llhttp_case **cases)
{
	struct reader r = { .cases = calloc(LLHTTP_CASES, sizeof(*r.cases)) };
	char pattern[4096];
	glob_t found;
	size_t i;

	*cases = r.cases;
	snprintf(pattern, sizeof(pattern), "%s/re*/*.md", directory);
	if (!r.cases || glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++)
		read_cases(&r, found.gl_pathv[i]);
	globfree(&found);
	return r.count;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Built and run by the build: packs the headers that a preprocessed text came from, for lib/core/compile/headers.c.
 *
 *     header_packer PREPROCESSED ROOT... > headers.inc
 *
 * A header is packed under its name below the first ROOT that holds it; headers outside of all ROOTs (clang's own) are skipped. Licences
 * and copyright notices stay. Other comments go, white space becomes one blank, and continued lines are joined.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { HEADERS_MAX = 1000, ROOM = 8 << 20 };

static char *packed;
static size_t packed_size;
static const char *seen[HEADERS_MAX];
static int seen_count;

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, ROOM);
	size_t n;

	if (!file || !text)
		err(1, "%s", path);
	n = fread(text, 1, ROOM - 1, file);
	if (ferror(file) || n == ROOM - 1)
		errx(1, "%s: cannot be read, or is too long", path);
	fclose(file);
	return text;
}

static void put(const char *bytes, size_t n)
{
	if (packed_size + n > ROOM)
		errx(1, "the headers are too long");
	memcpy(packed + packed_size, bytes, n);
	packed_size += n;
}

static size_t comment_length(const char *at)
{
	const char *end;

	if (at[0] != '/' || (at[1] != '*' && at[1] != '/'))
		return 0;
	end = at[1] == '*' ? strstr(at + 2, "*/") : strchr(at, '\n');
	if (!end)
		return strlen(at);
	return (size_t)(end - at) + (at[1] == '*' ? 2 : 0);
}

static size_t literal_length(const char *at)
{
	size_t n = 1;

	if (*at != '"')
		return 0;
	while (at[n] && at[n] != '"' && at[n] != '\n')
		n += at[n] == '\\' ? 2 : 1;
	return n + (at[n] == '"');
}

static bool is_notice(const char *at, size_t n)
{
	return memmem(at, n, "SPDX", 4) || memmem(at, n, "opyright", 8);
}

/* Blanks, the ends of continued lines, and comments other than notices. */
static size_t space_length(const char *at)
{
	size_t n = comment_length(at);

	if (n)
		return is_notice(at, n) ? 0 : n;
	if (at[0] == '\\' && at[1] == '\n')
		return 2;
	return strspn(at, " \t");
}

static size_t spaces_length(const char *at)
{
	size_t n, all = 0;

	while ((n = space_length(at + all)) > 0)
		all += n;
	return all;
}

/* A token is copied unchanged: a notice, a literal, or a single byte. */
static size_t token_length(const char *at)
{
	size_t n = comment_length(at);

	n = n ? n : literal_length(at);
	return n ? n : 1;
}

/* Writes no blank at the begin or end of a line. */
static void put_space(char before, const char *next)
{
	if (before != '\n' && *next && *next != '\n')
		put(" ", 1);
}

static void put_text(const char *at)
{
	char before = '\n';
	size_t n;

	while (*at) {
		n = spaces_length(at);
		if (n) {
			put_space(before, at + n);
		} else {
			n = token_length(at);
			if (before != '\n' || *at != '\n')
				put(at, n);
			before = at[n - 1];
		}
		at += n;
	}
}

static void put_header(const char *path, const char *name)
{
	char *text = read_file(path);

	put(name, strlen(name) + 1);
	put_text(text);
	put("", 1);
	free(text);
}

static bool is_new(const char *path)
{
	int i;

	for (i = 0; i < seen_count; i++)
		if (!strcmp(seen[i], path))
			return false;
	if (seen_count == HEADERS_MAX)
		errx(1, "too many headers");
	seen[seen_count++] = path;
	return true;
}

static void put_if_below(const char *path, char *const *roots)
{
	size_t n;

	for (; *roots; roots++) {
		n = strlen(*roots);
		if (!strncmp(path, *roots, n) && path[n] == '/') {
			put_header(path, path + n + 1);
			return;
		}
	}
}

/* clang marks the begin of a file with: # LINE "PATH" 1 */
static void put_all(char *text, char *const *roots)
{
	char *line, *path, *end, *next;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (strncmp(line, "# 1 \"", 5))
			continue;
		path = line + 5;
		end = strstr(path, "\" 1");
		if (!end)
			continue;
		*end = '\0';
		if (is_new(path))
			put_if_below(path, roots);
	}
}

static void write_array(const unsigned char *bytes, size_t n)
{
	size_t i;

	printf("enum { UNPACKED_SIZE = %zu };\nstatic const unsigned char packed[] = {", packed_size);
	for (i = 0; i < n; i++)
		printf("%s%u,", i % 24 ? "" : "\n", bytes[i]);
	printf("\n};\n");
}

int main(int argc, char **argv)
{
	uLongf size = compressBound(ROOM);
	unsigned char *compressed = malloc(size);
	char *text;

	if (argc < 3)
		errx(2, "usage: header_packer PREPROCESSED ROOT...");
	packed = malloc(ROOM);
	if (!packed || !compressed)
		err(1, NULL);
	text = read_file(argv[1]);
	put_all(text, argv + 2);
	if (!packed_size || compress2(compressed, &size, (unsigned char *)packed, packed_size, 9) != Z_OK)
		errx(1, "nothing to pack");
	write_array(compressed, size);
	fprintf(stderr, "%d headers, %zu bytes, packed %lu\n", seen_count, packed_size, size);
	free(text);
	free(packed);
	free(compressed);
	return fflush(stdout) ? 1 : 0;
}

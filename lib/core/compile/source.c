/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * C source to a loaded object. clang runs twice: first the preprocessor, whose text, with the flags, is the key of the cache; then,
 * where the cache has no object, the compiler on that very text, so that an object never belongs to a text that changed meanwhile.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "file.h"
#include "headers.h"
#include "module.h"
#include "object_cache.h"
#include "opts.h"
#include "text.h"
#include "workdir.h"

enum { TEXT_MAX = 64 << 20, OWN_FLAGS = 32, PATH_SIZE = WORKDIR_MAX + 128 };

struct job {
	struct ebpfi *s;
	const char *source;
	const struct ebpfi_object_opts *opts;
	bool is_text;
	struct compiler compiler;
	char workdir[WORKDIR_MAX];
	char prefix[WORKDIR_MAX + 1];          /* the working directory with its slash: what differs from run to run */
	char written[PATH_SIZE];               /* the host's text as a file */
	char preprocessed[PATH_SIZE];          /* as it came from the preprocessor */
	char include[PATH_SIZE];               /* the bundled headers */
	char compiler_version[PATH_SIZE + 32]; /* one of them */
	char object[PATH_SIZE];
	struct cache_key key;
};

struct args {
	const char **v;
	size_t n;
};

static void add(struct args *args, const char *const *more)
{
	while (*more)
		args->v[args->n++] = *more++;
	args->v[args->n] = NULL;
}

/* What both runs of clang have in common, and the key names. */
static int begin_args(const struct job *job, struct args *args)
{
	static const char *const own[] = { "-target", "bpf", "-mcpu=v3", "-O2", "-g", NULL };
	const char *const *flag = job->opts->cflags;
	size_t n = 0;

	while (flag && flag[n])
		n++;
	args->n = 0;
	args->v = malloc((n + OWN_FLAGS) * sizeof(*args->v));
	if (!args->v)
		return ebpfi_fail(job->s, -ENOMEM, "out of memory");
	args->v[args->n++] = job->compiler.path;
	add(args, own);
	if (flag)
		add(args, flag);
	return 0;
}

static int run(const struct job *job, const char *const *rest, const char *dir)
{
	static const char *const quiet[] = { "-Qunused-arguments", "-fno-color-diagnostics", "-fno-crash-diagnostics", NULL };
	struct args args;
	int err = begin_args(job, &args);

	if (err)
		return err;
	add(&args, quiet);
	add(&args, rest);
	err = compiler_run(&job->compiler, args.v, dir);
	free(args.v);
	return err;
}

/* The host's flags come first, so that its own directories go before the bundled headers, and those before the system's. */
static int preprocess(const struct job *job)
{
	const char *const rest[] = { "-isystem",
				     job->include,
				     "-idirafter",
				     "/usr/include/" EBPFI_MULTIARCH,
				     "-include",
				     job->compiler_version,
				     "-E",
				     "-o",
				     job->preprocessed,
				     "-x",
				     "c",
				     "--",
				     job->is_text ? job->written : job->source,
				     NULL };

	return run(job, rest, NULL);
}

/* Named from where clang runs, as the host would name them; and from there it reads their lines again, for BTF. */
static int compile(const struct job *job)
{
	const char *const rest[] = { "-fdebug-compilation-dir=.", "-x", "cpp-output", "-c", "-o", job->object, "--",
				     job->preprocessed,           NULL };

	ebpfi_log(job->s, EBPFI_LOG_INFO, "%s: compiling with %s", job->compiler.name, job->compiler.path);
	return run(job, rest, job->is_text ? job->workdir : NULL);
}

static size_t flags_length(const struct args *args)
{
	size_t i, n = 0;

	for (i = 1; i < args->n; i++)
		n += strlen(args->v[i]) + 1;
	return n;
}

/* Flags, each with its zero, and then the text. */
static int make_key(struct job *job, const char *text, size_t size)
{
	struct args args;
	size_t i, at = 0;
	char *bytes;
	int err = begin_args(job, &args);

	if (err)
		return err;
	bytes = malloc(flags_length(&args) + size);
	for (i = 1; bytes && i < args.n; i++, at += strlen(bytes + at) + 1)
		strcpy(bytes + at, args.v[i]);
	free(args.v);
	if (!bytes)
		return ebpfi_fail(job->s, -ENOMEM, "out of memory");
	memcpy(bytes + at, text, size);
	job->key = (struct cache_key){ bytes, at + size };
	return 0;
}

static int replace(const char *path, const char *text, size_t size)
{
	return unlink(path) ? -errno : file_write(path, text, size);
}

/* The working directory's name, which is another in each run, is taken out of the key, and out of a text's own names. */
static int read_preprocessed(struct job *job)
{
	size_t size;
	char *text;
	int err = file_read(job->preprocessed, TEXT_MAX, &text, &size);

	if (!err) {
		size = text_cut_out(text, size, job->prefix);
		if (job->is_text)
			err = replace(job->preprocessed, text, size);
	}
	if (err)
		ebpfi_fail(job->s, err, "cannot compile %s: its preprocessed text: %s", job->compiler.name, strerror(-err));
	else
		err = make_key(job, text, size);
	free(text);
	return err;
}

static int compile_and_read(struct job *job, char **object, size_t *size)
{
	int err = compile(job);

	if (err)
		return err;
	err = file_read(job->object, TEXT_MAX, object, size);
	return err ? ebpfi_fail(job->s, err, "cannot compile %s: clang left no object: %s", job->compiler.name, strerror(-err))
		   : 0;
}

static int open_cache(const struct job *job)
{
	int dir = job->opts->no_cache ? -ECANCELED : object_cache_open();

	if (dir < 0 && dir != -ECANCELED)
		ebpfi_log(job->s, EBPFI_LOG_INFO,
			  "objects are not cached: the directory ebpfinspect in $XDG_CACHE_HOME or ~/.cache: %s",
			  dir == -EPERM ? "another may write to it" : strerror(-dir));
	return dir;
}

static int get_object(struct job *job, char **object, size_t *size)
{
	int err, put, dir = open_cache(job);

	if (dir >= 0 && !object_cache_get(dir, &job->key, object, size)) {
		ebpfi_log(job->s, EBPFI_LOG_INFO, "%s: compiled earlier, taken from the cache", job->compiler.name);
		err = 0;
	} else {
		err = compile_and_read(job, object, size);
		put = err || dir < 0 ? 0 : object_cache_put(dir, &job->key, *object, *size);
		if (put)
			ebpfi_log(job->s, EBPFI_LOG_INFO, "%s is not cached: %s", job->compiler.name, strerror(-put));
	}
	if (dir >= 0)
		close(dir);
	return err;
}

/* Any name of a module as the name of a file. */
static void name_files(struct job *job)
{
	char stem[64], *c;

	snprintf(stem, sizeof(stem), "%s", job->compiler.name);
	for (c = stem; *c; c++)
		if (*c == '/' || (unsigned char)*c <= ' ' || *c == '"' || *c == '\\')
			*c = '_';
	snprintf(job->prefix, sizeof(job->prefix), "%s/", job->workdir);
	snprintf(job->written, sizeof(job->written), "%s/%s.c", job->workdir, stem);
	snprintf(job->preprocessed, sizeof(job->preprocessed), "%s/%s.i", job->workdir, stem);
	snprintf(job->object, sizeof(job->object), "%s/%s.o", job->workdir, stem);
	snprintf(job->include, sizeof(job->include), "%s/include", job->workdir);
	snprintf(job->compiler_version, sizeof(job->compiler_version), "%s/compiler_version.h", job->include);
}

static int write_files(struct job *job)
{
	int err = headers_unpack(job->include);

	if (!err && job->is_text)
		err = file_write(job->written, job->source, strlen(job->source));
	return err ? ebpfi_fail(job->s, err, "cannot write to %s: %s", job->workdir, strerror(-err)) : 0;
}

static int build_in_workdir(struct job *job, char **object, size_t *size)
{
	int err;

	name_files(job);
	err = write_files(job);
	if (!err)
		err = preprocess(job);
	if (!err)
		err = read_preprocessed(job);
	if (!err)
		err = get_object(job, object, size);
	free((char *)job->key.bytes);
	return err;
}

static int build(struct job *job, char **object, size_t *size)
{
	int err = compiler_find(&job->compiler, job->opts->clang);

	if (!err && !job->is_text && access(job->source, R_OK))
		err = ebpfi_fail(job->s, -errno, "cannot read %s: %s", job->source, strerror(errno));
	if (err)
		return err;
	err = workdir_make(job->workdir);
	if (err)
		return ebpfi_fail(job->s, err, "cannot make a directory in $TMPDIR or /tmp: %s", strerror(-err));
	err = build_in_workdir(job, object, size);
	workdir_remove(job->workdir);
	return err;
}

/* In a block of its own, for its size. */
static int build_source(struct ebpfi *s, const char *name, const char *source, const struct ebpfi_object_opts *opts,
			char **object, size_t *size)
{
	struct job *job = calloc(1, sizeof(*job));
	int err;

	if (!job)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	job->s = s;
	job->source = source;
	job->opts = opts;
	job->is_text = strpbrk(source, "\n{") != NULL;
	job->compiler.s = s;
	job->compiler.name = name;
	job->compiler.workdir = job->prefix;
	err = build(job, object, size);
	free(job);
	return err;
}

int ebpfi_load_source(struct ebpfi *s, const char *name, const char *source, const struct ebpfi_object_opts *theirs)
{
	struct ebpfi_object_opts opts;
	char *object;
	size_t size;
	int err = opts_read(&opts, sizeof(opts), theirs);

	if (err)
		return ebpfi_fail(
			s, err,
			"the object options are not of this library's kind: set sz to sizeof(struct ebpfi_object_opts)");
	if (module_find(s, name))
		return ebpfi_fail(s, -EALREADY, "%s is loaded already: use another name, or another session", name);
	err = build_source(s, name, source, &opts, &object, &size);
	if (err)
		return err;
	err = ebpfi_load_mem(s, name, object, size, theirs);
	free(object);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * C source to a loaded object. clang runs twice. First the preprocessor: its text and the flags are the key of the cache. Then, if the
 * cache lacks the object, the compiler, on the same text. So an object always matches its key, even if a source file changes meanwhile.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
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
#include "vmlinux.h"
#include "workdir.h"

enum { TEXT_MAX = 64 << 20, PATH_SIZE = WORKDIR_MAX + 128 };

struct job {
	struct ebpfi *s;
	const char *name, *source;
	const struct ebpfi_object_opts *opts;
	bool is_text;
	struct compiler compiler;
	char workdir[WORKDIR_MAX];
	char prefix[WORKDIR_MAX + 1];          /* the working directory with its slash, different in each run */
	char written[PATH_SIZE];               /* the file with the host's text */
	char preprocessed[PATH_SIZE];          /* the preprocessor's output */
	char include[PATH_SIZE];               /* the bundled headers */
	char compiler_version[PATH_SIZE + 32]; /* one of the bundled headers */
	char last[PATH_SIZE];                  /* the directory that clang searches last */
	char vmlinux[PATH_SIZE + 32];          /* in `last` */
	char object[PATH_SIZE];
};

/* A module's name may have characters that a file name cannot have. */
static void name_files(struct job *job)
{
	char stem[64], *c;

	snprintf(stem, sizeof(stem), "%s", job->name);
	for (c = stem; *c; c++)
		if (*c == '/' || (unsigned char)*c <= ' ' || *c == '"' || *c == '\\')
			*c = '_';
	snprintf(job->prefix, sizeof(job->prefix), "%s/", job->workdir);
	snprintf(job->written, sizeof(job->written), "%s/%s.c", job->workdir, stem);
	snprintf(job->preprocessed, sizeof(job->preprocessed), "%s/%s.i", job->workdir, stem);
	snprintf(job->object, sizeof(job->object), "%s/%s.o", job->workdir, stem);
	snprintf(job->include, sizeof(job->include), "%s/include", job->workdir);
	snprintf(job->compiler_version, sizeof(job->compiler_version), "%s/compiler_version.h", job->include);
	snprintf(job->last, sizeof(job->last), "%s/last", job->workdir);
	snprintf(job->vmlinux, sizeof(job->vmlinux), "%s/vmlinux.h", job->last);
}

static int write_files(struct job *job)
{
	int err = workdir_make(job->workdir);

	if (err)
		return ebpfi_fail(job->s, err, "cannot make a directory in $TMPDIR or /tmp: %s", strerror(-err));
	name_files(job);
	err = headers_unpack(job->include);
	if (!err)
		err = vmlinux_reserve(job->last, job->vmlinux);
	if (!err && job->is_text)
		err = file_write(job->written, job->source, strlen(job->source));
	if (!err)
		return 0;
	workdir_remove(job->workdir);
	return ebpfi_fail(job->s, err, "cannot write to %s: %s", job->workdir, strerror(-err));
}

/* Looks at the content: an object may have any name. Does not wait for a FIFO. */
static bool is_elf(const char *path)
{
	char magic[4] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool elf = fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) && !memcmp(magic, "\177ELF", sizeof(magic));

	if (fd >= 0)
		close(fd);
	return elf;
}

static void free_job(struct job *job)
{
	workdir_remove(job->workdir);
	free(job);
}

/* On the heap: too large for a thread's stack. */
static int new_job(struct ebpfi *s, const char *name, const char *source, const struct ebpfi_object_opts *opts,
		   struct job **out)
{
	struct job *job = calloc(1, sizeof(*job));
	int err;

	if (!job)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	*job = (struct job){ .s = s, .name = name, .source = source, .opts = opts };
	job->is_text = strpbrk(source, "\n{") != NULL;
	job->compiler = (struct compiler){ .s = s, .name = name, .workdir = job->prefix, .cflags = opts->cflags };
	err = compiler_find(&job->compiler, opts->clang);
	if (!err && !job->is_text && access(source, R_OK))
		err = ebpfi_fail(s, -errno, "cannot read %s: %s", source, strerror(errno));
	if (!err && !job->is_text && is_elf(source))
		err = ebpfi_fail(s, -EBADMSG, "cannot compile %s: it is an object; load it with ebpfi_load_file()", source);
	if (!err)
		err = write_files(job);
	if (err)
		free(job);
	else
		*out = job;
	return err;
}

/*
 * Reads the preprocessed text and cuts the working directory's name out. The name differs in each run, so it must not be in the key or in
 * file names.
 */
static int read_preprocessed(const struct job *job, char **text, size_t *size)
{
	int err = file_read(job->preprocessed, TEXT_MAX, text, size);

	if (!err) {
		*size = text_cut_out(*text, *size, job->prefix);
		if (job->is_text)
			err = unlink(job->preprocessed) ? -errno : file_write(job->preprocessed, *text, *size);
	}
	if (!err)
		return 0;
	free(*text);
	*text = NULL;
	return ebpfi_fail(job->s, err, "cannot compile %s: its preprocessed text: %s", job->name, strerror(-err));
}

/* The host's flags come first: clang searches its directories, then the bundled headers, then the system's. */
static int preprocess(const struct job *job, struct cache_key *key)
{
	const char *const rest[] = { "-isystem",
				     job->include,
				     "-idirafter",
				     "/usr/include/" EBPFI_MULTIARCH,
				     "-idirafter",
				     job->last,
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
	char *text = NULL, *bytes;
	size_t size;
	bool again;
	int err;

	do {
		err = compiler_run(&job->compiler, rest, NULL);
		if (!err)
			err = read_preprocessed(job, &text, &size);
		again = !err && vmlinux_is_wanted(text, size);
		if (again) {
			free(text);
			text = NULL;
			err = vmlinux_write(job->s, job->name, job->vmlinux);
		}
	} while (again && !err);
	if (!err)
		err = compiler_key(&job->compiler, text, size, &bytes, &key->size);
	if (!err)
		key->bytes = bytes;
	free(text);
	return err;
}

static int open_cache(const struct job *job)
{
	int dir = job->opts->no_cache ? -ECANCELED : object_cache_open();

	if (dir < 0 && dir != -ECANCELED)
		ebpfi_log(job->s, EBPFI_LOG_INFO, "objects are not cached: ebpfinspect in $XDG_CACHE_HOME or ~/.cache: %s",
			  dir == -EPERM ? "another user owns the directory or may write to it" : strerror(-dir));
	return dir;
}

/*
 * Gets the object of the preprocessed text from the cache or from clang. clang reads the source lines again, for BTF, by file names
 * relative to its directory. So it runs in the host's, or in `workdir` if the source is a text.
 */
static int get_object(const struct job *job, const struct cache_key *key, char **object, size_t *size)
{
	const char *const rest[] = { "-fdebug-compilation-dir=.", "-x", "cpp-output", "-c", "-o", job->object, "--",
				     job->preprocessed,           NULL };
	int err, put, dir = open_cache(job);

	if (dir >= 0 && !object_cache_get(dir, key, object, size)) {
		ebpfi_log(job->s, EBPFI_LOG_INFO, "%s: compiled earlier, taken from the cache", job->name);
		close(dir);
		return 0;
	}
	ebpfi_log(job->s, EBPFI_LOG_INFO, "%s: compiling with %s", job->name, job->compiler.path);
	err = compiler_run(&job->compiler, rest, job->is_text ? job->workdir : NULL);
	if (!err) {
		err = file_read(job->object, TEXT_MAX, object, size);
		if (err)
			ebpfi_fail(job->s, err, "cannot compile %s: clang left no object: %s", job->name, strerror(-err));
	}
	put = err || dir < 0 ? 0 : object_cache_put(dir, key, *object, *size);
	if (put)
		ebpfi_log(job->s, EBPFI_LOG_INFO, "%s is not cached: %s", job->name, strerror(-put));
	if (dir >= 0)
		close(dir);
	return err;
}

static bool has_cpu(const char *const *cflags)
{
	for (; cflags && *cflags; cflags++)
		if (!strncmp(*cflags, "-mcpu", 5))
			return true;
	return false;
}

/*
 * With -mcpu=v3 clang compares the lower halves of registers and extends them, and the verifier may lose bounds that it keeps with v2.
 * So try v2 next. If it fails, too, report the first failure.
 */
int ebpfi_load_source(struct ebpfi *s, const char *name, const char *source, const struct ebpfi_object_opts *theirs)
{
	static const char *const cpus[] = { "-mcpu=v3", "-mcpu=v2" };
	struct ebpfi_object_opts opts;
	char first[sizeof(s->error)];
	struct cache_key key;
	int i, err, first_err = 0;
	struct job *job = NULL;
	char *object;
	size_t size;

	err = opts_read(&opts, sizeof(opts), theirs);
	if (err)
		return ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_object_opts)");
	if (module_find(s, name))
		return ebpfi_fail(s, -EALREADY, "%s is loaded already: use another name, or another session", name);
	err = new_job(s, name, source, &opts, &job);
	if (err)
		return err;
	for (i = 0; i < 2; i++) {
		job->compiler.cpu = cpus[i];
		s->refused_by_verifier = false;
		key.bytes = NULL;
		err = preprocess(job, &key);
		if (!err)
			err = get_object(job, &key, &object, &size);
		free((char *)key.bytes);
		if (!err) {
			err = ebpfi_load_mem(s, name, object, size, theirs);
			free(object);
		}
		if (i || !err || !s->refused_by_verifier || has_cpu(opts.cflags))
			break;
		first_err = err;
		snprintf(first, sizeof(first), "%s", s->error);
		ebpfi_log(s, EBPFI_LOG_WARNING, "%s: compiling once more, with %s", first, cpus[1]);
	}
	free_job(job);
	return err && first_err ? ebpfi_fail(s, first_err, "%s", first) : err;
}

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

/* Flags of bpftool and libbpf-bootstrap. Without the machine's macros, system headers would assume 32 bits. */
static const char *const own_flags[] = {
	"-target",
	"bpf",
	"-O2",
	"-g",
#if defined(__x86_64__)
	"-D__TARGET_ARCH_x86",
	"-D__x86_64__",
#elif defined(__aarch64__)
	"-D__TARGET_ARCH_arm64",
	"-D__aarch64__",
#elif defined(__s390x__)
	"-D__TARGET_ARCH_s390",
	"-D__s390__",
	"-D__s390x__",
#elif defined(__powerpc64__)
	"-D__TARGET_ARCH_powerpc",
	"-D__powerpc64__",
#elif defined(__riscv)
	"-D__TARGET_ARCH_riscv",
	"-D__riscv",
	"-D__riscv_xlen=64",
#elif defined(__loongarch64)
	"-D__TARGET_ARCH_loongarch",
	"-D__loongarch_grlen=64",
#elif defined(__arm__)
	"-D__TARGET_ARCH_arm",
#elif defined(__mips__)
	"-D__TARGET_ARCH_mips",
#endif
};

/* A program with more rights than its user must not run a compiler that the user's environment chooses. */
static const char *search_path(void)
{
	const char *path = secure_getenv("PATH");

	return path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
}

static bool find_in_path(const char *name, char *path, size_t size)
{
	const char *dirs;
	size_t n;

	for (dirs = search_path(); dirs; dirs = dirs[n] ? dirs + n + 1 : NULL) {
		n = strcspn(dirs, ":");
		/* Skip entries relative to the current directory, including empty ones: running a compiler from there is not safe. */
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

/* Makes the path absolute: the compiler also runs in another directory. */
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
				  "cannot compile %s: there is no compiler %s; name a clang, 14 or later, or its path", c->name,
				  wanted);
	return ebpfi_fail(
		c->s, -ENOPKG,
		"cannot compile %s: no clang in $PATH; install it (Debian, Ubuntu: apt install clang; Fedora: dnf install "
		"clang), or load an object that was compiled elsewhere",
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

/* clang quotes the refused line; since release 17 after its number and a bar. */
static bool quotes(const char *output, const char *begin)
{
	const char *at = output;

	while ((at = strstr(at + 1, begin)))
		if (at[-1] == '\n' || (at - output > 2 && !strncmp(at - 2, "| ", 2)))
			return true;
	return false;
}

static bool is_for_bcc(const char *output)
{
	static const char *const macros[] = { "BPF_HASH(",        "BPF_TABLE(",    "BPF_ARRAY(",     "BPF_PERCPU_ARRAY(",
					      "BPF_PERCPU_HASH(", "BPF_LRU_HASH(", "BPF_HISTOGRAM(", "BPF_PERF_OUTPUT(",
					      "BPF_PROG_ARRAY(",  "BPF_DEVMAP(",   "BPF_LPM_TRIE(",  "BPF_RINGBUF_OUTPUT(" };
	size_t i;

	for (i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (quotes(output, macros[i]))
			return true;
	return false;
}

/* "FILE:LINE:COLUMN: fatal error: WORDS" becomes "FILE:LINE:COLUMN: WORDS". */
static int fail_with_first(const struct compiler *c, const char *output)
{
	const char *error = strstr(output, "error: "), *line = error;
	char more[192] = "";

	if (!error)
		return ebpfi_fail(c->s, -EBADMSG, "cannot compile %s: %s failed and did not say why", c->name, c->path);
	while (line > output && line[-1] != '\n')
		line--;
	if (count_errors(output) > 1)
		snprintf(more, sizeof(more), " (and %u more)", count_errors(output) - 1);
	if (is_for_bcc(output))
		strcat(more, "; BPF_HASH() and the like are BCC's: make each map a structure in SEC(\".maps\"), each program a "
			     "function in SEC(\"xdp\") or the like");
	return ebpfi_fail(c->s, -EBADMSG, "cannot compile %s: %.*s%.*s%s%s", c->name,
			  (int)(error - line) - (line_says(line, "fatal error: ") ? 6 : 0), line, (int)strcspn(error + 7, "\n"),
			  error + 7, more, line_says(error, "file not found") ? "; name its directory with the flag -I" : "");
}

static int explain_status(const struct compiler *c, int status, const char *output)
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

/* argv[0], flags and the host's flags; from malloc, with room for `more` and the NULL at the end. */
static const char **common_args(const struct compiler *c, size_t more, size_t *count)
{
	size_t i, n = 0;
	const char **argv;

	while (c->cflags && c->cflags[n])
		n++;
	argv = calloc(n + more + sizeof(own_flags) / sizeof(*own_flags) + 3, sizeof(*argv));
	if (!argv)
		return NULL;
	*count = 0;
	argv[(*count)++] = c->path;
	for (i = 0; i < sizeof(own_flags) / sizeof(*own_flags); i++)
		argv[(*count)++] = own_flags[i];
	argv[(*count)++] = c->cpu;
	for (i = 0; i < n; i++)
		argv[(*count)++] = c->cflags[i];
	return argv;
}

/*
 * clang gets only $PATH of the host's environment, in case it is a script. CPATH, CCC_OVERRIDE_OPTIONS and similar variables could choose
 * code that runs with the host's rights.
 */
static char *environment_path(void)
{
	const char *path = search_path();
	char *variable = malloc(strlen(path) + sizeof("PATH="));

	if (variable)
		sprintf(variable, "PATH=%s", path);
	return variable;
}

int compiler_run(const struct compiler *c, const char *const *rest, const char *dir)
{
	static const char *const quiet[] = { "-Qunused-arguments", "-fno-color-diagnostics", "-fno-crash-diagnostics" };
	struct child child = { .dir = dir, .timeout_ms = TIMEOUT_MS, .room = OUTPUT_MAX };
	char temporary[COMPILER_PATH_MAX], *path = environment_path();
	const char *const envp[] = { path, "LC_ALL=C", temporary, NULL };
	const char **argv;
	size_t i, n = 0;
	int err = -ENOMEM;

	while (rest[n])
		n++;
	argv = common_args(c, n + sizeof(quiet) / sizeof(*quiet), &n);
	for (i = 0; argv && i < sizeof(quiet) / sizeof(*quiet); i++)
		argv[n++] = quiet[i];
	for (i = 0; argv && rest[i]; i++)
		argv[n++] = rest[i];
	snprintf(temporary, sizeof(temporary), "TMPDIR=%s", c->workdir);
	child.output = malloc(child.room);
	child.argv = argv;
	child.envp = envp;
	if (path && argv && child.output) {
		err = child_run(&child);
		child.output[text_cut_out(child.output, strlen(child.output), c->workdir)] = '\0';
		log_lines(c->s, child.output);
		err = explain_status(c, err, child.output);
	} else {
		ebpfi_fail(c->s, err, "out of memory");
	}
	free(child.output);
	free(argv);
	free(path);
	return err;
}

int compiler_key(const struct compiler *c, const char *text, size_t size, char **key, size_t *key_size)
{
	char *path = environment_path(), *bytes = NULL;
	size_t i, n, room;
	const char **argv = common_args(c, 0, &n);

	if (path && argv) {
		/* The text has the compiler's version. The environment replaces the compiler's path, argv[0]. */
		argv[0] = path;
		for (room = size, i = 0; i < n; i++)
			room += strlen(argv[i]) + 1;
		bytes = malloc(room);
	}
	if (bytes) {
		*key = bytes;
		*key_size = room;
		for (i = 0; i < n; i++)
			bytes = stpcpy(bytes, argv[i]) + 1;
		memcpy(bytes, text, size);
	}
	free(argv);
	free(path);
	return bytes ? 0 : ebpfi_fail(c->s, -ENOMEM, "out of memory");
}

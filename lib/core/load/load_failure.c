/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "load_failure.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libbpf_log.h"
#include "map_failure.h"
#include "probe.h"
#include "rights.h"
#include "since.h"
#include "text.h"
#include "verifier.h"

struct failure {
	const struct bpf_object *object;
	const char *what, *said; /* libbpf's own line */
	const struct image *image;
	int err;
	bool by_verifier;
	struct text text; /* the text after "cannot load WHAT: " */
};

/* "prog 'NAME': ..." and "map 'NAME': ..." */
static bool quoted_name(const char *said, const char *kind, char *name, size_t size)
{
	const char *at = said + strlen(kind), *end;

	if (strncmp(said, kind, strlen(kind)))
		return false;
	end = strchr(at, '\'');
	if (!end)
		return false;
	snprintf(name, size, "%.*s", (int)(end - at), at);
	return true;
}

/* The instruction gives the exact line. Without it, keeps the line that the verifier logged. */
static void set_line(struct failure *f, const char *program, struct refusal *refusal)
{
	struct source_line line;

	if (!refusal->placed || !line_info_find(f->image, program, refusal->insn, refusal->source, &line))
		return;
	refusal->line = line.line;
	snprintf(refusal->file, sizeof(refusal->file), "%s", line.file);
	snprintf(refusal->source, sizeof(refusal->source), "%s", line.source);
}

static bool put_verifier_reason(struct failure *f, const char *program)
{
	struct refusal refusal;

	if (!verifier_reduce(libbpf_log_verifier(), &refusal))
		return false;
	set_line(f, program, &refusal);
	if (refusal.line)
		text_printf(&f->text, "%s:%u: ", refusal.file, refusal.line);
	text_put(&f->text, refusal.cause);
	if (*refusal.source)
		text_printf(&f->text, " (%s)", refusal.source);
	return true;
}

static unsigned int rights_of_program(const struct bpf_program *program)
{
	switch ((int)bpf_program__type(program)) {
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return RIGHT_BPF;
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SCHED_CLS:
		return RIGHT_BPF | RIGHT_NET_ADMIN;
	}
	return RIGHT_BPF | RIGHT_NET_ADMIN | RIGHT_PERFMON;
}

static void put_program_reason(struct failure *f, const struct bpf_program *program)
{
	unsigned int type = bpf_program__type(program);
	const char *name = libbpf_bpf_prog_type_str((enum bpf_prog_type)type), *release;

	release = since_program(type, &name);
	if (f->err == -EPERM)
		text_put(&f->text, rights_missing(rights_of_program(program)));
	else if (f->err == -ENOMEM)
		text_put(&f->text, "the kernel has no memory for the program");
	else if (f->err == -E2BIG)
		text_put(&f->text, "the program has more instructions than the kernel takes (1 million, without CAP_BPF 4096)");
	else if (f->err == -EINVAL && !type)
		text_printf(&f->text,
			    "libbpf does not know the section \"%s\"; SEC(\"xdp\"), SEC(\"tc\") and SEC(\"socket\") are",
			    bpf_program__section_name(program));
	else if (f->err == -EINVAL && type == BPF_PROG_TYPE_EXT)
		text_put(&f->text,
			 "it replaces a function of another program (freplace), which this library cannot load: use libbpf "
			 "for it, and name the programs to be loaded here in the option \"programs\"");
	else if (f->err == -EINVAL && probe_program(type, 0) == -EOPNOTSUPP)
		since_put_missing(&f->text, name ? name : "such", " programs", release);
	else
		text_printf(&f->text, "the kernel refuses the program: %s", strerror(-f->err));
}

/* "extern (func ksym) 'NAME': not found in kernel or module BTFs" */
static bool put_missing_function(struct failure *f)
{
	const char *at = strstr(f->said, "(func ksym) '"), *release;
	char name[64];

	if (!at || !quoted_name(at, "(func ksym) '", name, sizeof(name)))
		return false;
	release = since_kfunc(name);
	text_printf(&f->text, "this kernel does not have the function %s%s%s", name, release ? ", which came with Linux " : "",
		    release ? release : "");
	return true;
}

/* Does not repeat a program name that `what` already contains. */
static void explain_program(struct failure *f, const char *name)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(f->object, name);

	if (strcmp(name, f->what))
		text_printf(&f->text, "program %s: ", name);
	f->by_verifier = program && put_verifier_reason(f, name);
	if (program && !f->by_verifier)
		put_program_reason(f, program);
}

/* The lines of libbpf that are about one program. */
static bool is_about_program(const char *said)
{
	return strstr(said, "load failed") || strstr(said, "missing BPF prog type") || strstr(said, "failed to prepare load");
}

static void explain(struct failure *f)
{
	const struct bpf_map *map;
	char name[64];

	if (quoted_name(f->said, "prog '", name, sizeof(name)) && bpf_object__find_program_by_name(f->object, name) &&
	    is_about_program(f->said)) {
		explain_program(f, name);
		return;
	}
	map = quoted_name(f->said, "map '", name, sizeof(name)) ? bpf_object__find_map_by_name(f->object, name) : NULL;
	if (map && map_failure_is(f->said)) {
		text_printf(&f->text, "map %s: ", name);
		map_failure(&f->text, map, f->said, f->err);
	} else if (f->err == -EPERM) {
		text_put(&f->text, rights_missing(RIGHT_BPF));
	} else if (!put_missing_function(f)) {
		text_put(&f->text, *f->said ? f->said : strerror(-f->err));
	}
}

void load_failure(struct ebpfi *s, const struct bpf_object *object, const char *what, int err, const struct image *image)
{
	char words[900];
	struct failure f = { .object = object, .what = what, .image = image, .err = err };

	f.text = text_in(words, sizeof(words));
	f.said = libbpf_log_last();
	explain(&f);
	s->refused_by_verifier = f.by_verifier;
	ebpfi_fail(s, err, "cannot load %s: %s", what, words);
}

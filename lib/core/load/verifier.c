/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "verifier.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "since.h"
#include "text.h"

/* A line of the log. */
struct line {
	const char *at;
	size_t size;
};

/* The parts of the log that matter. The reason stands in `words`, between the last instruction and the statistics. */
struct reading {
	struct line insn, comment;
	const char *words, *end;
};

static bool contains(struct line line, const char *what)
{
	return memmem(line.at, line.size, what, strlen(what)) != NULL;
}

static bool begins(struct line line, const char *what)
{
	return line.size >= strlen(what) && !memcmp(line.at, what, strlen(what));
}

static bool next_line(const char **at, const char *end, struct line *line)
{
	const char *newline;

	if (*at >= end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*line = (struct line){ *at, (size_t)((newline ? newline : end) - *at) };
	*at += line->size + 1;
	return true;
}

/* "12: (79) r1 = ..." */
static bool is_insn(struct line line)
{
	size_t i = 0;

	while (i < line.size && isdigit((unsigned char)line.at[i]))
		i++;
	return i && line.size > i + 5 && !memcmp(line.at + i, ": (", 3) && line.at[i + 5] == ')';
}

/* "; C source", since 6.8 with " @ file.c:12" at its end. It is empty for code without a source line. */
static bool is_comment(struct line line)
{
	return line.size > 2 && line.at[0] == ';' && !begins(line, ";  @ ");
}

static bool is_end(struct line line)
{
	return begins(line, "processed ") || begins(line, "verification time ") || begins(line, "-- END PROG LOAD LOG");
}

static struct reading read_log(const char *log)
{
	const char *at = log, *end = log + strlen(log);
	struct reading r = { .words = log, .end = end };
	struct line line;

	while (next_line(&at, end, &line)) {
		if (is_end(line)) {
			r.end = line.at;
			break;
		}
		if (is_comment(line))
			r.comment = line;
		if (!is_insn(line))
			continue;
		r.insn = line;
		r.words = at;
	}
	return r;
}

enum detail {
	PLAIN,
	WORDS,    /* the verifier's own words follow: they have numbers */
	INSN,     /* the verifier's words contain the instruction */
	HELPER,   /* the helper that the last instruction calls is named */
	UNKNOWN,  /* a helper that this kernel does not have */
	ARGUMENT, /* of the helper; "R2 type=scalar expected=fp" */
};

/* The first match wins, so special patterns come before general ones. */
static const struct {
	const char *pattern, *cause;
	enum detail detail;
} causes[] = {
	{ "invalid mem access 'map_value_or_null'",
	  "the pointer that bpf_map_lookup_elem returned is used before it is checked for NULL", PLAIN },
	{ "alloc_mem_or_null'", "the pointer that bpf_ringbuf_reserve returned is used before it is checked for NULL", PLAIN },
	{ "ringbuf_mem_or_null'", "the pointer that bpf_ringbuf_reserve returned is used before it is checked for NULL",
	  PLAIN },
	{ "_or_null'", "a pointer that may be NULL is used before it is checked", WORDS },
	{ "type=map_value_or_null", "the pointer that bpf_map_lookup_elem returned is passed on before it is checked for NULL",
	  PLAIN },
	{ "_or_null expected=", "a pointer that may be NULL is passed on before it is checked", WORDS },
	{ "Possibly NULL pointer passed", "a pointer that may be NULL is passed on before it is checked", WORDS },
	{ "invalid mem access 'scalar'",
	  "a number is used as a pointer; a packet pointer becomes one when a helper changes the packet: read it from the "
	  "context again",
	  PLAIN },
	{ "pointer arithmetic of map value goes out of range, prohibited for !root",
	  "the index into a map's value has no upper limit; without CAP_PERFMON it must be checked before it is added to the "
	  "pointer",
	  PLAIN },
	{ "invalid access to packet",
	  "packet bytes are used without a check against data_end: check first that data + offset + size <= data_end", PLAIN },
	{ "unbounded memory access",
	  "an index has no upper limit: compare it with the size of the array, or mask it, before it is used", PLAIN },
	{ "unbounded min value", "a number that may be negative is added to a pointer: make it unsigned, or check it", WORDS },
	{ "min value is negative", "an index or a size may be negative: make it unsigned, or check it", WORDS },
	{ "invalid access to map value", "bytes beyond the map's value are used", WORDS },
	{ "invalid access to memory", "bytes beyond the memory that the pointer belongs to are used", WORDS },
	{ "outside of the allowed memory range", "bytes beyond the memory that the pointer belongs to are used", WORDS },
	{ "invalid zero-sized read", "the size that is given to a helper may be 0: check that it is at least 1", PLAIN },
	{ "unbounded", "an index or a size has no upper limit: compare it with a constant, or mask it", WORDS },
	{ "read from stack",
	  "a variable on the stack is read before all of its bytes were set, padding included, or while it holds a pointer",
	  WORDS },
	{ "invalid write to stack", "bytes beyond a variable on the stack are written", WORDS },
	{ "invalid stack", "bytes beyond a variable on the stack are used", WORDS },
	{ "variable stack", "a variable on the stack is indexed by a variable: keep it in a map", WORDS },
	{ "combined stack size",
	  "the program and the functions that it calls need more than 512 bytes of stack: keep it in a map", WORDS },
	{ "stack limit", "the function needs more than 512 bytes of stack: keep its variables in a map", PLAIN },
	{ "R0 !read_ok",
	  "a path through the program returns without a value, or uses the value of a function that returns none", PLAIN },
	{ "!read_ok", "a variable is used that has no value on some path", WORDS },
	{ "back-edge",
	  "there is a loop: give it a constant number of iterations, which the compiler can unroll, or use bpf_loop", INSN },
	{ "infinite loop detected", "the loop has no end that the verifier can see: give it a constant number of iterations",
	  INSN },
	{ "unreachable insn", "there is code that no path reaches", INSN },
	{ "too large. Processed",
	  "it is too complex: the verifier gave up after 1 million steps; put loops into bpf_loop, and keep their state in a "
	  "map",
	  PLAIN },
	{ "jumps is too complex", "it is too complex: too many branches are open at once; split it, or put loops into bpf_loop",
	  WORDS },
	{ "invalid func ", "this kernel does not have the helper", UNKNOWN },
	{ "unknown func ", "cannot be called by programs of this type, or not with these capabilities", HELPER },
	{ "program of this type cannot use helper", "cannot be called by programs of this type, or not with these capabilities",
	  HELPER },
	{ "cannot call GPL-restricted function",
	  "a helper is called that is for programs under the GPL only: char LICENSE[] SEC(\"license\") = \"GPL\"", PLAIN },
	{ "pointer -= pointer prohibited",
	  "one pointer is subtracted from another, which needs CAP_PERFMON: use skb->len or bpf_xdp_get_buff_len()", PLAIN },
	{ "pointer comparison prohibited", "pointers are compared in a way that needs CAP_PERFMON", WORDS },
	{ "attempt to corrupt spilled pointer",
	  "a number is written over a value that the compiler kept on the stack, which needs CAP_PERFMON: keep variables in a "
	  "map",
	  PLAIN },
	{ "leaks addr", "an address of the kernel would become visible, which needs CAP_PERFMON", WORDS },
	{ "prohibited for !root", "pointer arithmetic that needs CAP_PERFMON", WORDS },
	{ "pointer arithmetic", "pointer arithmetic that the verifier does not allow", WORDS },
	{ "tried to ", "pointer arithmetic that needs CAP_PERFMON", WORDS },
	{ "allowed for CAP_BPF and CAP_SYS_ADMIN", "calls between functions need CAP_BPF", PLAIN },
	{ "Unreleased reference", "what was reserved or looked up is not released on every path", INSN },
	{ "invalid bpf_context access", "a member of the context is used that programs of this type do not have", WORDS },
	{ "dereference of modified ctx ptr", "the pointer to the context is changed before it is used", WORDS },
	{ "At program exit the register R0", "it returns a value that this type of program must not return", WORDS },
	{ "write into map forbidden", "a map that is read-only, or a const global, is written", PLAIN },
	{ "cannot write into packet", "programs of this type cannot write to the packet", PLAIN },
	{ "misaligned", "memory is used at an address that is not aligned", WORDS },
	{ "expected=", "", ARGUMENT },
	{ "is not allowed in this", "programs of this type cannot call this function of the kernel", WORDS },
	{ "calling kernel function", "programs of this type cannot call this function of the kernel", WORDS },
	{ "failed to resolve CO-RE relocation", "this kernel lacks a type or member that the program reads", WORDS },
	{ "holding a lock", "a call is made while a lock is held", WORDS },
};

enum { CAUSES = sizeof(causes) / sizeof(causes[0]) };

/* Finds the first line with a pattern; `at` is NULL without one. */
static struct line find_words(const struct reading *r, const char *pattern)
{
	const char *at = r->words;
	struct line line;

	while (next_line(&at, r->end, &line))
		if (!is_comment(line) && contains(line, pattern))
			return line;
	return (struct line){ 0 };
}

static bool states_something(struct line line)
{
	return line.size && !is_comment(line) && !begins(line, "cur state:") && !begins(line, "old state:");
}

static struct line last_words(const struct reading *r)
{
	const char *at = r->words;
	struct line line, last = { 0 };

	while (next_line(&at, r->end, &line))
		if (states_something(line))
			last = line;
	return last;
}

/* "call bpf_loop#181" */
static bool read_helper(struct line insn, char *name, size_t size, unsigned int *id)
{
	const char *call = insn.at ? memmem(insn.at, insn.size, "call ", 5) : NULL;
	const char *end = call ? memchr(call, '#', (size_t)(insn.at + insn.size - call)) : NULL;

	if (!end)
		return false;
	snprintf(name, size, "%.*s", (int)(end - call - 5), call + 5);
	*id = (unsigned int)strtoul(end + 1, NULL, 10);
	return true;
}

/* Helpers that need CAP_PERFMON in programs of every type. */
static bool wants_perfmon(unsigned int id)
{
	enum { TRACE_PRINTK = 6, PROBE_READ_USER = 112, PROBE_READ_KERNEL_STR = 115, SNPRINTF_BTF = 149, TRACE_VPRINTK = 177 };

	return id == TRACE_PRINTK || (id >= PROBE_READ_USER && id <= PROBE_READ_KERNEL_STR) || id == SNPRINTF_BTF ||
	       id == TRACE_VPRINTK;
}

static void put_helper(struct text *t, struct line insn, const char *cause)
{
	char name[64] = "the helper";
	unsigned int id = 0;

	read_helper(insn, name, sizeof(name), &id);
	text_printf(t, "%s %s", name, wants_perfmon(id) ? "needs CAP_PERFMON" : cause);
}

static void put_unknown(struct text *t, struct line insn, const char *cause)
{
	const char *release, *known = NULL;
	char name[64] = "";
	unsigned int id = 0;

	read_helper(insn, name, sizeof(name), &id);
	release = since_helper(id, &known);
	if (release)
		text_printf(t, "this kernel does not have the helper %s, which came with Linux %s", known, release);
	else
		text_printf(t, "%s number %u: use a newer kernel, or another helper", cause, id);
}

/* "R2 type=scalar expected=fp, pkt" */
static void put_argument(struct text *t, struct line words, struct line insn)
{
	char line[256], name[64] = "the function", type[64], expected[160];
	unsigned int number, id;

	snprintf(line, sizeof(line), "%.*s", (int)words.size, words.at);
	read_helper(insn, name, sizeof(name), &id);
	if (sscanf(line, "R%u type=%63s expected=%159[^\n]", &number, type, expected) == 3)
		text_printf(t, "argument %u of %s is of type %s, but must be one of: %s", number, name, type, expected);
	else
		text_put(t, line);
}

/* "insn 4", "alloc_insn=5" */
static void read_insn(struct line line, struct refusal *refusal)
{
	const char *insn = memmem(line.at, line.size, "insn", 4);
	const char *digits = insn ? insn + 4 + strspn(insn + 4, " =") : NULL;

	if (!digits || !isdigit((unsigned char)*digits))
		return;
	refusal->placed = true;
	refusal->insn = (uint32_t)strtoul(digits, NULL, 10);
}

static void put_cause(struct text *t, int i, struct line words, struct line insn)
{
	switch (causes[i].detail) {
	case HELPER:
		put_helper(t, insn, causes[i].cause);
		break;
	case UNKNOWN:
		put_unknown(t, insn, causes[i].cause);
		break;
	case ARGUMENT:
		put_argument(t, words, insn);
		break;
	case WORDS:
		text_printf(t, "%s (\"%.*s\")", causes[i].cause, (int)words.size, words.at);
		break;
	default:
		text_put(t, causes[i].cause);
	}
}

static bool find_cause(const struct reading *r, struct refusal *refusal)
{
	struct text t = text_in(refusal->cause, sizeof(refusal->cause));
	struct line words;
	int i;

	for (i = 0; i < CAUSES; i++) {
		words = find_words(r, causes[i].pattern);
		if (!words.at)
			continue;
		put_cause(&t, i, words, r->insn);
		if (causes[i].detail == INSN)
			read_insn(words, refusal);
		return true;
	}
	words = last_words(r);
	if (words.at)
		text_printf(&t, "the verifier says \"%.*s\"", (int)words.size, words.at);
	return words.at != NULL;
}

/* Both forms: "; text" and "; text @ file.c:12". */
static void read_comment(struct line comment, struct refusal *refusal)
{
	char text[512], *at, *colon;

	snprintf(text, sizeof(text), "%.*s", (int)comment.size - 2, comment.at + 2);
	at = strstr(text, " @ ");
	colon = at ? strrchr(at, ':') : NULL;
	if (colon && isdigit((unsigned char)colon[1])) {
		*at = *colon = '\0';
		snprintf(refusal->file, sizeof(refusal->file), "%.127s", at + 3);
		refusal->line = (uint32_t)strtoul(colon + 1, NULL, 10);
	}
	snprintf(refusal->source, sizeof(refusal->source), "%.159s", text);
}

/* Finds the comment above the first log line of an instruction. */
static struct line comment_of(const char *log, const char *end, uint32_t insn)
{
	struct line line, comment = { 0 };

	while (next_line(&log, end, &line)) {
		if (is_comment(line))
			comment = line;
		if (is_insn(line) && strtoul(line.at, NULL, 10) == insn)
			return comment;
	}
	return (struct line){ 0 };
}

bool verifier_reduce(const char *log, struct refusal *refusal)
{
	struct reading r = read_log(log);
	uint32_t last = r.insn.at ? (uint32_t)strtoul(r.insn.at, NULL, 10) : 0;
	bool found;

	memset(refusal, 0, sizeof(*refusal));
	refusal->placed = r.insn.at != NULL;
	refusal->insn = last;
	found = find_cause(&r, refusal);
	if (refusal->insn != last)
		r.comment = comment_of(log, r.end, refusal->insn);
	if (r.comment.at)
		read_comment(r.comment, refusal);
	return found;
}

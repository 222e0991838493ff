/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbpf_translate.h"
#include "filter_compile.h"
#include "link_type.h"

static const uint16_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_LOOP, LINK_LINUX_SLL, LINK_LINUX_SLL2 };

enum { LINKS = sizeof(links) / sizeof(links[0]) };

struct filter {
	char *expression;
	struct cbpf programs[LINKS]; /* in the order of `links`; n is 0 until it is compiled */
};

/* The functions of filter.bpf.h. */
static const struct place {
	const char *function;
	struct cbpf_target target;
} places[] = {
	{ "ebpfi_filter_xdp", { CBPF_XDP, true } },
	{ "ebpfi_filter_xdp_l3", { CBPF_XDP, false } },
	{ "ebpfi_filter_skb", { CBPF_SKB, true } },
	{ "ebpfi_filter_skb_l3", { CBPF_SKB, false } },
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

struct filter *filter_new(const char *expression)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f)
		f->expression = strdup(expression);
	if (f && f->expression)
		return f;
	free(f);
	return NULL;
}

void filter_free(struct filter *f)
{
	int i;

	if (!f)
		return;
	for (i = 0; i < LINKS; i++)
		free(f->programs[i].insns);
	free(f->expression);
	free(f);
}

const char *filter_expression(const struct filter *f)
{
	return f->expression;
}

static int index_of(uint16_t link)
{
	int i;

	for (i = 0; i < LINKS; i++)
		if (links[i] == link)
			return i;
	return -EPROTONOSUPPORT;
}

static bool is_readable(const char *expression, size_t length, uint16_t link)
{
	char *part = strndup(expression, length), ignored[512];
	struct cbpf program = { 0 };
	bool ok = part && !filter_compile(part, link, &program, ignored, sizeof(ignored));

	free(program.insns);
	free(part);
	return ok;
}

/* The length of the longest prefix of whole words that is a valid expression; 0: none. */
static size_t readable_length(const char *expression, uint16_t link)
{
	size_t length = strlen(expression);

	while (length) {
		while (length && !isspace((unsigned char)expression[length - 1]))
			length--;
		while (length && isspace((unsigned char)expression[length - 1]))
			length--;
		if (length && is_readable(expression, length, link))
			break;
	}
	return length;
}

/* libpcap quotes a word that it does not know. For a syntax error it gives no position. */
static const char *named_word(const char *expression, const char *why)
{
	const char *quote = strchr(why, '\''), *end = quote ? strchr(quote + 1, '\'') : NULL;
	const char *found = NULL;
	char *word;

	if (!end || end == quote + 1)
		return NULL;
	word = strndup(quote + 1, (size_t)(end - quote) - 1);
	if (word)
		found = strstr(expression, word);
	free(word);
	return found;
}

static void add_position(const char *expression, uint16_t link, char *why, size_t size)
{
	const char *word = named_word(expression, why);
	size_t used = strlen(why), length;

	if (word) {
		snprintf(why + used, size - used, " (at character %zu)", (size_t)(word - expression) + 1);
		return;
	}
	if (!strstr(why, "syntax error"))
		return;
	length = readable_length(expression, link);
	if (length)
		snprintf(why + used, size - used, " (after character %zu: \"%.*s\" is understood)", length, (int)length,
			 expression);
	else
		snprintf(why + used, size - used, " (from character 1 on)");
}

static int check_program(const struct cbpf *program, char *why, size_t size)
{
	int err = cbpf_check(program);

	if (err == -ELOOP) {
		snprintf(why, size,
			 "protochain needs a loop, which filters in the kernel cannot have: name the header with proto");
		return -EOPNOTSUPP;
	}
	if (err)
		snprintf(why, size, "libpcap compiled it to an unknown instruction");
	return err;
}

int filter_prepare(struct filter *f, uint16_t link, char *why, size_t size)
{
	int at = index_of(link), err;
	struct cbpf program = { 0 };

	if (at < 0) {
		snprintf(why, size, "link type %u is unknown", link);
		return at;
	}
	if (f->programs[at].n)
		return 0;
	err = filter_compile(f->expression, link, &program, why, size);
	if (err == -EINVAL)
		add_position(f->expression, link, why, size);
	if (!err)
		err = check_program(&program, why, size);
	if (err)
		free(program.insns);
	else
		f->programs[at] = program;
	return err;
}

int filter_prepare_replay(struct filter *f, uint16_t link, char *why, size_t size)
{
	int err = filter_prepare(f, link, why, size);

	if (err || !cbpf_is_live(&f->programs[index_of(link)]))
		return err;
	snprintf(why, size, "inbound, outbound and ifindex are not supported on captures of this link type");
	return -EOPNOTSUPP;
}

bool filter_matches(const struct filter *f, uint16_t link, const uint8_t *data, uint32_t len, uint32_t wire_len)
{
	return cbpf_matches(&f->programs[index_of(link)], data, len, wire_len);
}

static int translation_failed(int err, char *why, size_t size)
{
	if (err == -EOPNOTSUPP)
		snprintf(why, size, "it needs packet metadata that this hook does not have");
	else if (err == -E2BIG)
		snprintf(why, size, "it is too long: a jump exceeds the range of BPF");
	else
		snprintf(why, size, "out of memory");
	return err;
}

static int patch_one(const struct cbpf *program, const struct place *place, struct image *image, char *why, size_t size)
{
	struct bpf_insn *insns;
	uint32_t n;
	int err = cbpf_translate(program, &place->target, &insns, &n);

	if (err)
		return translation_failed(err, why, size);
	err = stub_replace(image, place->function, insns, n);
	free(insns);
	if (err && err != -ENOENT)
		snprintf(why, size, "%s",
			 err == -ENOMEM ? "out of memory"
					: "the filter cannot be put into this object file: it is not a valid BPF ELF object");
	return err;
}

/* An expression may need a link layer ("ether host ..."). Without one it matches no packet. */
static int patch_place(struct filter *f, const struct place *place, struct image *image, char *why, size_t size)
{
	struct cbpf_insn nothing = { .code = 6 /* BPF_RET | BPF_K */ };
	struct cbpf reject = { &nothing, 1 };
	uint16_t link = place->target.ethernet ? LINK_ETHERNET : LINK_RAW;
	int err = filter_prepare(f, link, why, size);

	if (err == -EINVAL && link == LINK_RAW)
		return patch_one(&reject, place, image, why, size);
	return err ? err : patch_one(&f->programs[index_of(link)], place, image, why, size);
}

/* Whether programs of these kinds call the function of `place`, which is changed to what they may do. */
static bool is_called(struct place *place, unsigned int programs)
{
	if (place->target.context == CBPF_XDP)
		return programs & FILTER_XDP;
	if (!(programs & FILTER_SKB))
		place->target.context = CBPF_TC;
	return programs & (FILTER_TC | FILTER_SKB);
}

int filter_patch(struct filter *f, struct image *image, unsigned int programs, char *why, size_t size)
{
	int i, err, patched = 0;
	struct place place;

	for (i = 0; i < PLACES; i++) {
		place = places[i];
		err = is_called(&place, programs) ? patch_place(f, &place, image, why, size) : -ENOENT;
		if (err && err != -ENOENT)
			return err;
		patched += !err;
	}
	return patched ? 0 : -ENOENT;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Filters without a kernel: what is accepted, what is refused, in which words, and how an object gets its new function. */
#include "filter.h"

#include <ebpfinspect/ebpfinspect.h>
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbpf_translate.h"
#include "frames.h"
#include "inspector.h"
#include "runner.h"

#define PROGRAM(...)                                                                                                           \
	((struct cbpf){ (struct cbpf_insn[]){ __VA_ARGS__ },                                                                   \
			sizeof((struct cbpf_insn[]){ __VA_ARGS__ }) / sizeof(struct cbpf_insn) })

static const struct cbpf_insn yes = { BPF_RET | BPF_K, 0, 0, 1 };

START_TEST(refuses_programs_that_are_not_sound)
{
	const struct cbpf unsound[] = {
		{ NULL, 0 },
		PROGRAM({ BPF_LD | BPF_B | BPF_ABS, 0, 0, 0 }),
		PROGRAM({ 0xff, 0, 0, 0 }, yes),
		PROGRAM({ BPF_RET | BPF_X, 0, 0, 0 }),
		PROGRAM({ BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 }, yes),
		PROGRAM({ BPF_ALU | BPF_MOD | BPF_K, 0, 0, 0 }, yes),
		PROGRAM({ BPF_ST, 0, 0, 16 }, yes),
		PROGRAM({ BPF_LDX | BPF_MEM, 0, 0, 16 }, yes),
		PROGRAM({ BPF_JMP | BPF_JA, 0, 0, 1 }, yes),
		PROGRAM({ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0 }, yes),
		PROGRAM({ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0 }, yes),
	};
	size_t i;

	for (i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++)
		ck_assert_msg(cbpf_check(&unsound[i]) == -EINVAL, "program %zu", i);
	ck_assert_int_eq(cbpf_check(&PROGRAM({ BPF_JMP | BPF_JA, 0, 0, 0xffffffff }, yes)), -ELOOP);
	ck_assert_int_eq(cbpf_check(&PROGRAM(yes)), 0);
}
END_TEST

/* SKF_AD_HATYPE, the hardware type, is nothing that a program of ours can find out. */
START_TEST(translates_questions_that_the_hook_can_answer)
{
	struct cbpf_target xdp = { CBPF_XDP, true }, skb = { CBPF_SKB, true };
	struct cbpf mark = PROGRAM({ BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_MARK }, yes);
	struct cbpf type = PROGRAM({ BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_HATYPE }, yes);
	struct bpf_insn *insns;
	uint32_t n;

	ck_assert(cbpf_is_live(&mark));
	ck_assert_int_eq(cbpf_translate(&mark, &skb, &insns, &n), 0);
	free(insns);
	ck_assert_int_eq(cbpf_translate(&mark, &xdp, &insns, &n), -EOPNOTSUPP);
	ck_assert_int_eq(cbpf_translate(&type, &skb, &insns, &n), -EOPNOTSUPP);
}
END_TEST

static void refuses(const char *expression, uint16_t link, int err, const char *words)
{
	struct filter *f = filter_new(expression);
	char why[512] = "";

	ck_assert_int_eq(filter_prepare(f, link, why, sizeof(why)), err);
	ck_assert_msg(strstr(why, words), "%s: %s", expression, why);
	filter_free(f);
}

START_TEST(says_where_an_expression_is_wrong)
{
	refuses("tcp port 80 and (", L_ETHERNET, -EINVAL, "(after character 11: \"tcp port 80\" is understood)");
	refuses("prot 80", L_ETHERNET, -EINVAL, "(from character 1 on)");
	refuses("tcp or udp port nonsense", L_ETHERNET, -EINVAL, "unknown port 'nonsense' (at character 17)");
	refuses("ip6 protochain 6", L_ETHERNET, -EOPNOTSUPP, "protochain");
	refuses("vlan 5", L_RAW, -EINVAL, "VLAN");
	refuses("tcp", 147, -EPROTONOSUPPORT, "147");
}
END_TEST

static struct image whole_object(void)
{
	const struct inspector *packet = inspector_named("packet");
	struct image image = { 0 };
	const void *bytes = packet->object(&image.size);

	image.bytes = malloc(image.size);
	memcpy(image.bytes, bytes, image.size);
	return image;
}

static int patch(struct image *image)
{
	struct filter *f = filter_new("udp port 53");
	char why[512];
	int err = filter_patch(f, image, FILTER_XDP | FILTER_SKB, why, sizeof(why));

	filter_free(f);
	return err;
}

/* Again, too, as a host's object that changes its filter. */
START_TEST(puts_a_filter_into_an_object_and_another_over_it)
{
	struct image image = whole_object();
	size_t size = image.size;

	ck_assert_int_eq(patch(&image), 0);
	ck_assert_uint_gt(image.size, size);
	size = image.size;
	ck_assert_int_eq(patch(&image), 0);
	ck_assert_uint_gt(image.size, size);
	free(image.bytes);
}
END_TEST

/* Each prefix is refused or, where only what follows the sections is missing, taken; none is read beyond its end. */
START_TEST(takes_no_object_that_is_cut_off)
{
	struct image whole = whole_object(), cut;
	size_t size;

	for (size = 0; size < whole.size; size += size < 4096 ? 1 : 61) {
		cut = (struct image){ malloc(size + 1), size };
		memcpy(cut.bytes, whole.bytes, size);
		ck_assert_int_lt(patch(&cut), 0);
		ck_assert_uint_eq(cut.size, size);
		free(cut.bytes);
	}
	free(whole.bytes);
}
END_TEST

/* Whatever its bytes say, the object's memory is not left. */
START_TEST(survives_objects_with_wrong_bytes)
{
	struct image whole = whole_object(), bad;
	uint64_t seed = 5;
	size_t i, at;

	for (i = 0; i < 20000; i++) {
		bad = (struct image){ malloc(whole.size), whole.size };
		memcpy(bad.bytes, whole.bytes, whole.size);
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		at = i % 2 ? (seed >> 33) % whole.size : ((Elf64_Ehdr *)whole.bytes)->e_shoff + (seed >> 33) % 1600;
		if (i % 4 == 0)
			at = (seed >> 33) % sizeof(Elf64_Ehdr);
		bad.bytes[at < whole.size ? at : whole.size - 1] ^= (uint8_t)(1 << (seed >> 61)) | (uint8_t)(seed >> 40);
		patch(&bad);
		free(bad.bytes);
	}
	free(whole.bytes);
}
END_TEST

static bool matches(const char *expression, const struct frame *frame)
{
	struct filter *f = filter_new(expression);
	char why[512];
	bool yes_or_no;

	ck_assert_msg(!filter_prepare_replay(f, frame->link, why, sizeof(why)), "%s: %s", expression, why);
	yes_or_no = filter_matches(f, frame->link, frame->bytes, (uint32_t)frame->size, (uint32_t)frame->size);
	filter_free(f);
	return yes_or_no;
}

START_TEST(matches_on_every_link_type)
{
	const struct frame *const frames[] = { &udp, &raw_v4, &null_v4, &loop_v4, &sll_v4, &sll2_v6 };
	size_t i;

	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		ck_assert_msg(matches("udp port 53", frames[i]), "%s", frames[i]->name);
		ck_assert_msg(!matches("tcp or udp port 54", frames[i]), "%s", frames[i]->name);
	}
	ck_assert(matches("vlan 100 or vlan", &tagged));
	ck_assert(!matches("ip and arp", &udp));
}
END_TEST

START_TEST(captures_do_not_know_directions)
{
	struct filter *f = filter_new("inbound");
	char why[512];

	ck_assert_int_eq(filter_prepare(f, L_ETHERNET, why, sizeof(why)), 0);
	ck_assert_int_eq(filter_prepare_replay(f, L_ETHERNET, why, sizeof(why)), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(why, "inbound"));
	filter_free(f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		refuses_programs_that_are_not_sound, translates_questions_that_the_hook_can_answer,
		says_where_an_expression_is_wrong,   puts_a_filter_into_an_object_and_another_over_it,
		takes_no_object_that_is_cut_off,     survives_objects_with_wrong_bytes,
		matches_on_every_link_type,          captures_do_not_know_directions,
	};

	return RUN_TESTS("filter", NULL, tests);
}

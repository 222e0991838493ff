/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Filters without a kernel: valid and invalid expressions, error messages, and patching of objects. */
#include "filter.h"

#include <ebpfinspect/ebpfinspect.h>
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbpf_translate.h"
#include "filter_compile.h"
#include "frames.h"
#include "inspector.h"
#include "runner.h"

#define PROGRAM(...)                                                                                                           \
	((struct cbpf){ (struct cbpf_insn[]){ __VA_ARGS__ },                                                                   \
			sizeof((struct cbpf_insn[]){ __VA_ARGS__ }) / sizeof(struct cbpf_insn) })

static const struct cbpf_insn yes = { BPF_RET | BPF_K, 0, 0, 1 };

START_TEST(invalid_programs_are_refused)
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

/* SKF_AD_HATYPE, the hardware type, is not available to XDP and tc programs. */
START_TEST(ancillary_loads_are_translated_if_the_hook_supports_them)
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

static void assert_refused(const char *expression, uint16_t link, int err, const char *words)
{
	struct filter *f = filter_new(expression);
	char why[512] = "";

	ck_assert_int_eq(filter_prepare(f, link, why, sizeof(why)), err);
	ck_assert_msg(strstr(why, words), "%s: %s", expression, why);
	filter_free(f);
}

START_TEST(error_gives_the_position_in_the_expression)
{
	assert_refused("tcp port 80 and (", L_ETHERNET, -EINVAL, "(after character 11: \"tcp port 80\" is understood)");
	assert_refused("prot 80", L_ETHERNET, -EINVAL, "(from character 1 on)");
	assert_refused("tcp or udp port nonsense", L_ETHERNET, -EINVAL, "unknown port 'nonsense' (at character 17)");
	assert_refused("ip6 protochain 6", L_ETHERNET, -EOPNOTSUPP, "protochain");
	assert_refused("vlan 5", L_RAW, -EINVAL, "VLAN");
	assert_refused("tcp", 147, -EPROTONOSUPPORT, "147");
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
	int err = filter_patch(f, image, FILTER_XDP | FILTER_TC, why, sizeof(why));

	filter_free(f);
	return err;
}

/* Patches twice, as a host does that changes its filter. */
START_TEST(filter_is_put_into_an_object_and_replaced)
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

/* Each prefix is refused, or accepted if it has all sections. No read goes past its end. */
START_TEST(cut_object_is_refused)
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

/* No content makes the code access memory outside the object. */
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

START_TEST(direction_is_refused_for_captures)
{
	struct filter *f = filter_new("inbound");
	char why[512];

	ck_assert_int_eq(filter_prepare(f, L_ETHERNET, why, sizeof(why)), 0);
	ck_assert_int_eq(filter_prepare_replay(f, L_ETHERNET, why, sizeof(why)), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(why, "inbound"));
	filter_free(f);
}
END_TEST

START_TEST(link_types_of_files_have_the_names_of_tcpdump)
{
	ck_assert_str_eq(filter_link_name(1), "EN10MB");
	ck_assert_str_eq(filter_link_name(9), "PPP");
	ck_assert_str_eq(filter_link_name(100), "ATM_RFC1483");
	ck_assert_str_eq(filter_link_name(104), "C_HDLC");
	ck_assert_str_eq(filter_link_name(147), "unknown");
	ck_assert_str_eq(filter_link_name(UINT32_MAX), "unknown");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		invalid_programs_are_refused,
		ancillary_loads_are_translated_if_the_hook_supports_them,
		error_gives_the_position_in_the_expression,
		filter_is_put_into_an_object_and_replaced,
		cut_object_is_refused,
		survives_objects_with_wrong_bytes,
		matches_on_every_link_type,
		direction_is_refused_for_captures,
		link_types_of_files_have_the_names_of_tcpdump,
	};

	return RUN_TESTS("filter", NULL, tests);
}

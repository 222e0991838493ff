/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Random classic BPF programs from a fixed seed that libpcap's bpf_validate() accepts. libpcap's bpf_filter(), our interpreter
 * and our translations in the kernel agree on all of them. The kernel's SO_ATTACH_FILTER agrees on the tame ones: it
 * shifts by X modulo 32 and lets X plus an offset wrap around.
 */
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"
#include "runner.h"
#include "verdicts.h"

enum { ROUNDS = 24, INSNS_MAX = 48, PACKETS = 400, SCRATCH = 4 };

struct writer {
	uint64_t seed;
	struct cbpf_insn insns[INSNS_MAX + 16];
	uint32_t n, end;             /* end: the first return */
	bool tame;                   /* nothing that SO_ATTACH_FILTER does differently */
	bool inside[INSNS_MAX + 16]; /* needs the instruction before it to be tame */
};

static uint32_t below(struct writer *w, uint32_t n)
{
	return random_next(&w->seed) % n;
}

static void write_insn(struct writer *w, uint16_t code, uint32_t k)
{
	w->insns[w->n++] = (struct cbpf_insn){ .code = code, .k = k };
}

static uint32_t some_offset(struct writer *w)
{
	static const uint32_t often[] = { 0,  6,  9,  10, 11, 12, 13, 14, 15, 16, 17, 20, 23,
					  26, 30, 34, 36, 47, 54, 90, 93, 95, 96, 97, 200 };

	if (!w->tame && below(w, 12) == 0)
		return below(w, 2) ? 0x7fffffff - below(w, 8) : 0x80000000 + below(w, 1000);
	return below(w, 3) ? often[below(w, sizeof(often) / sizeof(often[0]))] : below(w, 120);
}

static uint32_t some_constant(struct writer *w)
{
	static const uint32_t often[] = {
		0, 1, 2, 6, 15, 16, 31, 32, 33, 255, 0x800, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff
	};

	return below(w, 2) ? often[below(w, sizeof(often) / sizeof(often[0]))] : random_next(&w->seed) * 2 + 1;
}

static void write_load(struct writer *w)
{
	static const uint16_t sizes[] = { BPF_W, BPF_H, BPF_B };
	uint16_t size = sizes[below(w, 3)];

	switch (below(w, 8)) {
	case 0:
	case 1:
	case 2:
		write_insn(w, BPF_LD | BPF_ABS | size, some_offset(w));
		break;
	case 3:
		if (w->tame || below(w, 2)) {
			write_insn(w, BPF_ALU | BPF_AND | BPF_K, below(w, 2) ? 15 : 127);
			w->inside[w->n] = true;
			write_insn(w, BPF_MISC | BPF_TAX, 0);
			w->inside[w->n] = true;
		}
		write_insn(w, BPF_LD | BPF_IND | size, below(w, 3) ? below(w, 24) : some_offset(w));
		break;
	case 4:
		write_insn(w, BPF_LDX | BPF_B | BPF_MSH, some_offset(w));
		break;
	case 5:
		write_insn(w, below(w, 2) ? BPF_LD | BPF_IMM : BPF_LDX | BPF_IMM, some_constant(w));
		break;
	case 6:
		write_insn(w, below(w, 2) ? BPF_LD | BPF_MEM : BPF_LDX | BPF_MEM, below(w, SCRATCH));
		break;
	default:
		write_insn(w, below(w, 2) ? BPF_LD | BPF_W | BPF_LEN : BPF_LDX | BPF_W | BPF_LEN, 0);
	}
}

/* A constant shift by 32 or more is undefined in libpcap. */
static void write_alu(struct writer *w)
{
	static const uint16_t ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_OR,
					BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG };
	uint16_t op = ops[below(w, sizeof(ops) / sizeof(ops[0]))];
	bool shifts = op == BPF_LSH || op == BPF_RSH;
	uint32_t k = some_constant(w);

	if (op == BPF_NEG) {
		write_insn(w, BPF_ALU | BPF_NEG, 0);
	} else if (below(w, 2)) {
		k = (op == BPF_DIV || op == BPF_MOD) && !k ? 7 : k;
		write_insn(w, BPF_ALU | op | BPF_K, shifts ? k % 32 : k);
	} else {
		if (shifts && w->tame) {
			write_insn(w, BPF_LDX | BPF_IMM, k % 32);
			w->inside[w->n] = true;
		}
		write_insn(w, BPF_ALU | op | BPF_X, 0);
	}
}

static void write_other(struct writer *w)
{
	switch (below(w, 4)) {
	case 0:
		write_insn(w, BPF_ST, below(w, SCRATCH));
		break;
	case 1:
		write_insn(w, BPF_STX, below(w, SCRATCH));
		break;
	case 2:
		write_insn(w, BPF_MISC | BPF_TAX, 0);
		break;
	default:
		write_insn(w, BPF_MISC | BPF_TXA, 0);
	}
}

static uint32_t some_target(struct writer *w)
{
	uint32_t left = w->end - w->n - 1;

	return below(w, 3) ? below(w, left < 6 ? left : 6) : below(w, left);
}

static void write_jump(struct writer *w)
{
	static const uint16_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	struct cbpf_insn i = { .code = BPF_JMP | ops[below(w, 4)] | (below(w, 3) ? BPF_K : BPF_X), .k = some_constant(w) };

	i.jt = (uint8_t)some_target(w);
	i.jf = (uint8_t)some_target(w);
	if (BPF_SRC(i.code) == BPF_X)
		i.k = 0;
	if (below(w, 8) == 0)
		i = (struct cbpf_insn){ .code = BPF_JMP | BPF_JA, .k = some_target(w) };
	w->insns[w->n++] = i;
}

static uint32_t not_inside(const struct writer *w, uint32_t at, uint32_t over)
{
	while (w->inside[at + 1 + over])
		over++;
	return over;
}

static void straighten_jumps(struct writer *w)
{
	struct cbpf_insn *i;

	for (i = w->insns; i < w->insns + w->n; i++) {
		if (BPF_CLASS(i->code) != BPF_JMP)
			continue;
		i->jt = (uint8_t)not_inside(w, (uint32_t)(i - w->insns), i->jt);
		i->jf = (uint8_t)not_inside(w, (uint32_t)(i - w->insns), i->jf);
		if (i->code == (BPF_JMP | BPF_JA))
			i->k = not_inside(w, (uint32_t)(i - w->insns), i->k);
	}
}

/* The kernel requires a write to scratch memory before a read. */
static void write_program(struct writer *w)
{
	uint32_t body = 4 + below(w, INSNS_MAX - 20), i;

	w->n = 0;
	for (i = 0; i < SCRATCH; i++)
		write_insn(w, BPF_ST, i);
	w->end = w->n + body + 3;
	while (w->n < w->end - 4)
		switch (below(w, 8)) {
		case 0:
		case 1:
		case 2:
			write_load(w);
			break;
		case 3:
		case 4:
			write_alu(w);
			break;
		case 5:
			write_other(w);
			break;
		default:
			write_jump(w);
		}
	while (w->n < w->end - 1)
		write_insn(w, BPF_RET | (below(w, 2) ? BPF_A : BPF_K), below(w, 2) ? 262144 : 0);
	write_insn(w, BPF_RET | BPF_K, 262144);
	straighten_jumps(w);
}

struct batch {
	uint32_t n;
	bool tame;
	struct writer writers[BATCH_MAX];
	struct cbpf programs[BATCH_MAX];
	struct socket_filter sockets[BATCH_MAX];
	int xdp, tc, skb;
};

static void write_batch(struct batch *b, uint64_t seed)
{
	struct cbpf program;

	while (b->n < BATCH_MAX) {
		b->writers[b->n] = (struct writer){ .seed = seed++ * 1000003, .tame = b->tame };
		write_program(&b->writers[b->n]);
		program = (struct cbpf){ b->writers[b->n].insns, b->writers[b->n].n };
		if (!oracle_validates(&program))
			continue;
		ck_assert_int_eq(cbpf_check(&program), 0);
		if (b->tame)
			ck_assert(socket_filter_open(&b->sockets[b->n], &program));
		b->programs[b->n++] = program;
	}
}

static void expect(const struct packet *p, uint32_t round, uint32_t i, const char *who, bool expected, bool got)
{
	if (expected != got)
		ck_abort_msg("program %u of round %u, %s packet %u (%u bytes): libpcap says %d, %s %d", i, round, p->file,
			     p->number, p->len, expected, who, got);
}

static void compare(const struct batch *b, const struct packet *p, uint32_t round)
{
	uint32_t i, xdp = 0, tc = 0, skb = 0;
	bool at_xdp = b->xdp >= 0 && p->len >= 14 && verdicts_run(b->xdp, p, &xdp);
	bool at_tc = b->tc >= 0 && verdicts_run(b->tc, p, &tc) && verdicts_run(b->skb, p, &skb), expected;

	for (i = 0; i < b->n; i++) {
		expected = oracle_runs(&b->programs[i], p);
		expect(p, round, i, "our interpreter", expected, cbpf_matches(&b->programs[i], p->data, p->len, p->len));
		if (b->tame)
			expect(p, round, i, "SO_ATTACH_FILTER", expected, socket_filter_matches(&b->sockets[i], p));
		if (at_xdp)
			expect(p, round, i, "XDP", expected, xdp >> i & 1);
		if (at_tc)
			expect(p, round, i, "tc", expected, tc >> i & 1);
		if (at_tc)
			expect(p, round, i, "a socket filter", expected, skb >> i & 1);
	}
}

/* Every n-th Ethernet packet, with a different start per round. */
static void compare_all(const struct batch *b, uint32_t round)
{
	size_t i, count = 0, step;
	const struct packet *p;

	while (packet_at(count))
		count++;
	step = count / PACKETS + 1;
	for (i = round % step; (p = packet_at(i)); i += step)
		if (p->link == 1)
			compare(b, p, round);
}

static void run_round(uint32_t round, bool tame)
{
	static struct batch b;
	struct cbpf_target xdp = { CBPF_XDP, true }, tc = { CBPF_TC, true }, skb = { CBPF_SKB, true };

	b = (struct batch){ .tame = tame, .xdp = -1, .tc = -1, .skb = -1 };
	write_batch(&b, round * 7919 + tame);
	if (!geteuid()) {
		b.xdp = verdicts_load(b.programs, b.n, &xdp);
		b.tc = verdicts_load(b.programs, b.n, &tc);
		b.skb = verdicts_load(b.programs, b.n, &skb);
	}
	compare_all(&b, round);
}

START_TEST(random_programs_mean_the_same_everywhere)
{
	run_round((uint32_t)_i, true);
}
END_TEST

START_TEST(random_programs_with_wide_shifts_and_far_offsets_mean_what_libpcap_means)
{
	run_round((uint32_t)_i, false);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		random_programs_mean_the_same_everywhere,
		random_programs_with_wide_shifts_and_far_offsets_mean_what_libpcap_means,
	};
	const char *stride = getenv("EBPFI_FILTER_STRIDE");

	packets_load(stride ? (unsigned int)atoi(stride) : 1);
	return RUN_LOOPS("filter_random", NULL, tests, ROUNDS);
}

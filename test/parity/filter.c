/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For each expression of test/filter/expressions.txt and each packet these must agree: libpcap's pcap_offline_filter(), the
 * kernel's SO_ATTACH_FILTER, our translations in the kernel for XDP, tc and sockets, and our interpreter. The wire length is the captured
 * length, because the kernel has no other. The interpreter also runs with the true wire length. EBPFI_FILTER_STRIDE=N uses
 * only each N-th packet (virtual machines).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expressions.h"
#include "filter_compile.h"
#include "oracle.h"
#include "runner.h"
#include "verdicts.h"

enum { EXPRESSIONS_LEAST = 400, ETHERNET = 1 };

/* Up to 32 expressions for one link type, on every side. */
struct batch {
	uint16_t link;
	int n;
	const char *expressions[BATCH_MAX];
	struct oracle *oracles[BATCH_MAX];
	struct cbpf programs[BATCH_MAX];
	struct socket_filter sockets[BATCH_MAX];
	uint32_t no_socket;            /* bit mask of expressions with a known different result in the kernel */
	int xdp, tc, skb;              /* -1: not run */
	unsigned int packets, refused; /* by tc, which requires complete headers */
};

static void add_socket(struct batch *b, const char *expression, bool wanted)
{
	if (!wanted)
		b->no_socket |= 1U << b->n;
	else
		ck_assert_msg(socket_filter_open(&b->sockets[b->n], &b->programs[b->n]), "%s: the kernel refuses it",
			      expression);
}

static void add(struct batch *b, int index)
{
	const char *expression = expression_at(index);
	const char *words = "";
	char why[512] = "";
	struct oracle *oracle = oracle_new(expression, b->link, &words);
	int err = filter_compile(expression, b->link, &b->programs[b->n], why, sizeof(why));

	ck_assert_msg(!err == !!oracle, "%s: libpcap says \"%s\", we \"%s\"", expression, words, why);
	if (!oracle)
		return;
	ck_assert_int_eq(cbpf_check(&b->programs[b->n]), 0);
	add_socket(b, expression, !expression_is_special(index));
	b->expressions[b->n] = expression;
	b->oracles[b->n++] = oracle;
}

/* XDP reads only bytes, so it runs on any link type. tc itself reads an Ethernet header. */
static void load(struct batch *b)
{
	struct cbpf_target xdp = { CBPF_XDP, b->link == ETHERNET }, tc = { CBPF_TC, true };
	struct cbpf_target skb = { CBPF_SKB, true };

	b->xdp = b->tc = b->skb = -1;
	if (!b->n || geteuid())
		return;
	b->xdp = verdicts_load(b->programs, (uint32_t)b->n, &xdp);
	if (b->link != ETHERNET)
		return;
	b->tc = verdicts_load(b->programs, (uint32_t)b->n, &tc);
	b->skb = verdicts_load(b->programs, (uint32_t)b->n, &skb);
}

static void open_batch(struct batch *b, uint16_t link, int first)
{
	int i;

	memset(b, 0, sizeof(*b));
	b->link = link;
	for (i = first; i < first + BATCH_MAX && expression_at(i); i++)
		add(b, i);
	load(b);
}

static void close_batch(struct batch *b)
{
	int i;

	for (i = 0; i < b->n; i++) {
		oracle_free(b->oracles[i]);
		free(b->programs[i].insns);
		if (!(b->no_socket >> i & 1))
			socket_filter_close(&b->sockets[i]);
	}
	if (b->xdp >= 0)
		close(b->xdp);
	if (b->tc >= 0)
		close(b->tc);
	if (b->skb >= 0)
		close(b->skb);
}

/* Check writes to a file for each assertion, even a true one: avoid millions of them. */
static void agree(const struct batch *b, const struct packet *p, const char *who, uint32_t expected, uint32_t got)
{
	int i = 0;

	if (expected == got)
		return;
	while (((expected ^ got) >> i & 1) == 0)
		i++;
	ck_abort_msg("\"%s\", link type %u, %s packet %u (%u bytes): libpcap says %u, %s %u", b->expressions[i], p->link,
		     p->file, p->number, p->len, expected >> i & 1, who, got >> i & 1);
}

static uint32_t ask_oracle(const struct batch *b, const struct packet *p, uint32_t wire_len)
{
	uint32_t bits = 0;
	int i;

	for (i = 0; i < b->n; i++)
		bits |= (uint32_t)oracle_matches(b->oracles[i], p, wire_len) << i;
	return bits;
}

static uint32_t ask_native(const struct batch *b, const struct packet *p, uint32_t wire_len)
{
	uint32_t bits = 0;
	int i;

	for (i = 0; i < b->n; i++)
		bits |= (uint32_t)cbpf_matches(&b->programs[i], p->data, p->len, wire_len) << i;
	return bits;
}

/* `others` has the results for expressions that the kernel does not run. */
static uint32_t ask_sockets(const struct batch *b, const struct packet *p, uint32_t others)
{
	uint32_t bits = others & b->no_socket;
	int i;

	for (i = 0; i < b->n; i++)
		if (!(b->no_socket >> i & 1))
			bits |= (uint32_t)socket_filter_matches(&b->sockets[i], p) << i;
	return bits;
}

static void compare(struct batch *b, const struct packet *p)
{
	uint32_t expected = ask_oracle(b, p, p->len), whole = ask_oracle(b, p, p->wire_len), bits;

	b->packets++;
	agree(b, p, "our interpreter", expected, ask_native(b, p, p->len));
	agree(b, p, "our interpreter, of a cut packet,", whole, ask_native(b, p, p->wire_len));
	agree(b, p, "SO_ATTACH_FILTER", expected, ask_sockets(b, p, expected));
	if (b->xdp >= 0 && p->len >= 14) {
		if (!verdicts_run(b->xdp, p, &bits))
			ck_abort_msg("XDP takes no packet of %u bytes", p->len);
		agree(b, p, "XDP", expected, bits);
	}
	if (b->tc < 0)
		return;
	if (!verdicts_run(b->tc, p, &bits)) {
		b->refused++;
		return;
	}
	agree(b, p, "tc", expected, bits);
	if (!verdicts_run(b->skb, p, &bits))
		ck_abort_msg("tc takes %s packet %u only once", p->file, p->number);
	agree(b, p, "a socket filter", expected, bits);
}

static void compare_link(uint16_t link, int first)
{
	const struct packet *p;
	struct batch b;
	size_t i;

	open_batch(&b, link, first);
	for (i = 0; b.n && (p = packet_at(i)); i++)
		if (p->link == link)
			compare(&b, p);
	ck_assert_msg(b.tc < 0 || b.refused * 10 < b.packets, "tc took %u of %u packets only", b.packets - b.refused,
		      b.packets);
	close_batch(&b);
}

START_TEST(expressions_mean_the_same_everywhere_on_ethernet)
{
	compare_link(ETHERNET, _i * BATCH_MAX);
}
END_TEST

START_TEST(expressions_mean_the_same_everywhere_on_other_links)
{
	static const uint16_t links[] = { 0, 101, 108, 113, 276 };
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		compare_link(links[i], _i * BATCH_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		expressions_mean_the_same_everywhere_on_ethernet,
		expressions_mean_the_same_everywhere_on_other_links,
	};
	const char *stride = getenv("EBPFI_FILTER_STRIDE");
	int expression_count = expressions_read(1);

	if (expression_count < EXPRESSIONS_LEAST)
		return fprintf(stderr, "%d expressions only\n", expression_count), 1;
	packets_load(stride ? (unsigned int)atoi(stride) : 1);
	if (geteuid())
		printf("Not root: XDP and tc are not asked.\n");
	return RUN_LOOPS("filter", NULL, tests, (expression_count + BATCH_MAX - 1) / BATCH_MAX);
}

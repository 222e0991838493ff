/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * VLAN tags that the kernel removed from the packet: with each expression of test/filter/expressions.txt, an inspector at tc and on
 * a socket matches as pcap_offline_filter() does on the frame as sent. EBPFI_FILTER_STRIDE=N uses only each N-th expression.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "expressions.h"
#include "lab.h"
#include "ledger.h"
#include "oracle.h"
#include "runner.h"

enum { FRAMES = 24, EXPRESSIONS = 32, MTU = 1500 };

static const struct packet *frames[FRAMES];
static int sender; /* one socket for all frames: closing a socket waits for all CPUs */

/* Has a tag that the kernel removes: IEEE 802.1Q or 802.1ad. */
static bool is_tagged(const struct packet *p)
{
	uint16_t type = p->len >= 18 ? (uint16_t)(p->data[12] << 8 | p->data[13]) : 0;

	return p->link == 1 && p->len <= MTU && (type == 0x8100 || type == 0x88a8);
}

/* Every n-th frame, to include captured and generated ones. */
static void choose_frames(void)
{
	const struct packet *p;
	size_t i, tagged = 0, n = 0;

	for (i = 0; (p = packet_at(i)); i++)
		tagged += is_tagged(p);
	ck_assert_uint_ge(tagged, FRAMES);
	for (i = tagged = 0; n < FRAMES && (p = packet_at(i)); i++)
		if (is_tagged(p) && tagged++ % 37 == 0)
			frames[n++] = p;
	ck_assert_uint_eq(n, FRAMES);
}

static bool is_refused(struct ebpfi *s, const struct packet *p)
{
	struct ebpfi_ledger before = ledger_of(s), after;

	if (send(sender, p->data, p->len, 0) != (ssize_t)p->len)
		ck_abort_msg("%s packet %u cannot be sent", p->file, p->number);
	after = ledger_after(s, ledger_sum(&before) + 1);
	ebpfi_poll(s, 0);
	return after.filtered != before.filtered;
}

static void compare(struct ebpfi *s, const char *expression)
{
	const char *words = "";
	struct oracle *oracle = oracle_new(expression, 1, &words);
	size_t i;

	ck_assert_msg(!ebpfi_set_filter(s, "packet", expression), "%s", ebpfi_errmsg(s));
	for (i = 0; i < FRAMES; i++)
		if (is_refused(s, frames[i]) == oracle_matches(oracle, frames[i], frames[i]->len))
			ck_abort_msg("\"%s\", %s packet %u: libpcap says %d", expression, frames[i]->file, frames[i]->number,
				     oracle_matches(oracle, frames[i], frames[i]->len));
	oracle_free(oracle);
}

static int note_tag(void *ctx, const struct ebpfi_event *event)
{
	*(unsigned int *)ctx += ((const struct ebpfi_packet *)event)->flags & EBPFI_PACKET_TAG_OFFLOADED ? 1 : 0;
	return 0;
}

static void open_sender(const char *interface)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };

	sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(sender, (struct sockaddr *)&to, sizeof(to)), 0);
}

/* First without a filter, to check that the tags are not in the packets. */
static void compare_at(enum ebpfi_hook hook, int first)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };
	unsigned int i, offloaded = 0;
	struct ebpfi *s = ebpfi_new(note_tag, &offloaded, NULL);
	int at;

	choose_frames();
	lab_veth("veth0", "veth1");
	open_sender("veth0");
	ck_assert_msg(ebpfi_attach(s, "packet", "veth1", &opts) > 0, "%s", ebpfi_errmsg(s));
	for (i = 0; i < FRAMES; i++)
		ck_assert(!is_refused(s, frames[i]));
	ck_assert_uint_eq(offloaded, FRAMES);
	for (at = first; at < first + EXPRESSIONS && expression_at(at); at++)
		compare(s, expression_at(at));
	ebpfi_free(s);
}

START_TEST(tags_match_at_tc_as_if_in_their_place)
{
	compare_at(EBPFI_HOOK_TC, _i * EXPRESSIONS);
}
END_TEST

START_TEST(tags_match_on_a_socket_as_if_in_their_place)
{
	compare_at(EBPFI_HOOK_SOCKET, _i * EXPRESSIONS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { tags_match_at_tc_as_if_in_their_place, tags_match_on_a_socket_as_if_in_their_place };
	const char *stride = getenv("EBPFI_FILTER_STRIDE");
	int n = expressions_read(stride ? atoi(stride) : 1);

	lab_require();
	packets_load(1);
	return run_tests("filter_tags", lab_setup, tests, 2, (n + EXPRESSIONS - 1) / EXPRESSIONS);
}

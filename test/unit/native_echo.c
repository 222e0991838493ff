/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A program that changes packets, natively: the source of test/kernel/echo.c. */
#define EBPFI_INSPECTOR echo
#include "../kernel/bpf/echo.bpf.c"

#include "native_run.h"
#include "runner.h"

static const uint8_t asked[] = {
	2,    0,    0, 0,  0, 2,  2, 0, 0,   0,   0,    1,    8,  0,                    /* Ethernet */
	0x45, 0,    0, 32, 0, 1,  0, 0, 64,  17,  0x66, 0xca, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
	0x30, 0x39, 0, 7,  0, 12, 0, 0, 'p', 'i', 'n',  'g',                            /* UDP 12345 > 7 */
};

static const uint8_t answer[] = {
	2,    0, 0,    0,    0, 1,  2, 0, 0,   0,   0,    2,    8,   0,                          /* Ethernet */
	0x45, 0, 0,    36,   0, 1,  0, 0, 64,  17,  0x66, 0xc6, 10,  0,   0,   2,   10, 0, 0, 1, /* IPv4 */
	0,    7, 0x30, 0x39, 0, 16, 0, 0, 'p', 'i', 'n',  'g',  'm', 'o', 'r', 'e',              /* UDP 7 > 12345 */
};

static unsigned int sent;

static void take(void *ctx, const void *record, size_t size)
{
	(void)ctx;
	(void)record;
	ck_abort_msg("a record of %zu bytes", size);
}

static void compare(void *ctx, const struct native_sent *s)
{
	(void)ctx;
	sent++;
	ck_assert_uint_eq(s->ifindex, 3);
	ck_assert_int_eq(s->clone, 0);
	ck_assert_uint_eq(s->len, sizeof(answer));
	ck_assert_mem_eq(s->data, answer, sizeof(answer));
}

/* A tunnel's outer header in front of the frame is not touched. */
static void run_at(uint32_t base, unsigned int port, int verdict)
{
	struct native_run *run = native_run_new(&native_echo, 0, take, NULL);
	uint8_t packet[64 + sizeof(asked)] = { 0 };
	struct pkt p = { .ctx = packet, .base = base, .len = sizeof(asked), .wire_len = sizeof(asked), .ifindex = 3 };
	uint8_t before[sizeof(packet)];

	memcpy(packet + base, asked, sizeof(asked));
	packet[base + 37] = (uint8_t)port;
	memcpy(before, packet, sizeof(before));
	native_run_set_send(run, compare);
	native_run_enter(run);
	ck_assert_int_eq(native_run_packet(run, &p, 1), verdict);
	native_run_leave(run);
	native_run_free(run);
	ck_assert_mem_eq(packet, before, sizeof(before));
}

START_TEST(changed_packet_is_sent_and_the_capture_stays_as_it_is)
{
	run_at(0, 7, EBPFI_VERDICT_REDIRECT);
	run_at(50, 7, EBPFI_VERDICT_REDIRECT);
	ck_assert_uint_eq(sent, 2);
}
END_TEST

START_TEST(other_packet_passes_unchanged)
{
	run_at(0, 53, EBPFI_VERDICT_PASS);
	ck_assert_uint_eq(sent, 0);
}
END_TEST

START_TEST(inspector_knows_the_hooks_that_it_names)
{
	ck_assert_uint_eq(native_echo.hooks, 1U << EBPFI_HOOK_XDP | 1U << EBPFI_HOOK_TC);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		changed_packet_is_sent_and_the_capture_stays_as_it_is,
		other_packet_passes_unchanged,
		inspector_knows_the_hooks_that_it_names,
	};

	return RUN_TESTS("native_echo", NULL, tests);
}

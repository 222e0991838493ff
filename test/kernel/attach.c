/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <string.h>

#include "lab.h"
#include "runner.h"

static const unsigned char udp[] = {
	2,    0,    0, 0,  0, 2,  2, 0, 0,   0,   0,   1,   8,  0,                    /* Ethernet */
	0x45, 0,    0, 32, 0, 1,  0, 0, 64,  17,  0,   0,   10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
	0x30, 0x39, 0, 53, 0, 12, 0, 0, 'p', 'i', 'n', 'g',                           /* UDP 12345 > 53 */
};

static int keep_last(void *ctx, const struct ebpfi_event *event)
{
	memcpy(ctx, event, sizeof(struct ebpfi_packet));
	return 0;
}

static void sees_one_packet(enum ebpfi_hook hook, const char *seen_on)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };
	struct ebpfi_packet packet = { 0 };
	struct ebpfi *s = ebpfi_new(keep_last, &packet, NULL);

	lab_veth("veth0", "veth1");
	ck_assert_msg(ebpfi_attach(s, "packet", seen_on, &opts) > 0, "%s", ebpfi_errmsg(s));
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_int_eq(ebpfi_poll(s, 1000), 1);
	ck_assert_int_eq(packet.event.hook, hook);
	ck_assert_int_eq(packet.src_port, 12345);
	ck_assert_int_eq(packet.dst_port, 53);
	ck_assert_int_eq(packet.payload_len, 4);
	ebpfi_free(s);
}

START_TEST(xdp_sees_a_packet)
{
	sees_one_packet(EBPFI_HOOK_XDP, "veth1");
}
END_TEST

START_TEST(tc_ingress_sees_a_packet)
{
	sees_one_packet(EBPFI_HOOK_TC, "veth1");
}
END_TEST

START_TEST(tc_egress_sees_a_packet)
{
	sees_one_packet(EBPFI_HOOK_TC_EGRESS, "veth0");
}
END_TEST

START_TEST(socket_filter_sees_a_packet)
{
	sees_one_packet(EBPFI_HOOK_SOCKET, "veth1");
}
END_TEST

START_TEST(unknown_interface_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_attach(s, "packet", "nowhere0", NULL), -ENODEV);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "nowhere0"));
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		xdp_sees_a_packet,           tc_ingress_sees_a_packet,     tc_egress_sees_a_packet,
		socket_filter_sees_a_packet, unknown_interface_is_refused,
	};

	lab_require();
	return RUN_TESTS("attach", lab_setup, tests);
}

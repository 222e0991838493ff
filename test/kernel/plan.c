/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The attach plan: order, anchors, and the information about a link. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "ledger.h"
#include "links.h"
#include "runner.h"
#include "stranger.h"

START_TEST(program_at_the_head_sees_packets_that_a_later_one_hides)
{
	struct ebpfi *first = ebpfi_new(NULL, NULL, NULL), *last = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC);
	int ok;

	lab_veth("veth0", "veth1");
	ok = stranger_tc("says_ok", 0);
	ck_assert_int_ge(stranger_link(ok, "veth1", STRANGER_TCX_INGRESS), 0);
	attach(last, "packet", "veth1", &opts);
	opts.order = EBPFI_ORDER_HEAD;
	attach(first, "packet", "veth1", &opts);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ck_assert_int_eq(ebpfi_poll(first, 2000), 1);
	ck_assert_uint_eq(ledger_of(last).seen, 0);
	ebpfi_free(first);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ck_assert_uint_eq(ledger_of(last).seen, 0);
	ebpfi_free(last);
}
END_TEST

START_TEST(program_goes_before_and_after_others_by_id_and_by_name)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC_EGRESS);
	char want[128];
	int alpha, omega, link;

	lab_veth("veth0", "veth1");
	alpha = stranger_tc("alpha", -1);
	omega = stranger_tc("omega", -1);
	ck_assert_int_ge(stranger_link(alpha, "veth1", STRANGER_TCX_EGRESS), 0);
	ck_assert_int_ge(stranger_link(omega, "veth1", STRANGER_TCX_EGRESS), 0);
	opts.order = EBPFI_ORDER_AFTER;
	opts.anchor = stranger_id(alpha);
	link = attach(s, "packet", "veth1", &opts);
	snprintf(want, sizeof(want), "before: tcx program %u (alpha)\nafter: tcx program %u (omega)", stranger_id(alpha),
		 stranger_id(omega));
	ck_assert_str_eq(info_of(s, link).others, want);
	opts.order = EBPFI_ORDER_BEFORE;
	opts.anchor = 0;
	opts.anchor_name = "alpha";
	link = attach(t, "packet", "veth1", &opts);
	ck_assert_str_ne(info_of(t, link).others, "");
	ck_assert_ptr_null(strstr(info_of(t, link).others, "before:"));
	ebpfi_free(s);
	ebpfi_free(t);
}
END_TEST

START_TEST(anchor_that_is_not_on_the_hook_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC);

	lab_veth("veth0", "veth1");
	opts.order = EBPFI_ORDER_BEFORE;
	opts.anchor_name = "nobody";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -ENOENT);
	says(s, "nobody");
	opts.anchor_name = NULL;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EINVAL);
	opts.anchor = stranger_id(stranger_tc("elsewhere", -1));
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -ENOENT);
	ebpfi_free(s);
}
END_TEST

START_TEST(order_on_clsact_is_a_free_priority)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL), *u = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC);
	struct ebpfi_link_info info;

	lab_veth("veth0", "veth1");
	lab_run("tc qdisc add dev veth1 clsact");
	lab_run("tc filter add dev veth1 ingress prio 10 handle 1 bpf bytecode '1,6 0 0 0,' classid 1:1");
	opts.mode = EBPFI_MODE_CLSACT;
	info = info_of(s, attach(s, "packet", "veth1", &opts));
	ck_assert_uint_eq(info.priority, 11);
	ck_assert_ptr_nonnull(strstr(info.others, "before: filter priority 10 bpf"));
	opts.order = EBPFI_ORDER_HEAD;
	ck_assert_uint_eq(info_of(t, attach(t, "packet", "veth1", &opts)).priority, 9);
	opts.order = EBPFI_ORDER_BEFORE;
	opts.anchor = info.program_id;
	ck_assert_int_eq(ebpfi_attach(u, "packet", "veth1", &opts), -EADDRINUSE);
	says(u, "no free priority");
	opts.order = EBPFI_ORDER_AFTER;
	ck_assert_uint_eq(info_of(u, attach(u, "packet", "veth1", &opts)).priority, 12);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ck_assert_int_eq(ledger_of(s).seen + ledger_of(t).seen + ledger_of(u).seen, 3);
	ebpfi_free(s);
	ebpfi_free(t);
	ebpfi_free(u);
}
END_TEST

START_TEST(order_on_a_hook_without_one_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts xdp = on(EBPFI_HOOK_XDP), filter = on(EBPFI_HOOK_SOCKET);

	xdp.order = filter.order = EBPFI_ORDER_HEAD;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &xdp), -EINVAL);
	says(s, "no order");
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &filter), -EINVAL);
	ebpfi_free(s);
}
END_TEST

START_TEST(changed_revision_of_the_hook_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC);
	struct ebpfi_link_info info;

	lab_veth("veth0", "veth1");
	info = info_of(s, attach(s, "packet", "veth1", &opts));
	ck_assert_uint_gt(info.revision, 0);
	opts.revision = info.revision + 1;
	ck_assert_int_eq(ebpfi_attach(t, "packet", "veth1", &opts), -ESTALE);
	opts.revision = info.revision;
	attach(t, "packet", "veth1", &opts);
	ebpfi_free(s);
	ebpfi_free(t);
}
END_TEST

START_TEST(refused_native_xdp_is_reported_in_the_drivers_words)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);
	struct ebpfi_link_info info;

	opts.program = "to_trace"; /* for buffers in one piece */
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	ck_assert_msg(!ebpfi_load_file(s, "records", TEST_OBJECTS "/records.o", NULL), "%s", ebpfi_errmsg(s));
	info = info_of(s, attach(s, "records", "veth1", &opts));
	ck_assert_int_eq(info.mode, EBPFI_MODE_GENERIC);
	ck_assert_msg(!strncmp(info.refused, "native: ", 8) && strstr(info.refused, "MTU") && strchr(info.refused, '"'), "%s",
		      info.refused);
	ck_assert_str_eq(info.others, "");
	ck_assert_uint_gt(info.link_id, 0);
	ck_assert_uint_gt(info.program_id, 0);
	opts.mode = EBPFI_MODE_NATIVE;
	ck_assert_int_lt(ebpfi_attach(s, "records", "veth0", &opts), 0);
	ebpfi_free(s);
	lab_run("! ip link show veth0 | grep -q xdp");
}
END_TEST

START_TEST(program_that_holds_xdp_is_named)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	lab_veth("veth0", "veth1");
	ck_assert_int_ge(stranger_link(stranger_xdp("holder", 2), "veth1", STRANGER_XDP), 0);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	says(s, "(holder)");
	opts.mode = EBPFI_MODE_GENERIC;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	says(s, "(holder)");
	ebpfi_free(s);
}
END_TEST

START_TEST(same_program_twice_on_a_hook_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC);

	lab_veth("veth0", "veth1");
	attach(s, "packet", "veth1", &opts);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EEXIST);
	says(s, "already");
	ebpfi_free(s);
}
END_TEST

START_TEST(same_inspector_twice_on_a_hook_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);
	int link;

	lab_veth("veth0", "veth1");
	link = attach(s, "packet", "veth1", &opts);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EEXIST);
	says(s, "already: this session's link");
	attach(s, "packet", "veth0", &opts);
	ck_assert_int_eq(ebpfi_detach(s, link), 0);
	attach(s, "packet", "veth1", &opts);
	if (opts.hook != EBPFI_HOOK_XDP)
		attach(t, "packet", "veth1", &opts);
	ebpfi_free(s);
	ebpfi_free(t);
}
END_TEST

START_TEST(link_of_a_deleted_interface_does_not_hold_its_index)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);

	lab_run("ip link add name veth1 index 77 type veth peer name veth0");
	attach(s, "packet", "veth1", &opts);
	lab_run("ip link del veth0");
	lab_run("ip link add name veth1 index 77 type veth peer name veth0");
	attach(s, "packet", "veth1", &opts);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		anchor_that_is_not_on_the_hook_is_refused, order_on_clsact_is_a_free_priority,
		order_on_a_hook_without_one_is_refused,    refused_native_xdp_is_reported_in_the_drivers_words,
		program_that_holds_xdp_is_named,
	};
	const TTest *const of_tcx[] = {
		program_at_the_head_sees_packets_that_a_later_one_hides,
		program_goes_before_and_after_others_by_id_and_by_name,
		changed_revision_of_the_hook_is_refused,
		same_program_twice_on_a_hook_is_refused,
	};
	const TTest *const on_each_hook[] = {
		same_inspector_twice_on_a_hook_is_refused,
		link_of_a_deleted_interface_does_not_hold_its_index,
	};
	int failed;

	lab_require();
	failed = RUN_TESTS("plan", lab_setup, tests) | RUN_LOOPS("plan, each hook", lab_setup, on_each_hook, WAYS);
	if (stranger_has_tcx())
		return failed | RUN_TESTS("plan, tcx", lab_setup, of_tcx);
	puts("SKIP: tests of tcx: this kernel has none (Linux 6.6)");
	return failed;
}

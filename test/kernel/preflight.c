/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <dirent.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

static struct ebpfi_preflight look(const char *interface)
{
	struct ebpfi_preflight report = { .sz = sizeof(report), .interface = interface };

	ck_assert_int_eq(ebpfi_preflight(&report), 0);
	ck_assert_ptr_nonnull(report.checks);
	return report;
}

static const struct ebpfi_check *find(const struct ebpfi_preflight *report, const char *id)
{
	const struct ebpfi_check *check = report->checks;

	while (check && strcmp(check->id, id))
		check = check->next;
	ck_assert_msg(check != NULL, "there is no check %s", id);
	return check;
}

static void assert_state(const struct ebpfi_preflight *report, const char *id, enum ebpfi_check_state state)
{
	const struct ebpfi_check *check = find(report, id);

	ck_assert_msg(check->state == state, "%s is %d: %s", id, (int)check->state, check->why);
}

static void assert_family(const struct ebpfi_preflight *report, const char *prefix, enum ebpfi_check_state state)
{
	const struct ebpfi_check *check;
	int count = 0;

	for (check = report->checks; check; check = check->next) {
		if (strncmp(check->id, prefix, strlen(prefix)))
			continue;
		ck_assert_msg(check->state == state, "%s is %d: %s", check->id, (int)check->state, check->why);
		count++;
	}
	ck_assert_int_gt(count, 0);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	ck_assert_int_eq(syscall(SYS_capset, &head, none), 0);
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

START_TEST(root_gets_yes_for_every_inspector_and_its_needs)
{
	struct ebpfi_preflight report = look(NULL);

	assert_family(&report, "inspector.packet.", EBPFI_CHECK_YES);
	assert_family(&report, "capability.", EBPFI_CHECK_YES);
	assert_family(&report, "program.", EBPFI_CHECK_YES);
	assert_family(&report, "map.", EBPFI_CHECK_YES);
	assert_family(&report, "helper.", EBPFI_CHECK_YES);
	assert_state(&report, "attach.xdp_link", EBPFI_CHECK_YES);
	assert_state(&report, "run.live_frames", EBPFI_CHECK_YES);
	assert_state(&report, "kernel.memlock", EBPFI_CHECK_YES);
	ebpfi_preflight_free(&report);
	ck_assert_ptr_null(report.checks);
}
END_TEST

START_TEST(every_check_but_yes_has_a_reason)
{
	struct ebpfi_preflight report;
	const struct ebpfi_check *check;

	drop_capabilities();
	report = look("lo");
	for (check = report.checks; check; check = check->next) {
		ck_assert(*check->id && *check->name);
		ck_assert_msg((check->state == EBPFI_CHECK_YES) == !*check->why, "%s: \"%s\"", check->id, check->why);
	}
	ebpfi_preflight_free(&report);
}
END_TEST

START_TEST(missing_rights_make_a_check_unknown_and_are_named)
{
	struct ebpfi_preflight report;

	drop_capabilities();
	report = look(NULL);
	assert_family(&report, "capability.", EBPFI_CHECK_NO);
	assert_family(&report, "program.xdp", EBPFI_CHECK_UNKNOWN);
	assert_family(&report, "helper.", EBPFI_CHECK_UNKNOWN);
	assert_state(&report, "map.ringbuf", EBPFI_CHECK_UNKNOWN);
	assert_family(&report, "inspector.", EBPFI_CHECK_NO);
	ck_assert_ptr_nonnull(strstr(find(&report, "inspector.packet.xdp")->why, "CAP_BPF and CAP_NET_ADMIN missing"));
	ck_assert_ptr_nonnull(strstr(find(&report, "inspector.packet.socket")->why, "CAP_BPF and CAP_NET_RAW missing"));
	ebpfi_preflight_free(&report);
}
END_TEST

START_TEST(preflight_leaves_no_descriptor_and_no_program)
{
	struct ebpfi_preflight report;
	int before;

	lab_veth("veth0", "veth1");
	before = open_descriptors();
	report = look("veth0");
	ebpfi_preflight_free(&report);
	ck_assert_int_eq(open_descriptors(), before);
	lab_run("! ip -d link show veth0 | grep -q xdp");
	lab_run("! ip -d link show lo | grep -q xdp");
	lab_run("! tc qdisc show dev veth0 | grep -q clsact");
}
END_TEST

START_TEST(interface_is_reported_with_the_programs_on_its_hooks)
{
	struct ebpfi_attach_opts xdp = { .sz = sizeof(xdp), .hook = EBPFI_HOOK_XDP };
	struct ebpfi_attach_opts tc = { .sz = sizeof(tc), .hook = EBPFI_HOOK_TC };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_preflight report;

	lab_veth("veth0", "veth1");
	report = look("veth0");
	assert_state(&report, "interface.xdp.free", EBPFI_CHECK_YES);
	ck_assert_str_eq(find(&report, "interface.driver")->value, "veth");
	ck_assert_str_eq(find(&report, "interface.mtu")->value, "1500");
	ck_assert_str_eq(find(&report, "interface.link")->value, "Ethernet");
	ebpfi_preflight_free(&report);
	ck_assert_int_gt(ebpfi_attach(s, "packet", "veth0", &xdp), 0);
	ck_assert_int_gt(ebpfi_attach(s, "packet", "veth0", &tc), 0);
	report = look("veth0");
	assert_state(&report, "interface.xdp.free", EBPFI_CHECK_NO);
	ck_assert_ptr_nonnull(strstr(find(&report, "interface.xdp.free")->value, "native"));
	ck_assert_ptr_nonnull(strstr(find(&report, "interface.tc.ingress")->value, "(packet_tc_in)"));
	ck_assert_str_eq(find(&report, "interface.tc.egress")->value, "no other program");
	ebpfi_preflight_free(&report);
	ebpfi_free(s);
}
END_TEST

/* Drivers report it since 6.3. */
START_TEST(native_xdp_is_reported_as_the_driver_says)
{
	struct ebpfi_preflight report = look("lo");
	enum ebpfi_check_state lo = find(&report, "interface.xdp.native")->state;

	ebpfi_preflight_free(&report);
	lab_veth("veth0", "veth1");
	report = look("veth0");
	if (lo == EBPFI_CHECK_UNKNOWN) {
		assert_state(&report, "interface.xdp.native", EBPFI_CHECK_UNKNOWN);
	} else {
		ck_assert_int_eq(lo, EBPFI_CHECK_NO);
		assert_state(&report, "interface.xdp.native", EBPFI_CHECK_YES);
	}
	ebpfi_preflight_free(&report);
}
END_TEST

START_TEST(interface_that_is_down_or_missing_gets_no)
{
	struct ebpfi_preflight report = look("nowhere0");

	assert_state(&report, "interface", EBPFI_CHECK_NO);
	ck_assert_ptr_nonnull(strstr(find(&report, "interface")->why, "nowhere0"));
	ebpfi_preflight_free(&report);
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 down");
	report = look("veth0");
	assert_state(&report, "interface.up", EBPFI_CHECK_NO);
	ebpfi_preflight_free(&report);
}
END_TEST

START_TEST(report_without_room_for_the_answer_is_refused)
{
	struct ebpfi_preflight report = { 0 };

	ck_assert_int_eq(ebpfi_preflight(&report), -EINVAL);
	report.sz = offsetof(struct ebpfi_preflight, checks);
	ck_assert_int_eq(ebpfi_preflight(&report), -EINVAL);
	ck_assert_ptr_null(report.checks);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		root_gets_yes_for_every_inspector_and_its_needs,
		every_check_but_yes_has_a_reason,
		missing_rights_make_a_check_unknown_and_are_named,
		preflight_leaves_no_descriptor_and_no_program,
		interface_is_reported_with_the_programs_on_its_hooks,
		native_xdp_is_reported_as_the_driver_says,
		interface_that_is_down_or_missing_gets_no,
		report_without_room_for_the_answer_is_refused,
	};

	lab_require();
	return RUN_TESTS("preflight", lab_setup, tests);
}

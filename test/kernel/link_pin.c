/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Links that are pinned in bpffs, and other objects at their path. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "links.h"
#include "runner.h"
#include "stranger.h"

static void mount_bpffs(void)
{
	lab_private_mounts();
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
	lab_run("mkdir /run/bpf /run/plain");
	ck_assert_int_eq(mount("bpf", "/run/bpf", "bpf", 0, NULL), 0);
}

static void outlives_its_session_and_is_picked_up(enum ebpfi_hook hook)
{
	struct ebpfi_packet packet = { 0 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(keep_last, &packet, NULL);
	struct ebpfi_attach_opts opts = on(hook);
	struct ebpfi_link_info first, second;
	int link;

	mount_bpffs();
	lab_veth("veth0", "veth1");
	opts.pin = "/run/bpf/link";
	first = info_of(s, attach(s, "packet", "veth1", &opts));
	ck_assert_str_eq(first.pin, opts.pin);
	ebpfi_free(s);
	ck_assert_int_eq(access(opts.pin, F_OK), 0);
	link = attach(t, "packet", "veth1", &opts);
	second = info_of(t, link);
	ck_assert_uint_eq(second.link_id, first.link_id);
	ck_assert_uint_ne(second.program_id, first.program_id);
	ck_assert_int_eq(second.mode, first.mode);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ck_assert_int_eq(ebpfi_poll(t, 2000), 1);
	ck_assert_int_eq(ebpfi_detach(t, link), 0);
	ck_assert_int_ne(access(opts.pin, F_OK), 0);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ledger_after(t, 1);
	ebpfi_free(t);
}

START_TEST(pinned_xdp_link_outlives_its_session_and_is_reused)
{
	outlives_its_session_and_is_picked_up(EBPFI_HOOK_XDP);
}
END_TEST

START_TEST(pinned_tcx_link_outlives_its_session_and_is_reused)
{
	outlives_its_session_and_is_picked_up(EBPFI_HOOK_TC);
}
END_TEST

START_TEST(pin_of_another_object_is_left_alone)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);
	int program = stranger_xdp("theirs", 2), link;

	mount_bpffs();
	lab_veth("veth0", "veth1");
	lab_veth("veth2", "veth3");
	opts.pin = "/run/bpf/program";
	ck_assert_int_eq(stranger_pin(program, opts.pin), 0);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EEXIST);
	says(s, opts.pin);
	opts.pin = "/run/bpf/elsewhere";
	link = stranger_link(program, "veth3", STRANGER_XDP);
	ck_assert_int_eq(stranger_pin(link, opts.pin), 0);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EEXIST);
	ck_assert_int_eq(access(opts.pin, F_OK), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(our_pin_without_its_interface_is_replaced)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	mount_bpffs();
	lab_veth("veth0", "veth1");
	opts.pin = "/run/bpf/link";
	attach(s, "packet", "veth1", &opts);
	ebpfi_free(s);
	lab_run("ip link del veth0");
	lab_veth("veth0", "veth1");
	attach(t, "packet", "veth1", &opts);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ledger_after(t, 1);
	ebpfi_free(t);
}
END_TEST

/* The rights of an ordinary service, which cannot read the names of other processes' programs. */
static void keep_two_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective |= CAP_TO_MASK(CAP_NET_ADMIN);
	data[CAP_TO_INDEX(CAP_BPF)].effective |= CAP_TO_MASK(CAP_BPF);
	data[0].permitted = data[0].effective;
	data[1].permitted = data[1].effective;
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

START_TEST(our_pin_without_its_interface_is_replaced_with_two_capabilities)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL), *t = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	mount_bpffs();
	lab_veth("veth0", "veth1");
	lab_veth("veth2", "veth3");
	keep_two_capabilities();
	opts.pin = "/run/bpf/link";
	attach(s, "packet", "veth1", &opts);
	lab_run("ip link del veth0");
	attach(t, "packet", "veth3", &opts);
	ebpfi_free(s);
	ebpfi_free(t);
}
END_TEST

START_TEST(foreign_pin_without_its_interface_is_left_alone)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	mount_bpffs();
	lab_veth("veth0", "veth1");
	lab_veth("veth2", "veth3");
	opts.pin = "/run/bpf/link";
	ck_assert_int_eq(stranger_pin(stranger_link(stranger_xdp("theirs", 2), "veth1", STRANGER_XDP), opts.pin), 0);
	lab_run("ip link del veth0");
	if (_i)
		keep_two_capabilities();
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth3", &opts), -EEXIST);
	says(s, opts.pin);
	says(s, "remove the pin");
	ck_assert_int_eq(access(opts.pin, F_OK), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(impossible_pin_is_refused_with_its_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_SOCKET);

	mount_bpffs();
	lab_veth("veth0", "veth1");
	opts.pin = "/run/bpf/link";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EOPNOTSUPP);
	says(s, "cannot be pinned");
	opts.hook = EBPFI_HOOK_TC;
	opts.mode = EBPFI_MODE_CLSACT;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EOPNOTSUPP);
	says(s, "cannot be pinned");
	opts = on(EBPFI_HOOK_XDP);
	opts.pin = "/run/plain/link";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EINVAL);
	says(s, "no bpf file system");
	opts.pin = "/run/nowhere/link";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -ENOENT);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pinned_xdp_link_outlives_its_session_and_is_reused,
		pin_of_another_object_is_left_alone,
		our_pin_without_its_interface_is_replaced,
		our_pin_without_its_interface_is_replaced_with_two_capabilities,
		impossible_pin_is_refused_with_its_reason,
	};
	const TTest *const by_rights[] = { foreign_pin_without_its_interface_is_left_alone };
	const TTest *const of_tcx[] = { pinned_tcx_link_outlives_its_session_and_is_reused };
	int failed;

	lab_require();
	failed = RUN_TESTS("link_pin", lab_setup, tests) | RUN_LOOPS("link_pin, by rights", lab_setup, by_rights, 2);
	if (stranger_has_tcx())
		return failed | RUN_TESTS("link_pin, tcx", lab_setup, of_tcx);
	puts("SKIP: tests of tcx: this kernel has none (Linux 6.6)");
	return failed;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* An ordinary user with two capabilities, and then with none. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "runner.h"
#include "stranger.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

enum { NOBODY = 65534 };

static const struct {
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;
	int capability; /* in addition to CAP_BPF */
	const char *name;
} ways[] = {
	{ EBPFI_HOOK_XDP, EBPFI_MODE_ANY, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ EBPFI_HOOK_TC, EBPFI_MODE_ANY, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ EBPFI_HOOK_TC, EBPFI_MODE_CLSACT, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY, CAP_NET_RAW, "CAP_NET_RAW" },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]), XDP = 0, PACKET_SOCKET = 3 };

static void set_capabilities(uint64_t capabilities)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[0].effective = data[0].permitted = (uint32_t)capabilities;
	data[1].effective = data[1].permitted = (uint32_t)(capabilities >> 32);
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

/* Permanently, like a service that systemd starts with User= and AmbientCapabilities=. */
static void become_nobody(uint64_t capabilities)
{
	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	set_capabilities(capabilities);
}

static uint64_t bit(int capability)
{
	return 1ULL << capability;
}

static int count(void *ctx, const struct ebpfi_event *event)
{
	if (event->kind == EBPFI_EVENT_PACKET)
		++*(int *)ctx;
	return 0;
}

static struct ebpfi_attach_opts on_way(int way)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts),
					   .hook = ways[way].hook,
					   .mode = ways[way].mode };
}

static int attach(struct ebpfi *s, const char *name, const char *interface, int way)
{
	struct ebpfi_attach_opts opts = on_way(way);
	int link = ebpfi_attach(s, name, interface, &opts);

	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	return link;
}

/* Each bundled inspector has its own interface. */
START_TEST(every_inspector_attaches_with_two_capabilities)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	const char *name;
	unsigned int i, n = 0;

	for (n = 0; ebpfi_inspector_name(n); n++)
		lab_run("ip link add name one%u type veth peer name other%u", n, n);
	become_nobody(bit(CAP_BPF) | bit(ways[_i].capability));
	for (i = 0; i < n; i++) {
		char interface[16];

		name = ebpfi_inspector_name(i);
		snprintf(interface, sizeof(interface), "one%u", i);
		attach(s, name, interface, _i);
	}
	ck_assert_uint_gt(n, 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_capability_is_named_to_an_ordinary_user)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);

	become_nobody(bit(CAP_BPF));
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ck_assert_msg(strstr(ebpfi_errmsg(s), ways[_i].name) != NULL, "%s", ebpfi_errmsg(s));
	ck_assert_ptr_null(strstr(ebpfi_errmsg(s), "CAP_BPF"));
	set_capabilities(0);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "CAP_BPF"));
	ebpfi_free(s);
}
END_TEST

/* A child that kept its rights sends the frame. */
START_TEST(session_works_after_dropping_all_capabilities)
{
	int packets = 0, link, go[2];
	struct ebpfi *s = ebpfi_new(count, &packets, NULL);
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	char byte;

	lab_veth("veth0", "veth1");
	ck_assert_int_eq(pipe(go), 0);
	if (!fork()) {
		if (read(go[0], &byte, 1) == 1)
			lab_send("veth0", frame, sizeof(frame));
		_exit(0);
	}
	become_nobody(bit(CAP_BPF) | bit(ways[_i].capability));
	link = attach(s, "packet", "veth1", _i);
	set_capabilities(0);
	ck_assert_int_eq(write(go[1], "x", 1), 1);
	while (!packets)
		ck_assert_int_gt(ebpfi_poll(s, 5000), 0);
	ck_assert_uint_eq(ledger_of(s).seen, 1);
	ck_assert_int_eq(ebpfi_link_info(s, link, &info), 0);
	ck_assert_uint_gt(info.program_id, 0);
	ck_assert_int_eq(ebpfi_detach(s, link), info.mode == EBPFI_MODE_CLSACT ? -EPERM : 0);
	if (info.mode == EBPFI_MODE_CLSACT)
		ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "CAP_NET_ADMIN"));
	ebpfi_free(s);
}
END_TEST

START_TEST(foreign_programs_are_listed_by_id_without_the_right_to_their_names)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(XDP);
	int program = stranger_xdp("holder", 2);
	char want[64];

	lab_veth("veth0", "veth1");
	ck_assert_int_ge(stranger_link(program, "veth1", STRANGER_XDP), 0);
	snprintf(want, sizeof(want), "XDP program %u", stranger_id(program));
	become_nobody(bit(CAP_BPF) | bit(CAP_NET_ADMIN));
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	ck_assert_msg(strstr(ebpfi_errmsg(s), want) != NULL, "%s", ebpfi_errmsg(s));
	ck_assert_ptr_null(strstr(ebpfi_errmsg(s), "holder"));
	ebpfi_free(s);
}
END_TEST

START_TEST(watch_without_rights_reports_each_interface)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(PACKET_SOCKET);

	opts.watch = 1;
	become_nobody(bit(CAP_NET_RAW));
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ebpfi_free(s);
}
END_TEST

START_TEST(another_namespace_needs_one_more_capability)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(XDP);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
	lab_setup();
	become_nobody(bit(CAP_BPF) | bit(CAP_NET_ADMIN));
	prctl(PR_SET_DUMPABLE, 1); /* otherwise /proc/self belongs to root */
	opts.netns = path;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ck_assert_msg(strstr(ebpfi_errmsg(s), "CAP_SYS_ADMIN") != NULL, "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		foreign_programs_are_listed_by_id_without_the_right_to_their_names,
		watch_without_rights_reports_each_interface,
		another_namespace_needs_one_more_capability,
	};
	const TTest *const on_each_hook[] = {
		every_inspector_attaches_with_two_capabilities,
		missing_capability_is_named_to_an_ordinary_user,
		session_works_after_dropping_all_capabilities,
	};

	lab_require();
	return RUN_TESTS("rights", lab_setup, tests) |
	       run_tests("rights, each hook", lab_setup, on_each_hook, sizeof(on_each_hook) / sizeof(*on_each_hook), WAYS);
}

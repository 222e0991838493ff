/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The library never replaces or flushes programs and qdiscs of other processes, and leaves none of its own. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "runner.h"
#include "stranger.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static struct ebpfi_attach_opts on(enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts), .hook = hook, .mode = mode };
}

static int attach(struct ebpfi *s, enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	struct ebpfi_attach_opts opts = on(hook, mode);
	int link = ebpfi_attach(s, "packet", "veth1", &opts);

	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	return link;
}

/* A foreign filter without eBPF: classic BPF that matches nothing. */
static void add_foreign_filter(const char *side, int priority)
{
	lab_run("tc filter add dev veth1 %s prio %d handle 1 bpf bytecode '1,6 0 0 0,' classid 1:1", side, priority);
}

static void has_filters(const char *side, const char *pattern, int count)
{
	lab_run("test $(tc filter show dev veth1 %s | grep -c '%s') = %d", side, pattern, count);
}

START_TEST(egress_on_a_plain_ingress_qdisc_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_TC_EGRESS, EBPFI_MODE_CLSACT);

	lab_veth("veth0", "veth1");
	lab_run("tc qdisc add dev veth1 ingress");
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	ck_assert_msg(strstr(ebpfi_errmsg(s), "no egress side") != NULL, "%s", ebpfi_errmsg(s));
	has_filters("ingress", "bpf", 0);
	attach(s, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	lab_send("veth0", frame, sizeof(frame));
	ledger_after(s, 1);
	ebpfi_free(s);
	lab_run("tc qdisc show dev veth1 | grep -q '^qdisc ingress'");
	has_filters("ingress", "bpf", 0);
}
END_TEST

START_TEST(detach_leaves_foreign_filters_and_the_qdisc)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int in, out;

	lab_veth("veth0", "veth1");
	in = attach(s, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	out = attach(s, EBPFI_HOOK_TC_EGRESS, EBPFI_MODE_CLSACT);
	add_foreign_filter("ingress", 7);
	add_foreign_filter("egress", 8);
	has_filters("ingress", "ebpfi:", 1);
	has_filters("egress", "ebpfi:", 1);
	ck_assert_int_eq(ebpfi_detach(s, in), 0);
	ck_assert_int_eq(ebpfi_detach(s, out), 0);
	has_filters("ingress", "ebpfi:", 0);
	has_filters("ingress", "pref 7 bpf.*handle", 1);
	has_filters("egress", "pref 8 bpf.*handle", 1);
	ebpfi_free(s);
	lab_run("tc qdisc show dev veth1 | grep -q clsact");
}
END_TEST

START_TEST(detach_leaves_a_filter_that_took_our_place)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	int link;

	lab_veth("veth0", "veth1");
	link = attach(s, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	ck_assert_int_eq(ebpfi_link_info(s, link, &info), 0);
	lab_run("tc filter del dev veth1 ingress");
	add_foreign_filter("ingress", (int)info.priority);
	ck_assert_int_eq(ebpfi_replace(s, link, "packet"), -ENOLINK);
	ck_assert_int_eq(ebpfi_detach(s, link), 0);
	has_filters("ingress", "bpf.*handle", 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(detach_leaves_an_xdp_program_set_through_netlink)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP, EBPFI_MODE_ANY);
	int program = stranger_xdp("theirs", 2);
	char name[32];

	lab_private_mounts();
	ck_assert_int_eq(mount("bpf", "/run", "bpf", 0, NULL), 0);
	ck_assert_int_eq(stranger_pin(program, "/run/theirs"), 0);
	lab_veth("veth0", "veth1");
	lab_run("ip link set dev veth1 %s pinned /run/theirs", _i ? "xdpgeneric" : "xdpdrv");
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	snprintf(name, sizeof(name), "%u (theirs)", stranger_id(program));
	ck_assert_msg(strstr(ebpfi_errmsg(s), name) != NULL, "%s", ebpfi_errmsg(s));
	opts.mode = EBPFI_MODE_GENERIC;
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	ebpfi_free(s);
	lab_run("ip link show dev veth1 | grep -q 'prog/xdp id %u '", stranger_id(program));
}
END_TEST

START_TEST(asking_the_driver_for_its_reason_leaves_nothing)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP, EBPFI_MODE_NATIVE);

	ck_assert_int_lt(ebpfi_attach(s, "packet", "lo", &opts), 0);
	ck_assert_msg(strchr(ebpfi_errmsg(s), '"') != NULL, "%s", ebpfi_errmsg(s));
	lab_run("! ip link show dev lo | grep -q xdp");
	ebpfi_free(s);
}
END_TEST

START_TEST(observers_see_the_same_packets)
{
	const struct {
		enum ebpfi_hook hook;
		enum ebpfi_mode mode;
	} ways[] = { { EBPFI_HOOK_TC, EBPFI_MODE_ANY }, { EBPFI_HOOK_TC, EBPFI_MODE_CLSACT } };
	struct ebpfi *one = ebpfi_new(NULL, NULL, NULL), *two = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	attach(one, ways[_i].hook, ways[_i].mode);
	attach(two, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	lab_send("veth0", frame, sizeof(frame));
	ledger_after(one, 1);
	ledger_after(two, 1);
	ebpfi_free(one);
	lab_send("veth0", frame, sizeof(frame));
	ledger_after(two, 2);
	ebpfi_free(two);
}
END_TEST

START_TEST(detaching_from_a_deleted_interface_succeeds)
{
	const enum ebpfi_mode modes[] = { EBPFI_MODE_ANY, EBPFI_MODE_CLSACT };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int xdp, tc, filter, i;
	int links[4];

	lab_veth("veth0", "veth1");
	xdp = attach(s, EBPFI_HOOK_XDP, EBPFI_MODE_ANY);
	tc = attach(s, EBPFI_HOOK_TC_EGRESS, modes[_i]);
	filter = attach(s, EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY);
	memcpy(links, (int[]){ xdp, tc, filter, attach(s, EBPFI_HOOK_TC, modes[_i]) }, sizeof(links));
	lab_run("ip link del veth1");
	for (i = 0; i < 4; i++)
		ck_assert_msg(!ebpfi_detach(s, links[i]), "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
}
END_TEST

/* A process that attaches and waits. */
static pid_t other_process(enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	struct ebpfi_attach_opts opts = on(hook, mode);
	struct ebpfi *s;
	int ready[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		s = ebpfi_new(NULL, NULL, NULL);
		if (ebpfi_attach(s, "packet", "veth1", &opts) > 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void kill_process(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(kernel_detaches_links_of_a_killed_process)
{
	lab_veth("veth0", "veth1");
	kill_process(other_process(EBPFI_HOOK_XDP, EBPFI_MODE_ANY));
	lab_run("! ip link show dev veth1 | grep -q xdp");
}
END_TEST

START_TEST(only_filters_of_dead_processes_are_removed)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	pid_t dead, alive, dead_too;

	lab_veth("veth0", "veth1");
	lab_run("tc qdisc add dev veth1 clsact");
	add_foreign_filter("ingress", 7);
	lab_run("tc filter add dev veth1 ingress prio 8 handle 1 bpf bytecode '1,6 0 0 0,' classid 1:1");
	dead = other_process(EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	alive = other_process(EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	dead_too = other_process(EBPFI_HOOK_TC_EGRESS, EBPFI_MODE_CLSACT);
	has_filters("ingress", "ebpfi:", 2);
	kill_process(dead);
	kill_process(dead_too);
	has_filters("ingress", "ebpfi:", 2);
	has_filters("egress", "ebpfi:", 1);
	attach(s, EBPFI_HOOK_TC, _i ? EBPFI_MODE_ANY : EBPFI_MODE_CLSACT);
	lab_run("! tc filter show dev veth1 ingress | grep -q :%d:", dead);
	lab_run("tc filter show dev veth1 ingress | grep -q :%d:", alive);
	has_filters("egress", "ebpfi:", 0);
	has_filters("ingress", "pref [78] bpf.*handle", 2);
	kill_process(alive);
	ebpfi_free(s);
}
END_TEST

START_TEST(sessions_of_a_process_keep_their_filters_apart)
{
	struct ebpfi *one = ebpfi_new(NULL, NULL, NULL), *two = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	attach(one, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	attach(two, EBPFI_HOOK_TC, EBPFI_MODE_CLSACT);
	has_filters("ingress", "ebpfi:", 2);
	ebpfi_free(one);
	has_filters("ingress", "ebpfi:", 1);
	lab_send("veth0", frame, sizeof(frame));
	ledger_after(two, 1);
	ebpfi_free(two);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		egress_on_a_plain_ingress_qdisc_is_refused, detach_leaves_foreign_filters_and_the_qdisc,
		detach_leaves_a_filter_that_took_our_place, asking_the_driver_for_its_reason_leaves_nothing,
		kernel_detaches_links_of_a_killed_process,  sessions_of_a_process_keep_their_filters_apart,
	};
	const TTest *const twice[] = {
		detach_leaves_an_xdp_program_set_through_netlink,
		observers_see_the_same_packets,
		detaching_from_a_deleted_interface_succeeds,
		only_filters_of_dead_processes_are_removed,
	};

	lab_require();
	return RUN_TESTS("ownership", lab_setup, tests) |
	       run_tests("ownership, both ways", lab_setup, twice, sizeof(twice) / sizeof(*twice), 2);
}

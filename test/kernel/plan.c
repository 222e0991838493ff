/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The attach planner: order, anchors, namespaces, pins, replacement, and what is told about a link. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "runner.h"
#include "stranger.h"

static const unsigned char udp[] = {
	2,    0,    0, 0,  0, 2,  2, 0, 0,   0,   0,   1,   8,  0,                    /* Ethernet */
	0x45, 0,    0, 32, 0, 1,  0, 0, 64,  17,  0,   0,   10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
	0x30, 0x39, 0, 53, 0, 12, 0, 0, 'p', 'i', 'n', 'g',                           /* UDP 12345 > 53 */
};

/* The hooks, and the second way to tc. */
static const struct {
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;
} ways[] = {
	{ EBPFI_HOOK_XDP, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_CLSACT },
	{ EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static int keep_last(void *ctx, const struct ebpfi_event *event)
{
	memcpy(ctx, event, sizeof(struct ebpfi_packet));
	return 0;
}

static struct ebpfi_attach_opts on(enum ebpfi_hook hook)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts), .hook = hook };
}

static struct ebpfi_attach_opts on_way(int way)
{
	struct ebpfi_attach_opts opts = on(ways[way].hook);

	opts.mode = ways[way].mode;
	return opts;
}

static int attach(struct ebpfi *s, const char *name, const char *interface, const struct ebpfi_attach_opts *opts)
{
	int link = ebpfi_attach(s, name, interface, opts);

	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	return link;
}

static struct ebpfi_link_info info_of(struct ebpfi *s, int link)
{
	struct ebpfi_link_info info = { .sz = sizeof(info) };

	ck_assert_int_eq(ebpfi_link_info(s, link, &info), 0);
	return info;
}

static void says(struct ebpfi *s, const char *words)
{
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "\"%s\" is not in: %s", words, ebpfi_errmsg(s));
}

/* ---- Order ---- */

START_TEST(a_program_at_the_head_sees_what_one_behind_it_hides)
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
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_int_eq(ebpfi_poll(first, 2000), 1);
	ck_assert_uint_eq(ledger_of(last).seen, 0);
	ebpfi_free(first);
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_uint_eq(ledger_of(last).seen, 0);
	ebpfi_free(last);
}
END_TEST

START_TEST(goes_before_and_after_programs_by_id_and_by_name)
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

START_TEST(refuses_an_anchor_that_is_not_on_the_hook)
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

START_TEST(on_clsact_the_order_is_a_free_priority)
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
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_int_eq(ledger_of(s).seen + ledger_of(t).seen + ledger_of(u).seen, 3);
	ebpfi_free(s);
	ebpfi_free(t);
	ebpfi_free(u);
}
END_TEST

START_TEST(refuses_an_order_where_there_is_none)
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

START_TEST(refuses_a_hook_that_changed_since_its_revision_was_read)
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

/* ---- What is told ---- */

START_TEST(tells_in_the_drivers_words_why_native_xdp_was_refused)
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

START_TEST(names_the_program_that_holds_xdp)
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

START_TEST(refuses_the_same_program_twice_on_a_hook)
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

/* ---- Namespaces ---- */

static void sees_in_another_namespace(struct ebpfi_attach_opts *opts, const char *path)
{
	struct ebpfi_packet packet = { 0 };
	struct ebpfi *s = ebpfi_new(keep_last, &packet, NULL);
	struct stat before, after;
	int there = open(path, O_RDONLY | O_CLOEXEC), back;

	ck_assert_int_eq(ebpfi_attach(s, "packet", "there1", NULL), -ENODEV);
	ck_assert_int_eq(stat("/proc/thread-self/ns/net", &before), 0);
	attach(s, "packet", "there1", opts);
	ck_assert_int_eq(stat("/proc/thread-self/ns/net", &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(setns(there, CLONE_NEWNET), 0);
	lab_send("there0", udp, sizeof(udp));
	ck_assert_int_eq(setns(back, CLONE_NEWNET), 0);
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	ck_assert_int_eq(packet.dst_port, 53);
	ebpfi_free(s);
	close(there);
	close(back);
}

START_TEST(attaches_in_a_namespace_by_path)
{
	struct ebpfi_attach_opts opts = on_way(_i);
	char path[64];

	lab_veth("there0", "there1");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
	lab_setup();
	opts.netns = path;
	sees_in_another_namespace(&opts, path);
}
END_TEST

START_TEST(attaches_in_the_namespace_of_a_process)
{
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_SOCKET);
	pid_t child;
	char path[64];

	lab_veth("there0", "there1");
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	lab_setup();
	opts.netns_pid = child;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", child);
	sees_in_another_namespace(&opts, path);
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(refuses_what_is_no_namespace)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_SOCKET);

	opts.netns = "/proc/self/ns/nowhere";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -ENOENT);
	says(s, opts.netns);
	opts.netns = "/dev/null";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EINVAL);
	says(s, "no network namespace");
	ebpfi_free(s);
}
END_TEST

START_TEST(leaves_out_a_name_that_an_index_does_not_tell)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_SOCKET);
	struct ebpfi_packet event = { .event = { .len = sizeof(event), .kind = EBPFI_EVENT_PACKET } };
	char line[EBPFI_STR_MAX], path[64];

	lab_run("ip link add name one index 77 type veth peer name peer1");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
	opts.netns = path;
	attach(s, "packet", "one", &opts);
	event.event.ifindex = 77;
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(s, &event.event, line, sizeof(line)), " one "));
	lab_setup();
	lab_run("ip link add name other index 77 type veth peer name peer2");
	opts.netns = NULL;
	attach(s, "packet", "other", &opts);
	ebpfi_event_str(s, &event.event, line, sizeof(line));
	ck_assert_ptr_null(strstr(line, " one "));
	ck_assert_ptr_null(strstr(line, " other "));
	ebpfi_free(s);
}
END_TEST

/* ---- Any ---- */

static int open_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

START_TEST(any_sees_all_interfaces_those_to_come_and_those_without_a_link_layer)
{
	struct ebpfi_packet packet = { 0 };
	struct ebpfi *s = ebpfi_new(keep_last, &packet, NULL);
	char line[EBPFI_STR_MAX];
	int tun;

	lab_veth("veth0", "veth1");
	attach(s, "packet", "any", NULL);
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_int_ge(ebpfi_poll(s, 2000), 1);
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(s, &packet.event, line, sizeof(line)), " veth"));
	tun = open_tun("tun7");
	lab_run("ip link set tun7 up");
	ck_assert_int_ge(ebpfi_poll(s, 0), 0);
	ck_assert_int_eq(write(tun, udp + 14, sizeof(udp) - 14), sizeof(udp) - 14);
	while (packet.event.ifindex != if_nametoindex("tun7"))
		ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	ck_assert_int_eq(packet.dst_port, 53);
	ck_assert_int_eq(packet.link_type, 101);
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(s, &packet.event, line, sizeof(line)), " tun7 "));
	ebpfi_free(s);
	close(tun);
}
END_TEST

START_TEST(any_is_for_the_socket_filter_only)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	ck_assert_int_eq(ebpfi_attach(s, "packet", "any", &opts), -EOPNOTSUPP);
	says(s, "watch");
	ebpfi_free(s);
}
END_TEST

/* ---- Pins ---- */

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
	lab_send("veth0", udp, sizeof(udp));
	ck_assert_int_eq(ebpfi_poll(t, 2000), 1);
	ck_assert_int_eq(ebpfi_detach(t, link), 0);
	ck_assert_int_ne(access(opts.pin, F_OK), 0);
	lab_send("veth0", udp, sizeof(udp));
	ledger_after(t, 1);
	ebpfi_free(t);
}

START_TEST(a_pinned_xdp_link_outlives_its_session_and_is_picked_up)
{
	outlives_its_session_and_is_picked_up(EBPFI_HOOK_XDP);
}
END_TEST

START_TEST(a_pinned_tcx_link_outlives_its_session_and_is_picked_up)
{
	outlives_its_session_and_is_picked_up(EBPFI_HOOK_TC);
}
END_TEST

START_TEST(a_pin_of_something_else_is_left_alone)
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

START_TEST(a_pin_whose_interface_is_gone_makes_room)
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
	lab_send("veth0", udp, sizeof(udp));
	ledger_after(t, 1);
	ebpfi_free(t);
}
END_TEST

START_TEST(says_why_something_cannot_be_pinned)
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

/* ---- Replacing ---- */

struct sender {
	pthread_t thread;
	atomic_int stop;
	atomic_uint sent;
};

static void *send_frames(void *ctx)
{
	struct sender *sender = ctx;

	while (!sender->stop) {
		lab_send("veth0", udp, sizeof(udp));
		sender->sent++;
	}
	return NULL;
}

static int count_version(void *ctx, const void *data, size_t size)
{
	ck_assert_uint_ge(size, 4);
	((unsigned int *)ctx)[*(const uint32_t *)data]++;
	return 0;
}

static void load_version(struct ebpfi *s, const char *name, uint32_t version, unsigned int *counts)
{
	struct ebpfi_knob knob = { "version", &version, sizeof(version) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	char ring[32];

	snprintf(ring, sizeof(ring), "%s.ring", name);
	ck_assert_msg(!ebpfi_load_file(s, name, TEST_OBJECTS "/version.o", &opts), "%s", ebpfi_errmsg(s));
	ck_assert_msg(!ebpfi_on_record(s, ring, count_version, counts), "%s", ebpfi_errmsg(s));
}

static void wait_for_frames(const struct sender *sender, unsigned int n)
{
	unsigned int from = sender->sent;

	while (sender->sent - from < n)
		sched_yield();
}

START_TEST(replaces_a_program_without_missing_a_packet)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);
	unsigned int i, counts[3] = { 0 };
	struct sender sender = { 0 };
	int link;

	lab_veth("veth0", "veth1");
	load_version(s, "one", 1, counts);
	load_version(s, "two", 2, counts);
	link = attach(s, "one", "veth1", &opts);
	ck_assert_int_eq(pthread_create(&sender.thread, NULL, send_frames, &sender), 0);
	for (i = 0; i < 30; i++) {
		wait_for_frames(&sender, 10);
		ck_assert_msg(!ebpfi_replace(s, link, i % 2 ? "one" : "two"), "%s", ebpfi_errmsg(s));
		ck_assert_str_eq(info_of(s, link).inspector, i % 2 ? "one" : "two");
		ck_assert_int_ge(ebpfi_poll(s, 0), 0);
	}
	sender.stop = 1;
	pthread_join(sender.thread, NULL);
	while (counts[1] + counts[2] < sender.sent)
		ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	ck_assert_uint_eq(counts[1] + counts[2], sender.sent);
	ck_assert_uint_gt(counts[1], 0);
	ck_assert_uint_gt(counts[2], 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(refuses_a_replacement_that_cannot_be)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);
	int link;

	lab_veth("veth0", "veth1");
	ck_assert_msg(!ebpfi_load_file(s, "records", TEST_OBJECTS "/records.o", NULL), "%s", ebpfi_errmsg(s));
	link = attach(s, "packet", "veth1", &opts);
	ck_assert_int_eq(ebpfi_replace(s, link, "nothing"), -ENOENT);
	ck_assert_int_eq(ebpfi_replace(s, link + 1, "packet"), -ENOENT);
	ck_assert_int_eq(ebpfi_replace(s, link, "records"), -EINVAL);
	says(s, "fragments");
	ck_assert_str_eq(info_of(s, link).inspector, "packet");
	lab_send("veth0", udp, sizeof(udp));
	ledger_after(s, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(says_that_the_interface_of_a_link_is_gone)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);
	unsigned int counts[3];
	int link;

	lab_veth("veth0", "veth1");
	load_version(s, "one", 1, counts);
	link = attach(s, "packet", "veth1", &opts);
	lab_run("ip link del veth0");
	ck_assert_uint_eq(info_of(s, link).ifindex, 0);
	ck_assert_int_lt(ebpfi_replace(s, link, "one"), 0);
	ck_assert_int_eq(ebpfi_detach(s, link), 0);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		refuses_an_anchor_that_is_not_on_the_hook,
		on_clsact_the_order_is_a_free_priority,
		refuses_an_order_where_there_is_none,
		tells_in_the_drivers_words_why_native_xdp_was_refused,
		names_the_program_that_holds_xdp,
		attaches_in_the_namespace_of_a_process,
		refuses_what_is_no_namespace,
		leaves_out_a_name_that_an_index_does_not_tell,
		any_sees_all_interfaces_those_to_come_and_those_without_a_link_layer,
		any_is_for_the_socket_filter_only,
		a_pinned_xdp_link_outlives_its_session_and_is_picked_up,
		a_pin_of_something_else_is_left_alone,
		a_pin_whose_interface_is_gone_makes_room,
		says_why_something_cannot_be_pinned,
		refuses_a_replacement_that_cannot_be,
	};
	const TTest *const on_each_hook[] = {
		attaches_in_a_namespace_by_path,
		replaces_a_program_without_missing_a_packet,
		says_that_the_interface_of_a_link_is_gone,
	};
	const TTest *const of_tcx[] = {
		a_program_at_the_head_sees_what_one_behind_it_hides,     goes_before_and_after_programs_by_id_and_by_name,
		refuses_a_hook_that_changed_since_its_revision_was_read, refuses_the_same_program_twice_on_a_hook,
		a_pinned_tcx_link_outlives_its_session_and_is_picked_up,
	};
	int failed;

	lab_require();
	failed = RUN_TESTS("plan", lab_setup, tests);
	failed |= run_tests("plan, each hook", lab_setup, on_each_hook, sizeof(on_each_hook) / sizeof(*on_each_hook), WAYS);
	if (stranger_has_tcx())
		failed |= RUN_TESTS("plan, tcx", lab_setup, of_tcx);
	else
		puts("SKIP: tests of tcx: this kernel has none (Linux 6.6)");
	return failed;
}

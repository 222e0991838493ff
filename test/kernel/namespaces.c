/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Links in other network namespaces, and on all interfaces of one. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "links.h"
#include "runner.h"
#include "stranger.h"

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
	lab_send("there0", udp_frame, sizeof(udp_frame));
	ck_assert_int_eq(setns(back, CLONE_NEWNET), 0);
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	ck_assert_int_eq(packet.dst_port, 53);
	ebpfi_free(s);
	close(there);
	close(back);
}

START_TEST(link_attaches_in_a_namespace_by_path)
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

START_TEST(link_attaches_in_the_namespace_of_a_process)
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

START_TEST(path_other_than_a_namespace_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_SOCKET);

	opts.netns = "/proc/self/ns/nowhere";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -ENOENT);
	says(s, opts.netns);
	opts.netns = "/dev/null";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EINVAL);
	says(s, "not a network namespace");
	ebpfi_free(s);
}
END_TEST

START_TEST(ambiguous_interface_index_gets_no_name)
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

static int open_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

START_TEST(any_sees_present_and_future_interfaces_with_and_without_link_layer)
{
	struct ebpfi_packet packet = { 0 };
	struct ebpfi *s = ebpfi_new(keep_last, &packet, NULL);
	char line[EBPFI_STR_MAX];
	int tun;

	lab_veth("veth0", "veth1");
	attach(s, "packet", "any", NULL);
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ck_assert_int_ge(ebpfi_poll(s, 2000), 1);
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(s, &packet.event, line, sizeof(line)), " veth"));
	tun = open_tun("tun7");
	lab_run("ip link set tun7 up");
	ck_assert_int_ge(ebpfi_poll(s, 0), 0);
	ck_assert_int_eq(write(tun, udp_frame + 14, sizeof(udp_frame) - 14), sizeof(udp_frame) - 14);
	while (packet.event.ifindex != if_nametoindex("tun7"))
		ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	ck_assert_int_eq(packet.dst_port, 53);
	ck_assert_int_eq(packet.link_type, 101);
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(s, &packet.event, line, sizeof(line)), " tun7 "));
	ebpfi_free(s);
	close(tun);
}
END_TEST

START_TEST(any_is_refused_for_other_hooks_than_the_socket_filter)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);

	ck_assert_int_eq(ebpfi_attach(s, "packet", "any", &opts), -EOPNOTSUPP);
	says(s, "watch");
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		link_attaches_in_the_namespace_of_a_process,
		path_other_than_a_namespace_is_refused,
		ambiguous_interface_index_gets_no_name,
		any_sees_present_and_future_interfaces_with_and_without_link_layer,
		any_is_refused_for_other_hooks_than_the_socket_filter,
	};
	const TTest *const on_each_hook[] = { link_attaches_in_a_namespace_by_path };

	lab_require();
	return RUN_TESTS("namespaces", lab_setup, tests) | RUN_LOOPS("namespaces, each hook", lab_setup, on_each_hook, WAYS);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Interfaces that come and go. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

enum { EVENTS_MAX = 512 };

struct story {
	struct ebpfi *session;
	struct ebpfi_link_event events[EVENTS_MAX];
	int count, packets;
	int stop_after; /* events of links; 0: never */
};

static int tell(void *ctx, const struct ebpfi_event *event)
{
	struct story *story = ctx;

	if (event->kind != EBPFI_EVENT_LINK) {
		story->packets++;
		return 0;
	}
	ck_assert_uint_eq(event->len, sizeof(struct ebpfi_link_event));
	ck_assert_int_lt(story->count, EVENTS_MAX);
	memcpy(&story->events[story->count++], event, sizeof(struct ebpfi_link_event));
	return story->count == story->stop_after;
}

static struct ebpfi_attach_opts watching(enum ebpfi_hook hook)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts), .hook = hook, .watch = 1 };
}

static int watch(struct story *story, const char *pattern, const struct ebpfi_attach_opts *opts)
{
	int link;

	story->session = ebpfi_new(tell, story, NULL);
	link = ebpfi_attach(story->session, "packet", pattern, opts);
	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(story->session));
	return link;
}

/* Polls until this number of link events has come. */
static const struct ebpfi_link_event *wait_for(struct story *story, int count)
{
	while (story->count < count)
		ck_assert_int_gt(ebpfi_poll(story->session, 5000), 0);
	return &story->events[count - 1];
}

static void is(const struct ebpfi_link_event *event, enum ebpfi_link_what what, const char *name)
{
	ck_assert_msg(event->what == what && !strcmp(event->name, name), "%u %s: %s", event->what, event->name, event->reason);
}

static void hears(struct story *story, const char *from)
{
	int before = story->packets;

	lab_send(from, frame, sizeof(frame));
	while (story->packets == before)
		ck_assert_int_gt(ebpfi_poll(story->session, 5000), 0);
}

START_TEST(watch_attaches_to_present_interfaces_and_reports_at_the_next_poll)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_TC);
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	struct story story = { 0 };
	struct pollfd readable;
	int link;

	lab_veth("veth0", "veth1");
	link = watch(&story, "veth[0-9]", &opts);
	readable = (struct pollfd){ .fd = ebpfi_fd(story.session), .events = POLLIN };
	ck_assert_int_eq(poll(&readable, 1, 5000), 1);
	wait_for(&story, 2);
	ck_assert_int_eq(story.events[0].what, EBPFI_LINK_ATTACHED);
	ck_assert_int_eq(story.events[0].watch, link);
	ck_assert_uint_eq(story.events[0].event.ifindex, if_nametoindex(story.events[0].name));
	ck_assert_int_eq(ebpfi_link_info(story.session, story.events[0].link, &info), 0);
	ck_assert_str_eq(info.interface, story.events[0].name);
	ck_assert_int_eq(info.watch, link);
	ck_assert_int_eq(ebpfi_link_info(story.session, link, &info), 0);
	ck_assert_str_eq(info.interface, "veth[0-9]");
	ck_assert_int_eq(info.mode, EBPFI_MODE_ANY);
	hears(&story, "veth0");
	ck_assert_int_eq(story.count, 2);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(watch_attaches_again_when_an_interface_returns)
{
	const enum ebpfi_hook hooks[] = { EBPFI_HOOK_SOCKET, EBPFI_HOOK_XDP, EBPFI_HOOK_TC, EBPFI_HOOK_TC };
	struct ebpfi_attach_opts opts = watching(hooks[_i]);
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	struct story story = { 0 };
	int first;

	opts.mode = _i == 3 ? EBPFI_MODE_CLSACT : EBPFI_MODE_ANY;
	watch(&story, "veth1", &opts);
	ck_assert_int_eq(ebpfi_poll(story.session, 0), 0);
	lab_veth("veth0", "veth1");
	is(wait_for(&story, 1), EBPFI_LINK_ATTACHED, "veth1");
	first = story.events[0].link;
	hears(&story, "veth0");
	lab_run("ip link del veth0");
	is(wait_for(&story, 2), EBPFI_LINK_VANISHED, "veth1");
	ck_assert_int_eq(story.events[1].link, first);
	ck_assert_int_eq(ebpfi_link_info(story.session, first, &info), -ENOENT);
	lab_veth("veth0", "veth1");
	is(wait_for(&story, 3), EBPFI_LINK_ATTACHED, "veth1");
	ck_assert_int_ne(story.events[2].link, first);
	hears(&story, "veth0");
	ck_assert_int_eq(story.count, 3);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(watch_follows_renamed_interfaces)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_XDP);
	struct story story = { 0 };
	char line[EBPFI_STR_MAX];
	int link;

	watch(&story, "wan*", &opts);
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth1 down && ip link set veth1 name wan0 && ip link set wan0 up");
	is(wait_for(&story, 1), EBPFI_LINK_ATTACHED, "wan0");
	link = story.events[0].link;
	lab_run("ip link set wan0 down && ip link set wan0 name wan1 && ip link set wan1 up");
	lab_wait_up("veth0");
	is(wait_for(&story, 2), EBPFI_LINK_RENAMED, "wan1");
	ck_assert_int_eq(story.events[1].link, link);
	ck_assert_ptr_nonnull(strstr(ebpfi_event_str(story.session, &story.events[0].event, line, sizeof(line)), " wan0 "));
	hears(&story, "veth0");
	lab_run("ip link set wan1 down && ip link set wan1 name lan0");
	is(wait_for(&story, 3), EBPFI_LINK_VANISHED, "wan1");
	ck_assert_ptr_nonnull(strstr(story.events[2].reason, "lan0"));
	lab_run("! ip link show lan0 | grep -q xdp");
	ebpfi_free(story.session);
}
END_TEST

START_TEST(watch_reports_a_failure_and_tries_again_after_a_change)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_XDP);
	struct story story = { .session = ebpfi_new(tell, &story, NULL) };

	opts.mode = EBPFI_MODE_NATIVE;
	opts.program = "to_trace"; /* for buffers in one piece */
	ck_assert_int_eq(ebpfi_load_file(story.session, "records", TEST_OBJECTS "/records.o", NULL), 0);
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	ck_assert_int_gt(ebpfi_attach(story.session, "records", "veth1", &opts), 0);
	is(wait_for(&story, 1), EBPFI_LINK_FAILED, "veth1");
	ck_assert_int_eq(story.events[0].link, 0);
	ck_assert_msg(strstr(story.events[0].reason, "MTU") != NULL, "%s", story.events[0].reason);
	lab_run("ip link set veth0 mtu 1500 && ip link set veth1 mtu 1500");
	is(wait_for(&story, 2), EBPFI_LINK_ATTACHED, "veth1");
	ebpfi_free(story.session);
}
END_TEST

START_TEST(port_that_leaves_a_bridge_stays_attached)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_SOCKET);
	struct story story = { 0 };

	lab_veth("veth0", "veth1");
	watch(&story, "veth1", &opts);
	wait_for(&story, 1);
	if (system("ip link add br0 type bridge 2>/dev/null"))
		return (void)puts("SKIP: port_that_leaves_a_bridge_stays_attached: this kernel has no bridges");
	lab_run("ip link set veth1 master br0 && ip link set veth1 nomaster");
	hears(&story, "veth0");
	ck_assert_int_eq(story.count, 1);
	ebpfi_free(story.session);
}
END_TEST

/* The number of lost messages of netlink sockets in this namespace (proc(5): the column Drops). */
static unsigned int lost_messages(void)
{
	unsigned int drops, sum = 0;
	FILE *file = fopen("/proc/thread-self/net/netlink", "r");
	char line[256];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %u", &drops) == 1)
			sum += drops;
	fclose(file);
	return sum;
}

START_TEST(watch_lists_again_after_lost_messages)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_SOCKET);
	struct story story = { 0 };
	int i;

	lab_veth("veth0", "veth1");
	watch(&story, "veth*", &opts);
	wait_for(&story, 2);
	lab_run("ip link del veth0");
	for (i = 0; i < 100 && !lost_messages(); i++)
		lab_run("for j in $(seq 50); do echo link set lo mtu $((20000 + j)); done | ip -batch -");
	ck_assert_uint_gt(lost_messages(), 0);
	lab_veth("veth2", "veth3");
	wait_for(&story, 6);
	is(&story.events[2], EBPFI_LINK_VANISHED, story.events[2].name);
	is(&story.events[3], EBPFI_LINK_VANISHED, story.events[3].name);
	is(&story.events[4], EBPFI_LINK_ATTACHED, story.events[4].name);
	is(&story.events[5], EBPFI_LINK_ATTACHED, story.events[5].name);
	hears(&story, "veth2");
	ck_assert_int_eq(story.count, 6);
	ebpfi_free(story.session);
}
END_TEST

/* Sends to each socket of this namespace that listens for link changes (proc(5): Pid and Groups), as root in a container can. */
static int send_forged(const void *message, size_t size)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	FILE *file = fopen("/proc/thread-self/net/netlink", "r");
	int sent = 0, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	unsigned int groups;
	char line[256];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s 0 %u %x", &to.nl_pid, &groups) == 2 && to.nl_pid && groups & RTMGRP_LINK)
			sent += sendto(fd, message, size, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)size;
	fclose(file);
	close(fd);
	return sent;
}

START_TEST(forged_message_of_another_process_changes_nothing)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct nlattr attribute;
		char name[8];
	} forged = { { .nlmsg_len = sizeof(forged), .nlmsg_type = RTM_DELLINK },
		     { .ifi_change = 0xffffffff },
		     { NLA_HDRLEN + sizeof(forged.name), IFLA_IFNAME },
		     "veth1" };
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_SOCKET);
	struct story story = { 0 };

	lab_veth("veth0", "veth1");
	watch(&story, "veth1", &opts);
	is(wait_for(&story, 1), EBPFI_LINK_ATTACHED, "veth1");
	forged.link.ifi_index = (int)if_nametoindex("veth1");
	ck_assert_int_eq(send_forged(&forged, sizeof(forged)), 1);
	ck_assert_int_ge(ebpfi_poll(story.session, 0), 0);
	ck_assert_int_eq(story.count, 1);
	hears(&story, "veth0");
	ck_assert_int_eq(story.count, 1);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(stopped_poll_keeps_its_undelivered_events)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_SOCKET);
	struct story story = { .stop_after = 1 };

	lab_veth("veth0", "veth1");
	watch(&story, "veth*", &opts);
	ck_assert_int_eq(ebpfi_poll(story.session, 5000), -ECANCELED);
	ck_assert_int_eq(story.count, 1);
	ck_assert_int_eq(ebpfi_poll(story.session, 5000), 1);
	ck_assert_int_eq(story.count, 2);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(detached_watch_ends_its_links)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_XDP);
	struct story story = { 0 };
	int link;

	lab_veth("veth0", "veth1");
	link = watch(&story, "veth*", &opts);
	wait_for(&story, 2);
	ck_assert_int_eq(ebpfi_detach(story.session, story.events[0].link), 0);
	lab_run("! ip link show %s | grep -q xdp", story.events[0].name);
	lab_run("ip link show %s | grep -q xdp", story.events[1].name);
	ck_assert_int_eq(ebpfi_detach(story.session, link), 0);
	ck_assert_int_eq(ebpfi_detach(story.session, story.events[1].link), -ENOENT);
	lab_run("! ip link show %s | grep -q xdp", story.events[1].name);
	lab_veth("veth2", "veth3");
	ck_assert_int_eq(ebpfi_poll(story.session, 0), 0);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(watch_works_in_another_namespace)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_XDP);
	struct story story = { 0 };
	char path[64];
	int there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), here;

	lab_setup();
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", there);
	opts.netns = path;
	watch(&story, "veth1", &opts);
	ck_assert_int_eq(setns(there, CLONE_NEWNET), 0);
	lab_veth("veth0", "veth1");
	ck_assert_int_eq(setns(here, CLONE_NEWNET), 0);
	is(wait_for(&story, 1), EBPFI_LINK_ATTACHED, "veth1");
	ck_assert_int_eq(setns(there, CLONE_NEWNET), 0);
	hears(&story, "veth0");
	ebpfi_free(story.session);
}
END_TEST

START_TEST(replacement_reaches_present_and_future_links)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_TC);
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	struct story story = { 0 };
	int i, link;

	lab_veth("veth0", "veth1");
	link = watch(&story, "veth*", &opts);
	wait_for(&story, 2);
	ck_assert_int_eq(ebpfi_load_file(story.session, "version", TEST_OBJECTS "/version.o", NULL), 0);
	ck_assert_msg(!ebpfi_replace(story.session, link, "version"), "%s", ebpfi_errmsg(story.session));
	lab_veth("veth2", "veth3");
	wait_for(&story, 4);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(ebpfi_link_info(story.session, story.events[i].link, &info), 0);
		ck_assert_str_eq(info.inspector, "version");
	}
	ebpfi_free(story.session);
}
END_TEST

START_TEST(watch_events_have_text_and_json)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_SOCKET);
	struct story story = { 0 };
	char text[EBPFI_JSON_MAX];

	watch(&story, "lo", &opts);
	wait_for(&story, 1);
	ebpfi_event_str(story.session, &story.events[0].event, text, sizeof(text));
	ck_assert_msg(strstr(text, " lo interface attached, link ") != NULL, "%s", text);
	ebpfi_event_json(story.session, &story.events[0].event, text, sizeof(text));
	ck_assert_msg(strstr(text, "\"network.interface.name\":\"lo\"") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "\"ebpfi.link.state\":\"attached\"") != NULL, "%s", text);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(impossible_watch_is_refused_at_once)
{
	struct ebpfi_attach_opts opts = watching(EBPFI_HOOK_XDP);
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_attach(s, "nothing", "veth*", &opts), -ENOENT);
	opts.pin = "/sys/fs/bpf/x";
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth*", &opts), -EINVAL);
	ck_assert_int_eq(ebpfi_poll(s, 0), 0);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		watch_attaches_to_present_interfaces_and_reports_at_the_next_poll,
		watch_follows_renamed_interfaces,
		watch_reports_a_failure_and_tries_again_after_a_change,
		port_that_leaves_a_bridge_stays_attached,
		watch_lists_again_after_lost_messages,
		forged_message_of_another_process_changes_nothing,
		stopped_poll_keeps_its_undelivered_events,
		detached_watch_ends_its_links,
		watch_works_in_another_namespace,
		replacement_reaches_present_and_future_links,
		watch_events_have_text_and_json,
		impossible_watch_is_refused_at_once,
	};
	const TTest *const on_each_hook[] = { watch_attaches_again_when_an_interface_returns };

	lab_require();
	return RUN_TESTS("watch", lab_setup, tests) | run_tests("watch, each hook", lab_setup, on_each_hook, 1, 4);
}

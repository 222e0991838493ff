/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Deleted interfaces of links without a watch. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "runner.h"

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

struct story {
	struct ebpfi *session;
	struct ebpfi_link_event last;
	int count;
	int stop; /* return value of the event function */
};

static int tell(void *ctx, const struct ebpfi_event *event)
{
	struct story *story = ctx;

	if (event->kind != EBPFI_EVENT_LINK)
		return 0;
	memcpy(&story->last, event, sizeof(story->last));
	story->count++;
	return story->stop;
}

static int attach(struct story *story, const char *interface, int way)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = ways[way].hook, .mode = ways[way].mode };
	int link;

	if (!story->session)
		story->session = ebpfi_new(tell, story, NULL);
	link = ebpfi_attach(story->session, "packet", interface, &opts);
	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(story->session));
	return link;
}

static void wait_for(struct story *story, int count)
{
	while (story->count < count)
		ck_assert_int_gt(ebpfi_poll(story->session, 5000), 0);
}

START_TEST(link_reports_its_deleted_interface_once)
{
	struct story story = { 0 };
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	char text[EBPFI_STR_MAX];
	int link;

	lab_veth("veth0", "veth1");
	link = attach(&story, "veth1", _i);
	lab_run("ip link del veth0");
	wait_for(&story, 1);
	ck_assert_int_eq(story.last.what, EBPFI_LINK_VANISHED);
	ck_assert_int_eq(story.last.link, link);
	ck_assert_int_eq(story.last.watch, 0);
	ck_assert_int_eq(story.last.event.hook, ways[_i].hook);
	ck_assert_str_eq(story.last.name, "veth1");
	ebpfi_event_str(story.session, &story.last.event, text, sizeof(text));
	ck_assert_msg(strstr(text, " veth1 interface vanished, link ") != NULL, "%s", text);
	lab_veth("veth0", "veth1");
	lab_run("ip link del veth0");
	ck_assert_int_eq(ebpfi_poll(story.session, 0), 0);
	ck_assert_int_eq(story.count, 1);
	ck_assert_int_eq(ebpfi_link_info(story.session, link, &info), 0);
	ck_assert_uint_eq(info.ifindex, 0);
	ck_assert_int_eq(ebpfi_detach(story.session, link), 0);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(other_deleted_interfaces_are_not_reported)
{
	struct story story = { 0 };
	int link;

	lab_veth("veth0", "veth1");
	lab_veth("veth2", "veth3");
	link = attach(&story, "veth1", 0);
	attach(&story, "veth3", 0);
	lab_run("ip link del veth0");
	wait_for(&story, 1);
	ck_assert_int_eq(story.last.link, link);
	ck_assert_int_eq(ebpfi_poll(story.session, 0), 0);
	ck_assert_int_eq(story.count, 1);
	ebpfi_free(story.session);
}
END_TEST

START_TEST(every_link_of_a_deleted_interface_reports_it_and_the_descriptor_stays_readable)
{
	struct story story = { .stop = 1 };
	struct pollfd readable;
	int i;

	lab_veth("veth0", "veth1");
	for (i = 0; i < WAYS; i++)
		if (ways[i].mode != EBPFI_MODE_CLSACT)
			attach(&story, "veth1", i);
	lab_run("ip link del veth0");
	for (i = 1; i <= 3; i++) {
		readable = (struct pollfd){ .fd = ebpfi_fd(story.session), .events = POLLIN };
		ck_assert_int_eq(poll(&readable, 1, 5000), 1);
		while (story.count < i)
			ck_assert_int_eq(ebpfi_poll(story.session, 5000), -ECANCELED);
		ck_assert_int_eq(story.count, i);
	}
	ebpfi_free(story.session);
}
END_TEST

START_TEST(deleted_interface_of_another_namespace_is_reported)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_SOCKET };
	struct story story = { 0 };
	char path[64];
	int there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), link;

	lab_veth("veth0", "veth1");
	lab_setup();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", there);
	opts.netns = path;
	story.session = ebpfi_new(tell, &story, NULL);
	link = ebpfi_attach(story.session, "packet", "veth1", &opts);
	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(story.session));
	ck_assert_int_eq(setns(there, CLONE_NEWNET), 0);
	lab_run("ip link del veth0");
	wait_for(&story, 1);
	ck_assert_int_eq(story.last.link, link);
	ebpfi_free(story.session);
}
END_TEST

int main(void)
{
	const TTest *const on_each_hook[] = { link_reports_its_deleted_interface_once };
	const TTest *const tests[] = {
		other_deleted_interfaces_are_not_reported,
		every_link_of_a_deleted_interface_reports_it_and_the_descriptor_stays_readable,
		deleted_interface_of_another_namespace_is_reported,
	};

	lab_require();
	return RUN_LOOPS("vanishing, each hook", lab_setup, on_each_hook, WAYS) | RUN_TESTS("vanishing", lab_setup, tests);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The n-th allocation fails: with a host's object from load to unload, and while programs are attached. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdlib.h>

#include "bytes.h"
#include "failing.h"
#include "file.h"
#include "lab.h"

static char *object; /* bytes */
static size_t object_size;
static bool has_tcx;

static int take(void *ctx, const void *record, size_t size)
{
	(void)ctx;
	(void)record;
	(void)size;
	return 0;
}

static struct ebpfi_link_event last_event; /* the last */
static unsigned int event_count;

static int keep(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	memcpy(&last_event, event, sizeof(last_event));
	event_count++;
	return 0;
}

/* Runs a whole session. Returns its first error. */
static int with_session(int (*fn)(struct ebpfi *s))
{
	struct ebpfi *s = ebpfi_new(keep, NULL, NULL);
	int err;

	if (!s)
		return -ENOMEM;
	err = fn(s);
	failing_note(ebpfi_errmsg(s));
	ebpfi_free(s);
	return err;
}

static int load(struct ebpfi *s)
{
	const uint64_t ten = 10;
	const struct ebpfi_knob knob = { "step", &ten, sizeof(ten) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };

	return ebpfi_load_file(s, "mine", TEST_OBJECTS "/filter.o", &opts);
}

static int attach(struct ebpfi *s, const char *name, enum ebpfi_hook hook)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };

	return ebpfi_attach(s, name, "lo", &opts);
}

static int load_twice(struct ebpfi *s)
{
	int err = load(s);

	return err ? err : ebpfi_load_mem(s, "other", object, object_size, NULL);
}

static int attach_everywhere(struct ebpfi *s)
{
	int hook, err = load(s);

	for (hook = EBPFI_HOOK_XDP; !err && hook <= EBPFI_HOOK_SOCKET; hook++) {
		err = attach(s, "mine", (enum ebpfi_hook)hook);
		err = err < 0 ? err : 0;
	}
	return err;
}

/* Attaches relative to a program by name and lists the programs. The list says if it is incomplete. */
static int attach_after(struct ebpfi *s, enum ebpfi_mode mode)
{
	struct ebpfi_attach_opts opts = {
		.sz = sizeof(opts), .hook = EBPFI_HOOK_TC, .mode = mode, .order = EBPFI_ORDER_AFTER, .anchor_name = "at_tc"
	};
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	int link = ebpfi_attach(s, "packet", "lo", &opts), err;

	if (link < 0)
		return link;
	err = ebpfi_link_info(s, link, &info);
	if (!err && strstr(info.others, "cannot be listed"))
		err = -ENOMEM;
	else if (!err && !strstr(info.others, "at_tc"))
		err = -ENOMSG;
	return err ? err : ebpfi_detach(s, link);
}

static int attach_in_order(struct ebpfi *s)
{
	static const enum ebpfi_mode modes[] = { EBPFI_MODE_TCX, EBPFI_MODE_CLSACT };
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC };
	int link, err = load(s);
	size_t i;

	for (i = has_tcx ? 0 : 1; !err && i < sizeof(modes) / sizeof(modes[0]); i++) {
		opts.mode = modes[i];
		link = ebpfi_attach(s, "mine", "lo", &opts);
		err = link < 0 ? link : attach_after(s, modes[i]);
		if (!err)
			err = ebpfi_detach(s, link);
	}
	return err;
}

static int change_filters(struct ebpfi *s)
{
	int link, err = load(s);

	if (!err)
		err = ebpfi_set_filter(s, "mine", "udp port 53");
	link = err ? err : attach(s, "mine", EBPFI_HOOK_TC);
	if (link < 0)
		return link;
	err = ebpfi_set_filter(s, "mine", "tcp");
	if (!err)
		err = ebpfi_set_filter(s, "mine", NULL);
	return err ? err : ebpfi_detach(s, link);
}

static int take_records(struct ebpfi *s)
{
	int err = ebpfi_load_file(s, "mine", TEST_OBJECTS "/records.o", NULL);

	if (!err)
		err = ebpfi_on_record(s, "mine.ring", take, NULL);
	if (!err)
		err = ebpfi_on_record(s, "mine.perf", take, NULL);
	return err ? err : ebpfi_on_trace(s, NULL, NULL);
}

static int start_watch(struct ebpfi *s)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC, .watch = 1 };
	int err = load(s);

	if (!err)
		err = ebpfi_attach(s, "mine", "[lw]*", &opts);
	return err < 0 ? err : 0;
}

/* The kernel has finished when its command returns, so a poll sees the effect. Returns the first error of two polls. */
static int poll_twice(struct ebpfi *s)
{
	int err, next;

	event_count = 0;
	err = ebpfi_poll(s, 0);
	next = ebpfi_poll(s, 0);
	if (event_count != 1)
		return -ENOMSG;
	err = err < 0 ? err : next;
	return err < 0 ? err : last_event.what == EBPFI_LINK_FAILED ? -ENOMEM : 0;
}

/* Each event is delivered once, possibly later. No assertion in between: Check allocates, too. */
static int watch(struct ebpfi *s)
{
	static const char *const commands[] = { "true", "ip link add w0 type veth peer name v1", "ip link set w0 name w2",
						"ip link del w2" };
	int first = 0, err = start_watch(s);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		err = system(commands[i]) ? -EIO : poll_twice(s);
		first = first && err != -ENOMSG ? first : err;
	}
	return first;
}

static int attach_bundled(struct ebpfi *s)
{
	int err = attach(s, "packet", EBPFI_HOOK_ANY);

	return err < 0 ? err : 0;
}

#define SCENARIO(name)                                                                                                         \
	static int name##_scenario(void)                                                                                       \
	{                                                                                                                      \
		return with_session(name);                                                                                     \
	}

SCENARIO(load_twice)
SCENARIO(attach_everywhere)
SCENARIO(attach_in_order)
SCENARIO(change_filters)
SCENARIO(take_records)
SCENARIO(watch)
SCENARIO(attach_bundled)

START_TEST(loading_an_object_survives_every_failing_allocation)
{
	ck_assert_int_eq(file_read(TEST_OBJECTS "/records.o", 1 << 20, &object, &object_size), 0);
	failing_every(load_twice_scenario, 5);
	free(object);
}
END_TEST

START_TEST(attaching_programs_survives_every_failing_allocation)
{
	failing_every(attach_everywhere_scenario, 8);
}
END_TEST

START_TEST(ordered_attach_survives_every_failing_allocation)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC, .mode = EBPFI_MODE_TCX };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	has_tcx = ebpfi_attach(s, "packet", "lo", &opts) > 0;
	ebpfi_free(s);
	failing_every(attach_in_order_scenario, 12);
}
END_TEST

START_TEST(changing_a_filter_survives_every_failing_allocation)
{
	failing_every(change_filters_scenario, 10);
}
END_TEST

START_TEST(receiving_records_survives_every_failing_allocation)
{
	lab_tracefs();
	failing_every(take_records_scenario, 8);
}
END_TEST

START_TEST(watching_interfaces_survives_every_failing_allocation)
{
	failing_every(watch_scenario, 14);
}
END_TEST

START_TEST(attaching_an_inspector_survives_every_failing_allocation)
{
	failing_every(attach_bundled_scenario, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		loading_an_object_survives_every_failing_allocation,      attaching_programs_survives_every_failing_allocation,
		ordered_attach_survives_every_failing_allocation,         changing_a_filter_survives_every_failing_allocation,
		receiving_records_survives_every_failing_allocation,      watching_interfaces_survives_every_failing_allocation,
		attaching_an_inspector_survives_every_failing_allocation,
	};

	lab_require();
	return RUN_TESTS("own", lab_setup, tests);
}

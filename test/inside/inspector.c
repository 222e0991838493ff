/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* An inspector that is not part of the library: options by name, tables, ticks of the clock, in the kernel and natively. */
#define EBPFI_INSPECTOR probe
#include "../kernel/bpf/probe.bpf.c"

#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdlib.h>

#include "file.h"
#include "inspector.h"
#include "lab.h"
#include "runner.h"

static char *object;
static size_t object_size;

static const void *bytes_of_object(size_t *size)
{
	if (!object)
		ck_assert_int_eq(file_read(TEST_OBJECTS "/probe.o", 1 << 20, &object, &object_size), 0);
	*size = object_size;
	return object;
}

static void *state_new(void)
{
	return calloc(1, sizeof(uint64_t));
}

/* Emits one event at the end, with the number of ticks before it. */
static unsigned int tick(void *state, uint64_t now_ns, inspector_emit_fn emit, void *to)
{
	struct probe_event event = { .event = { .len = sizeof(event), .kind = PROBE_TICK } };

	event.word = ++*(uint64_t *)state;
	event.event.time_ns = now_ns;
	emit(to, &event.event);
	return 0;
}

static void str(struct text *t, const struct ebpfi_event *event)
{
	text_put_uint(t, ((const struct probe_event *)event)->word);
}

static void json(struct json *j, const struct ebpfi_event *event)
{
	json_uint(j, "word", ((const struct probe_event *)event)->word);
}

static const struct inspector_option options[] = {
	{ "step", "which word of the table", .knob = "step", .max = 3, .initial = 1 },
	{ "ports", "entries of a map", .map = "seen_ports", .min = 1, .max = 100000, .initial = 8 },
	{ 0 },
};

static const struct inspector probe = {
	.name = "probe",
	.object = bytes_of_object,
	.native = &native_probe,
	.options = options,
	.first_kind = PROBE_KIND,
	.last_kind = PROBE_TICK,
	.event_size = sizeof(struct probe_event),
	.str = str,
	.json = json,
	.state_new = state_new,
	.state_free = free,
};

static const struct inspector ticking = {
	.name = "ticking",
	.object = bytes_of_object,
	.native = &native_probe,
	.options = options,
	.first_kind = 4112,
	.last_kind = 4112,
	.event_size = sizeof(struct probe_event),
	.str = str,
	.json = json,
	.state_new = state_new,
	.state_free = free,
	.tick = tick,
};

struct seen {
	unsigned int packets, ticks;
	uint64_t word, last_tick;
};

static int keep(void *ctx, const struct ebpfi_event *event)
{
	struct seen *seen = ctx;

	if (event->kind == PROBE_TICK) {
		seen->ticks++;
		seen->last_tick = event->time_ns;
		return 0;
	}
	ck_assert_int_eq(event->kind, PROBE_KIND);
	seen->packets++;
	seen->word = ((const struct probe_event *)event)->word;
	return 0;
}

static struct ebpfi *start(struct seen *seen)
{
	struct ebpfi *s = ebpfi_new(keep, seen, NULL);

	ck_assert_ptr_nonnull(s);
	inspector_register(&probe);
	inspector_register(&ticking);
	return s;
}

START_TEST(registered_inspector_is_listed_and_its_name_and_kinds_are_taken)
{
	static const struct inspector other = { .name = "other", .first_kind = PROBE_TICK, .last_kind = PROBE_TICK + 1 };
	struct ebpfi *s = start(NULL);
	const char *name;
	unsigned int i;

	for (i = 0; (name = ebpfi_inspector_name(i)) && strcmp(name, "probe"); i++)
		;
	ck_assert_ptr_nonnull(name);
	ck_assert_int_eq(inspector_register(&probe), -EEXIST);
	ck_assert_int_eq(inspector_register(&other), -EEXIST);
	ebpfi_free(s);
}
END_TEST

START_TEST(option_that_does_not_fit_is_refused_with_a_list_of_options)
{
	const struct ebpfi_option unknown[] = { { "snaplen", 1 }, { 0 } }, high[] = { { "step", 4 }, { 0 } };
	struct ebpfi_load_opts opts = { .sz = sizeof(opts), .options = unknown };
	struct ebpfi_option_info info = { .sz = sizeof(info) };
	struct ebpfi *s = start(NULL);

	ck_assert_int_eq(ebpfi_load(s, "probe", &opts), -EINVAL);
	ck_assert_str_eq(ebpfi_errmsg(s), "probe has no option snaplen; it has: step, ports");
	opts.options = high;
	ck_assert_int_eq(ebpfi_load(s, "probe", &opts), -EINVAL);
	ck_assert_str_eq(ebpfi_errmsg(s), "step 4 is out of range: probe takes 0 to 3");
	ck_assert_int_eq(ebpfi_inspector_option("probe", 1, &info), 0);
	ck_assert_str_eq(info.name, "ports");
	ck_assert_uint_eq(info.initial, 8);
	ck_assert_int_eq(ebpfi_inspector_option("probe", 2, &info), -ENOENT);
	ck_assert_int_eq(ebpfi_inspector_option("nobody", 0, &info), -ENOENT);
	ebpfi_free(s);
}
END_TEST

START_TEST(table_that_does_not_fit_is_refused)
{
	const uint64_t words[] = { 1, 2, 3, 4 };
	struct ebpfi *s = start(NULL);

	ck_assert_int_eq(ebpfi_table_set(s, "probe", 0, words, sizeof(words)), -EINVAL);
	ck_assert_int_eq(ebpfi_table_set(s, "probe.nothing", 0, words, sizeof(words)), -ENOENT);
	ck_assert_int_eq(ebpfi_table_set(s, "nobody.words", 0, words, sizeof(words)), -ENOENT);
	ck_assert_int_eq(ebpfi_table_set(s, "probe.dictionary", 2, words, sizeof(words)), -EINVAL);
	ck_assert_int_eq(ebpfi_table_set(s, "probe.dictionary", 0, words, sizeof(words) - 1), -EINVAL);
	ck_assert_int_eq(ebpfi_table_set(s, "probe.dictionary", 0, words, sizeof(words)), 0);
	ebpfi_free(s);
}
END_TEST

/* The first packet sees no table; later ones see the last table that the host set. */
static void set_and_send(struct ebpfi *s, struct seen *seen)
{
	uint64_t words[] = { 10, 11, 12, 13 };

	lab_send("veth0", "0123456789abcdefghijklmnopqrstuvwxyz", 36);
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	ck_assert_uint_eq(seen->word, 0);
	for (words[2] = 1; words[2] < 20; words[2]++) {
		ck_assert_msg(!ebpfi_table_set(s, "probe.dictionary", 1, words, sizeof(words)), "%s", ebpfi_errmsg(s));
		lab_send("veth0", "0123456789abcdefghijklmnopqrstuvwxyz", 36);
		ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
		ck_assert_uint_eq(seen->word, words[2]);
	}
}

START_TEST(table_is_replaced_while_the_inspector_is_attached)
{
	const struct ebpfi_option two[] = { { "step", 2 }, { "ports", 64 }, { 0 } };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .options = two };
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC };
	struct ebpfi_map_info ports = { .sz = sizeof(ports) };
	struct seen seen = { 0 };
	struct ebpfi *s = start(&seen);

	lab_veth("veth0", "veth1");
	ck_assert_int_eq(ebpfi_load(s, "probe", &load), 0);
	ck_assert_msg(ebpfi_attach(s, "probe", "veth1", &opts) > 0, "%s", ebpfi_errmsg(s));
	set_and_send(s, &seen);
	ck_assert_int_eq(ebpfi_map_info(s, "probe.seen_ports", &ports), 0);
	ck_assert_uint_eq(ports.max_entries, 64);
	ebpfi_free(s);
}
END_TEST

START_TEST(hook_that_the_inspector_does_not_name_is_refused)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_XDP };
	struct ebpfi *s = start(NULL);

	ck_assert_int_eq(ebpfi_attach(s, "probe", "lo", &opts), -EOPNOTSUPP);
	ck_assert_str_eq(ebpfi_errmsg(s), "probe has no program for xdp; it has: tc, socket");
	ebpfi_free(s);
}
END_TEST

START_TEST(replay_begins_with_the_tables_that_were_set)
{
	const uint64_t words[] = { 10, 11, 12, 13 };
	struct seen seen = { 0 };
	struct ebpfi *s = start(&seen);

	ck_assert_int_eq(ebpfi_table_set(s, "probe.dictionary", 1, words, sizeof(words)), 0);
	ck_assert_msg(!ebpfi_replay(s, "probe", EBPFI_SOURCE "/examples/demo.pcap", NULL), "%s", ebpfi_errmsg(s));
	ck_assert_uint_gt(seen.packets, 10);
	ck_assert_uint_eq(seen.word, 11);
	ebpfi_free(s);
}
END_TEST

START_TEST(time_passes_in_a_replay_as_in_the_capture_and_ends)
{
	struct seen seen = { 0 };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	struct ebpfi *s = start(&seen);

	ck_assert_msg(!ebpfi_replay(s, "ticking", EBPFI_SOURCE "/examples/demo.pcap", NULL), "%s", ebpfi_errmsg(s));
	ck_assert_uint_ge(seen.ticks, 2);
	ck_assert_uint_lt(seen.ticks, seen.packets);
	ck_assert_uint_eq(seen.last_tick, UINT64_MAX);
	ck_assert_int_eq(ebpfi_get_stats(s, "ticking", &stats), 0);
	ck_assert_uint_eq(stats.ledger.seen, seen.packets + seen.ticks);
	ck_assert_uint_eq(stats.ledger.delivered, seen.packets + seen.ticks);
	ebpfi_free(s);
}
END_TEST

START_TEST(time_passes_while_the_host_polls_without_packets)
{
	struct seen seen = { 0 };
	struct ebpfi *s = start(&seen);

	ck_assert_int_eq(ebpfi_load(s, "ticking", NULL), 0);
	ck_assert_int_eq(ebpfi_poll(s, 5000), 1);
	ck_assert_int_eq(ebpfi_poll(s, -1), 1);
	ck_assert_int_eq(ebpfi_poll(s, 0), 0);
	ck_assert_uint_eq(seen.ticks, 2);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		registered_inspector_is_listed_and_its_name_and_kinds_are_taken,
		option_that_does_not_fit_is_refused_with_a_list_of_options,
		table_that_does_not_fit_is_refused,
		table_is_replaced_while_the_inspector_is_attached,
		hook_that_the_inspector_does_not_name_is_refused,
		replay_begins_with_the_tables_that_were_set,
		time_passes_in_a_replay_as_in_the_capture_and_ends,
		time_passes_while_the_host_polls_without_packets,
	};

	lab_require();
	return RUN_TESTS("inspector", lab_setup, tests);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A connection's entry: the insert fails, another CPU inserts it first, or the kernel reuses it for another connection. */
#define EBPFI_INSPECTOR entry
#include <errno.h>

#include "world.h"

static long insert_fails; /* with this error; 0: it succeeds */

static inline long insert(const void *map, const void *key, const void *value, uint64_t flags)
{
	if (flags == BPF_NOEXIST && insert_fails)
		return insert_fails;
	return bpf_map_update_elem(map, key, value, flags);
}

#pragma push_macro("bpf_map_update_elem")
#undef bpf_map_update_elem
#define bpf_map_update_elem(map, key, value, flags) insert(map, key, value, flags)
#pragma GCC diagnostic ignored "-Wunused-function"
#include "http/connections.h"
#pragma pop_macro("bpf_map_update_elem")
#include "http/resume.h"
#include "native_run.h"
#include "runner.h"

KNOB(uint32_t, unused, 0); /* the linker needs one */

static __always_inline int entry_inspect(struct pkt *p)
{
	(void)p;
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(entry, SOCKET);

static void ignore(void *ctx, const void *record, size_t size)
{
	(void)ctx, (void)record, (void)size;
}

static struct native_run *run;

static struct http_connection *made(void)
{
	return bpf_map_lookup_elem(&connections, &work_of_cpu()->tcp.stream.key);
}

static void begin(void)
{
	run = native_run_new(&native_entry, 0, ignore, NULL);
	native_run_enter(run);
	memset(work_of_cpu(), 0, sizeof(struct http_work));
	memset(reading_of_cpu(), 0, sizeof(struct http_reading));
	native_current->time_ns = 1000;
	insert_fails = 0;
}

static void end(uint64_t seen, uint64_t lost)
{
	ck_assert_uint_eq(ledger_of_cpu()->seen, seen);
	ck_assert_uint_eq(ledger_of_cpu()->lost_map, lost);
	native_run_leave(run);
	native_run_free(run);
}

START_TEST(failed_insert_counts_as_seen_and_lost)
{
	begin();
	insert_fails = -ENOMEM;
	make_connection(work_of_cpu());
	ck_assert_ptr_null(made());
	end(1, 1);
}
END_TEST

START_TEST(entry_that_another_cpu_made_first_is_used_and_nothing_is_lost)
{
	uint64_t id;

	begin();
	make_connection(work_of_cpu());
	id = made()->id;
	made()->side[0].tcp.next = 77;
	native_current->time_ns = 2000;
	insert_fails = -EEXIST;
	make_connection(work_of_cpu());
	ck_assert_uint_eq(made()->id, id);
	ck_assert_uint_eq(made()->side[0].tcp.next, 77);
	end(0, 0);
}
END_TEST

static struct http_loop loop_of(struct http_connection *c)
{
	struct http_loop loop = { .r = reading_of_cpu(), .w = work_of_cpu(), .c = c };

	set_sides(&loop);
	return loop;
}

START_TEST(message_is_not_written_into_an_entry_that_became_another_connections)
{
	struct http_connection *c;
	struct http_loop loop;

	begin();
	make_connection(work_of_cpu());
	c = made();
	loop = loop_of(c);
	http_load_message(&loop);
	loop.r->m.status = 200;
	c->id++; /* the kernel gave the memory to another connection */
	http_store_message(&loop);
	ck_assert_uint_eq(loop.side->m.status, 0);
	end(1, 1);
}
END_TEST

START_TEST(message_is_written_into_its_own_entry)
{
	struct http_loop loop;

	begin();
	make_connection(work_of_cpu());
	loop = loop_of(made());
	http_load_message(&loop);
	loop.r->m.status = 200;
	http_store_message(&loop);
	ck_assert_uint_eq(loop.side->m.status, 200);
	end(0, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		failed_insert_counts_as_seen_and_lost,
		entry_that_another_cpu_made_first_is_used_and_nothing_is_lost,
		message_is_not_written_into_an_entry_that_became_another_connections,
		message_is_written_into_its_own_entry,
	};

	return RUN_TESTS("entry", NULL, tests);
}

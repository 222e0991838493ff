/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The HTTP reader's hooks, in an inspector without connections: each packet has the next bytes of one stream of requests. */
#define EBPFI_INSPECTOR hooked

#include <stdio.h>
#include <stdlib.h>

#include "http/state_machine.h"

enum { KEPT = 4096 };

static struct {
	int starts, heads;
	unsigned int target_size, host_size, method_size;
	char target[KEPT], host[KEPT], method[KEPT];
} seen;

static inline void keep_target(const __u8 *from, __u32 size)
{
	memcpy(seen.target + seen.target_size, from, size);
	seen.target_size += size;
}

static inline void keep_field(const struct http_reading *r, __u32 field, const __u8 *from, __u32 size)
{
	if (field == EBPFI_HTTP_METHOD) {
		memcpy(seen.method + seen.method_size, from, size);
		seen.method_size += size;
	}
	if (field != EBPFI_HTTP_HOST)
		return;
	if (!r->m.used[field])
		seen.host_size = 0;
	memcpy(seen.host + seen.host_size, from, size);
	seen.host_size += size;
}

static inline void begin_message(void)
{
	seen.starts++;
	seen.target_size = seen.host_size = seen.method_size = 0;
}

#define HTTP_ON_START(r) begin_message()
#define HTTP_ON_TARGET(r, from, size) keep_target(from, size)
#define HTTP_ON_FIELD(r, field, from, size) keep_field(r, field, from, size)
#define HTTP_ON_HEAD(r) (seen.heads++)
#include "http/reader.h"
#include "http_grammar.h"
#include "native_run.h"
#include "runner.h"

KNOB(uint32_t, unused, 0); /* the linker needs one */

static __always_inline int hooked_inspect(struct pkt *p)
{
	struct http_range range = { .end = (__u32)p->len };
	struct pkt_bytes bytes = pkt_bytes_of(p);
	struct http_reading *r = reading_of_cpu();
	int stop;

	r->walk.at = r->walk.end = 0;
	while ((stop = http_next_stop(r, &range, &bytes, 0)) != HTTP_DONE && stop != HTTP_STOP) {
		if (stop == HTTP_HEAD) {
			r->m.notes |= 1 << HTTP_HEAD_DONE;
			stop = (int)http_find_body(&r->m, 0, 0);
		}
		if (stop == HTTP_END) {
			http_reset_message(&r->m);
			r->m.state = HTTP_REQUEST;
		}
		if (r->m.state == HTTP_BROKEN)
			break;
	}
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(hooked, SOCKET);

static void ignore(void *ctx, const void *record, size_t size)
{
	(void)ctx, (void)record, (void)size;
}

/* In pieces of `each` bytes, 0: whole. */
static void read_requests(const char *text, size_t each)
{
	struct native_run *run = native_run_new(&native_hooked, 0, ignore, NULL);
	struct http_table *table = http_table_new(false);
	size_t size = strlen(text), part;
	struct pkt p = { 0 };

	ck_assert_int_eq(native_run_put(run, "http_table", &(uint32_t){ 0 }, table), 0);
	memset(&seen, 0, sizeof(seen));
	native_run_enter(run);
	memset(reading_of_cpu(), 0, sizeof(struct http_reading));
	reading_of_cpu()->m.state = HTTP_REQUEST;
	for (; size; size -= part, text += part) {
		part = each && each < size ? each : size;
		p.ctx = (void *)text;
		p.len = p.wire_len = part;
		native_run_packet(run, &p, 1);
	}
	native_run_leave(run);
	native_run_free(run);
	free(table);
}

static void check_seen(const char *method, const char *target, const char *host)
{
	ck_assert_uint_eq(seen.method_size, strlen(method));
	ck_assert_mem_eq(seen.method, method, strlen(method));
	ck_assert_uint_eq(seen.target_size, strlen(target));
	ck_assert_mem_eq(seen.target, target, strlen(target));
	ck_assert_uint_eq(seen.host_size, strlen(host));
	ck_assert_mem_eq(seen.host, host, strlen(host));
}

START_TEST(target_hook_gets_all_bytes_of_a_target_longer_than_its_room)
{
	char request[2048], target[1501];
	size_t each;

	memset(target, 'a', sizeof(target) - 1);
	target[0] = '/';
	target[700] = '?';
	target[1500] = '\0';
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: example\r\n\r\n", target);
	for (each = 0; each < 40; each++) {
		read_requests(request, each);
		check_seen("GET", target, "example");
		ck_assert_int_eq(seen.heads, 1);
	}
}
END_TEST

START_TEST(second_header_of_a_name_starts_again)
{
	size_t each;

	for (each = 0; each < 9; each++) {
		read_requests("POST /x HTTP/1.1\r\nHost: the first one\r\nHost: second\r\n\r\n", each);
		check_seen("POST", "/x", "second");
	}
}
END_TEST

START_TEST(head_hook_is_called_once_for_each_head)
{
	static const char pipelined[] = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
					"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
					"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n";
	size_t each;

	for (each = 0; each < 9; each++) {
		read_requests(pipelined, each);
		ck_assert_int_eq(seen.starts, 3);
		ck_assert_int_eq(seen.heads, 3);
		check_seen("GET", "/3", "a");
	}
}
END_TEST

START_TEST(trailer_calls_no_hooks)
{
	size_t each;

	for (each = 0; each < 9; each++) {
		read_requests("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", each);
		ck_assert_int_eq(seen.heads, 1);
		check_seen("POST", "/x", "a");
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		target_hook_gets_all_bytes_of_a_target_longer_than_its_room,
		second_header_of_a_name_starts_again,
		head_hook_is_called_once_for_each_head,
		trailer_calls_no_hooks,
	};

	return RUN_TESTS("reader", NULL, tests);
}

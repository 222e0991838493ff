/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The option `connections` of the inspector `http`. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "capture_bytes.h"
#include "segments.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 204 No Content\r\n\r\n"

static int paired, unpaired;

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;

	(void)ctx;
	if (event->kind != EBPFI_EVENT_HTTP_RESPONSE)
		return 0;
	if (http->anomalies >> EBPFI_HTTP_UNPAIRED & 1)
		unpaired++;
	else
		paired++;
	return 0;
}

static void capture(void *ctx, const void *frame, size_t size)
{
	pcap_add(ctx, 1000000, frame, size);
}

/* Opens connections, then sends the response of the first. */
static const char *first_of(int connections)
{
	struct bytes b = { 0 };
	struct segments s = { .fn = capture, .ctx = &b, .server_port = 80 };
	const char *path;
	int i;

	pcap_begin(&b, 1);
	for (i = 0; i < connections; i++) {
		s.client_port = (uint16_t)(20000 + i);
		segments_open(&s, 1000, 9000);
		segments_say(&s, CLIENT, ACK | PSH, GET, sizeof(GET) - 1);
	}
	s.client_port = 20000;
	segments_say(&s, SERVER, ACK | PSH, OK, sizeof(OK) - 1);
	path = file_of(&b, b.size);
	free(b.at);
	return path;
}

static void replay(int connections, uint64_t remembered)
{
	const struct ebpfi_option options[] = { { "connections", remembered }, { 0 } };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .options = remembered ? options : NULL };
	struct ebpfi *s = ebpfi_new(on_event, NULL, NULL);

	paired = unpaired = 0;
	ck_assert_msg(!ebpfi_load(s, "http", &load), "%s", ebpfi_errmsg(s));
	ck_assert_msg(!ebpfi_replay(s, "http", first_of(connections), NULL), "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
}

START_TEST(option_sets_the_number_of_connections)
{
	replay(100, 0);
	ck_assert_int_eq(paired, 1);
	replay(100, 100);
	ck_assert_int_eq(paired, 1);
	replay(101, 100);
	ck_assert_int_eq(paired, 0);
	ck_assert_int_eq(unpaired, 1);
}
END_TEST

START_TEST(too_few_or_too_many_connections_are_refused)
{
	static const uint64_t refused[] = { 63, (1 << 20) + 1, UINT64_MAX };
	const struct ebpfi_option options[] = { { "connections", refused[_i] }, { 0 } };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .options = options };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_load(s, "http", &load), -EINVAL);
	ck_assert_msg(strstr(ebpfi_errmsg(s), "connections") != NULL, "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { option_sets_the_number_of_connections };
	const TTest *const bounds[] = { too_few_or_too_many_connections_are_refused };

	return RUN_TESTS("connections", NULL, tests) | RUN_LOOPS("bounds", NULL, bounds, 3);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_event.h"
#include "runner.h"

enum { MS = 1000000, SECOND = 1000000000 };

static struct ebpfi_top *top;

static struct ebpfi_top *table_of(uint32_t rows)
{
	struct ebpfi_top_opts opts = { .sz = sizeof(opts), .rows = rows };
	struct ebpfi_top *t = ebpfi_top_new(&opts);

	ck_assert_ptr_nonnull(t);
	return t;
}

static void setup(void)
{
	top = table_of(0);
}

/* An answered request: its duration is known. */
static void answer(struct ebpfi_top *t, const char *method, const char *host, const char *target, uint16_t status,
		   uint64_t duration_ns)
{
	record_of(EBPFI_EVENT_HTTP_RESPONSE, method, host, target);
	record.http.status = status;
	record.http.event.time_ns = 100ULL * SECOND + duration_ns;
	record.http.request_time_ns = 100ULL * SECOND;
	record.http.duration_ns = duration_ns;
	record.http.request_bytes = 10;
	record.http.response_bytes = 1000;
	ck_assert_int_eq(ebpfi_top_add(t, &record.http.event), 1);
}

static struct ebpfi_top_row row_of(const struct ebpfi_top *t, uint32_t number)
{
	struct ebpfi_top_row row = { .sz = sizeof(row) };

	ck_assert_int_eq(ebpfi_top_row(t, number, &row), 0);
	return row;
}

/* The number of the row of a path. */
static uint32_t number_of(const struct ebpfi_top *t, const char *path)
{
	struct ebpfi_top_row row = { .sz = sizeof(row) };
	uint32_t i;

	for (i = 0; !ebpfi_top_row(t, i, &row); i++)
		if (!strcmp(row.path, path))
			return i;
	ck_abort_msg("no row of %s", path);
	return 0;
}

static uint32_t count_rows(const struct ebpfi_top *t)
{
	struct ebpfi_top_row row = { .sz = sizeof(row) };
	uint32_t i = 0;

	while (!ebpfi_top_row(t, i, &row))
		i++;
	return i;
}

START_TEST(requests_of_one_template_are_one_row)
{
	struct ebpfi_top_row row;

	answer(top, "GET", "h", "/users/1?a", 200, MS);
	answer(top, "GET", "H", "/users/2", 404, MS);
	answer(top, "GET", "h", "/users/550e8400-e29b-41d4-a716-446655440000", 503, MS);
	answer(top, "POST", "h", "/users/1", 201, MS);
	answer(top, "GET", "g", "/users/1", 301, MS);
	ck_assert_uint_eq(count_rows(top), 3);
	row = row_of(top, 0);
	ck_assert_str_eq(row.method, "GET");
	ck_assert_str_eq(row.host, "h");
	ck_assert_str_eq(row.path, "/users/{id}");
	ck_assert_uint_eq(row.requests, 3);
	ck_assert_uint_eq(row.responses, 3);
	ck_assert_uint_eq(row.status[2], 1);
	ck_assert_uint_eq(row.status[4], 1);
	ck_assert_uint_eq(row.status[5], 1);
	ck_assert_uint_eq(row.request_bytes, 30);
	ck_assert_uint_eq(row.response_bytes, 3000);
	ck_assert_uint_eq(row.marked, 0);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_TOTAL).requests, 5);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_TOTAL).status[3], 1);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_OTHER).requests, 0);
}
END_TEST

START_TEST(only_responses_unanswered_and_broken_are_counted)
{
	static const struct {
		uint16_t kind;
		int counted;
	} kinds[] = {
		{ EBPFI_EVENT_PACKET, 0 },      { EBPFI_EVENT_HTTP_REQUEST, 0 }, { EBPFI_EVENT_HTTP_RESPONSE, 1 },
		{ EBPFI_EVENT_HTTP_BROKEN, 1 }, { EBPFI_EVENT_HTTP_HEAD, 0 },    { EBPFI_EVENT_HTTP_UNANSWERED, 1 },
		{ EBPFI_EVENT_HTTP_OPEN, 0 },   { EBPFI_EVENT_LINK, 0 },
	};
	struct ebpfi_top_row row;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ck_assert_int_eq(ebpfi_top_add(top, record_of(kinds[i].kind, "GET", "h", "/")), kinds[i].counted);
	record_of(EBPFI_EVENT_HTTP_RESPONSE, "GET", "h", "/");
	record.http.event.len = sizeof(struct ebpfi_http) - 1; /* of an earlier release */
	ck_assert_int_eq(ebpfi_top_add(top, &record.http.event), 0);
	row = row_of(top, 0);
	ck_assert_uint_eq(count_rows(top), 1);
	ck_assert_uint_eq(row.requests, 2);
	ck_assert_uint_eq(row.responses, 1);
	ck_assert_uint_eq(row.status[0], 1);
	ck_assert_uint_eq(row.unanswered, 1);
	ck_assert_uint_eq(row.broken, 1);
	ck_assert_uint_eq(row.marked, 1);
}
END_TEST

START_TEST(anomalies_mark_responses_and_unanswered)
{
	record_of(EBPFI_EVENT_HTTP_RESPONSE, "GET", "h", "/");
	record.http.anomalies = 1ULL << EBPFI_HTTP_HOSTS | 1ULL << EBPFI_HTTP_BARE_LF;
	ebpfi_top_add(top, &record.http.event);
	record.http.event.kind = EBPFI_EVENT_HTTP_UNANSWERED;
	ebpfi_top_add(top, &record.http.event);
	record.http.event.kind = EBPFI_EVENT_HTTP_BROKEN;
	ebpfi_top_add(top, &record.http.event);
	record.http.anomalies = 0;
	record.http.event.kind = EBPFI_EVENT_HTTP_RESPONSE;
	ebpfi_top_add(top, &record.http.event);
	ck_assert_uint_eq(row_of(top, 0).marked, 3);
}
END_TEST

START_TEST(requests_whose_response_is_not_seen_are_not_unanswered)
{
	record_of(EBPFI_EVENT_HTTP_UNANSWERED, "GET", "h", "/");
	record.http.reason = EBPFI_HTTP_REASON_ONE_WAY;
	ebpfi_top_add(top, &record.http.event);
	record.http.reason = EBPFI_HTTP_REASON_UNCERTAIN;
	ebpfi_top_add(top, &record.http.event);
	record.http.reason = EBPFI_HTTP_REASON_CLOSED;
	ebpfi_top_add(top, &record.http.event);
	ck_assert_uint_eq(row_of(top, 0).unseen, 2);
	ck_assert_uint_eq(row_of(top, 0).unanswered, 1);
	ck_assert_uint_eq(row_of(top, 0).requests, 3);
	ck_assert_uint_eq(row_of(top, 0).lap, 3);
}
END_TEST

START_TEST(unknown_durations_are_left_out_of_the_quantiles)
{
	uint64_t ns = 7;

	record_of(EBPFI_EVENT_HTTP_RESPONSE, "", "", "");
	record.http.anomalies = 1ULL << EBPFI_HTTP_UNPAIRED;
	record.http.status = 200;
	ebpfi_top_add(top, &record.http.event);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, 0.5, &ns), -ENODATA);
	record_of(EBPFI_EVENT_HTTP_UNANSWERED, "", "", "");
	record.http.request_time_ns = SECOND;
	record.http.duration_ns = 30ULL * SECOND; /* until it was given up */
	ebpfi_top_add(top, &record.http.event);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, 0.5, &ns), -ENODATA);
	ck_assert_uint_eq(ns, 7);
	ck_assert_uint_eq(row_of(top, 0).timed, 0);
	ck_assert_str_eq(row_of(top, 0).path, "");
	record_of(EBPFI_EVENT_HTTP_RESPONSE, "", "", "");
	record.http.request_time_ns = SECOND;
	record.http.duration_ns = (uint64_t)-5; /* the capture's time went back */
	ebpfi_top_add(top, &record.http.event);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, 0.5, &ns), -ENODATA);
	answer(top, "", "", "", 200, 5 * MS);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, 0.5, &ns), 0);
	ck_assert_uint_eq(ns, 5 * MS);
	ck_assert_uint_eq(row_of(top, 0).timed, 1);
	ck_assert_uint_eq(row_of(top, 0).requests, 4);
}
END_TEST

START_TEST(quantiles_refuse_what_is_no_share_and_no_row)
{
	uint64_t ns;

	answer(top, "GET", "h", "/", 200, MS);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, -0.01, &ns), -EINVAL);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, 1.01, &ns), -EINVAL);
	ck_assert_int_eq(ebpfi_top_quantile(top, 0, __builtin_nan(""), &ns), -EINVAL);
	ck_assert_int_eq(ebpfi_top_quantile(top, 1, 0.5, &ns), -ENOENT);
	ck_assert_int_eq(ebpfi_top_quantile(top, EBPFI_TOP_TOTAL, 0.5, &ns), 0);
	ck_assert_int_eq(ebpfi_top_row(top, 1, &(struct ebpfi_top_row){ .sz = sizeof(struct ebpfi_top_row) }), -ENOENT);
	ck_assert_int_eq(ebpfi_top_row(top, 0, &(struct ebpfi_top_row){ .sz = 0 }), -EINVAL);
}
END_TEST

START_TEST(options_out_of_range_make_no_table)
{
	struct ebpfi_top_opts opts = { .sz = sizeof(opts), .rows = 65537 };

	ck_assert_ptr_null(ebpfi_top_new(&opts));
	opts = (struct ebpfi_top_opts){ .sz = 0 };
	ck_assert_ptr_null(ebpfi_top_new(&opts));
	opts = (struct ebpfi_top_opts){ .sz = sizeof(opts), .reserved = 1 };
	ck_assert_ptr_null(ebpfi_top_new(&opts));
	ebpfi_top_free(NULL);
}
END_TEST

/* The rows do not move and do not become more: no memory is allocated once the table is full. */
START_TEST(a_million_paths_fill_the_rows_and_the_rest_is_other)
{
	enum { ROWS = 100, PATHS = 1000000 };
	struct ebpfi_top *small = table_of(ROWS);
	struct top_row *before[ROWS];
	uint64_t sum = 0;
	char target[32];
	uint32_t i;

	for (i = 0; i < PATHS; i++) {
		snprintf(target, sizeof(target), "/p%ux%u", i / 2, i / 2);
		answer(small, "GET", "h", target, 200, i);
		if (i == 2 * ROWS)
			memcpy(before, small->rows, sizeof(before));
	}
	ck_assert_uint_eq(small->count, ROWS);
	ck_assert_mem_eq(before, small->rows, sizeof(before));
	for (i = 0; i < ROWS; i++)
		sum += row_of(small, i).requests;
	ck_assert_uint_eq(sum, 2 * ROWS);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).requests, PATHS - 2 * ROWS);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_TOTAL).requests, PATHS);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_TOTAL).timed, PATHS);
	ebpfi_top_free(small);
}
END_TEST

/* A scanner tries each path once. What it leaves behind makes room. */
START_TEST(paths_tried_once_make_room_for_one_in_use)
{
	enum { ROWS = 50, TRIED = 5000 };
	struct ebpfi_top *small = table_of(ROWS);
	char target[32];
	int i;

	answer(small, "GET", "h", "/old", 200, MS);
	answer(small, "GET", "h", "/old", 200, MS);
	for (i = 0; i < TRIED; i++) {
		snprintf(target, sizeof(target), "/%dx.php", i);
		answer(small, "GET", "h", target, 404, MS);
	}
	for (i = 0; i < 10; i++)
		answer(small, "GET", "h", "/new", 200, MS);
	ck_assert_uint_eq(small->count, ROWS);
	ck_assert_uint_eq(row_of(small, number_of(small, "/old")).requests, 2);
	ck_assert_uint_eq(row_of(small, number_of(small, "/new")).requests, 10);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).status[4], TRIED - (ROWS - 2));
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_TOTAL).requests, TRIED + 12);
	ebpfi_top_free(small);
}
END_TEST

START_TEST(merged_tables_equal_one_that_counts_all)
{
	struct ebpfi_top *parts[2] = { table_of(0), table_of(0) };
	char target[32], one[EBPFI_TOP_JSON_MAX], other[EBPFI_TOP_JSON_MAX], path[32];
	int i;

	for (i = 0; i < 2000; i++) {
		snprintf(target, sizeof(target), "/%c/%d", 'a' + i % 7, i);
		answer(top, "GET", "h", target, (uint16_t)(200 + i % 4 * 100), (uint64_t)i * i);
		answer(parts[i % 2], "GET", "h", target, (uint16_t)(200 + i % 4 * 100), (uint64_t)i * i);
	}
	ck_assert_int_eq(ebpfi_top_merge(parts[0], parts[0]), -EINVAL);
	ck_assert_int_eq(ebpfi_top_merge(parts[0], parts[1]), 0);
	ck_assert_uint_eq(count_rows(parts[0]), count_rows(top));
	for (i = 0; i < (int)count_rows(top); i++) {
		snprintf(path, sizeof(path), "%s", row_of(top, (uint32_t)i).path);
		ebpfi_top_json(top, (uint32_t)i, one, sizeof(one));
		ck_assert_str_eq(one, ebpfi_top_json(parts[0], number_of(parts[0], path), other, sizeof(other)));
	}
	ebpfi_top_json(top, EBPFI_TOP_TOTAL, one, sizeof(one));
	ck_assert_str_eq(one, ebpfi_top_json(parts[0], EBPFI_TOP_TOTAL, other, sizeof(other)));
	ebpfi_top_free(parts[0]);
	ebpfi_top_free(parts[1]);
}
END_TEST

START_TEST(merge_into_a_full_table_goes_to_other)
{
	struct ebpfi_top *small = table_of(2);
	char target[32];
	int i;

	for (i = 0; i < 60; i++) {
		snprintf(target, sizeof(target), "/%c", 'a' + i % 20);
		answer(top, "GET", "h", target, 200, MS);
	}
	ebpfi_top_merge(small, top);
	ck_assert_uint_eq(count_rows(small), 2);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).requests, 54);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_TOTAL).requests, 60);
	ebpfi_top_free(small);
}
END_TEST

START_TEST(lap_counts_requests_since_it_began)
{
	answer(top, "GET", "h", "/a", 200, MS);
	answer(top, "GET", "h", "/b", 200, MS);
	ck_assert_uint_eq(row_of(top, 0).lap, 1);
	ebpfi_top_lap(top);
	ck_assert_uint_eq(row_of(top, 0).lap, 0);
	answer(top, "GET", "h", "/a", 200, MS);
	answer(top, "GET", "h", "/c", 200, MS);
	ck_assert_uint_eq(row_of(top, number_of(top, "/a")).lap, 1);
	ck_assert_uint_eq(row_of(top, number_of(top, "/b")).lap, 0);
	ck_assert_uint_eq(row_of(top, number_of(top, "/c")).lap, 1);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_TOTAL).lap, 2);
}
END_TEST

START_TEST(lap_is_right_in_other_when_a_row_of_before_moves_there)
{
	struct ebpfi_top *small = table_of(1);

	answer(small, "GET", "h", "/a", 200, MS);
	ebpfi_top_lap(small);
	answer(small, "GET", "h", "/b", 200, MS);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).requests, 1);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).lap, 0);
	answer(small, "GET", "h", "/c", 200, MS);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_OTHER).lap, 1);
	ck_assert_uint_eq(row_of(small, EBPFI_TOP_TOTAL).lap, 2);
	ebpfi_top_free(small);
}
END_TEST

START_TEST(reset_table_counts_from_zero)
{
	answer(top, "GET", "h", "/a", 200, MS);
	ebpfi_top_reset(top);
	ck_assert_uint_eq(count_rows(top), 0);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_TOTAL).requests, 0);
	ck_assert_uint_eq(row_of(top, EBPFI_TOP_TOTAL).duration_max_ns, 0);
	answer(top, "GET", "h", "/a", 200, MS);
	ck_assert_uint_eq(row_of(top, number_of(top, "/a")).requests, 1);
}
END_TEST

START_TEST(huge_sizes_do_not_wrap)
{
	int i;

	for (i = 0; i < 3; i++) {
		record_of(EBPFI_EVENT_HTTP_RESPONSE, "GET", "h", "/");
		record.http.response_bytes = record.http.request_bytes = UINT64_MAX / 2;
		ebpfi_top_add(top, &record.http.event);
	}
	ck_assert_uint_eq(row_of(top, 0).response_bytes, UINT64_MAX);
	ck_assert_uint_eq(row_of(top, 0).request_bytes, UINT64_MAX);
}
END_TEST

START_TEST(longest_texts_fit_and_end_in_dots)
{
	char text[600], json[EBPFI_TOP_JSON_MAX];
	struct ebpfi_top_row row;

	memset(text, '\\', sizeof(text));
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	answer(top, text, text, text, 200, MS);
	row = row_of(top, 0);
	ck_assert_uint_eq(strlen(row.method), METHOD_SIZE - 1);
	ck_assert_uint_eq(strlen(row.host), HOST_SIZE - 1);
	ck_assert_uint_eq(strlen(row.path), PATH_SIZE - 1);
	ck_assert_str_eq(row.path + PATH_SIZE - 4, "...");
	ebpfi_top_json(top, 0, json, sizeof(json));
	ck_assert_ptr_null(strstr(json, "ebpfi.truncated"));
}
END_TEST

START_TEST(json_has_every_counter_and_leaves_out_the_unknown)
{
	char json[EBPFI_TOP_JSON_MAX];

	answer(top, "GET", "h", "/a/7", 200, MS);
	answer(top, "GET", "h", "/a/8", 404, 3 * MS);
	ck_assert_str_eq(ebpfi_top_json(top, 0, json, sizeof(json)),
			 "{\"event.name\":\"http.top\",\"http.top.kind\":\"row\",\"http.request.method\":\"GET\","
			 "\"server.address\":\"h\",\"url.template\":\"/a/{id}\",\"http.request.count\":2,"
			 "\"http.request.rate\":1000.000,\"http.response.count\":2,\"http.response.count.unknown\":0,"
			 "\"http.response.count.1xx\":0,\"http.response.count.2xx\":1,\"http.response.count.3xx\":0,"
			 "\"http.response.count.4xx\":1,\"http.response.count.5xx\":0,\"http.unanswered.count\":0,\"http."
			 "unseen.count\":0,"
			 "\"http.broken.count\":0,\"http.marked.count\":0,\"http.request.body.size\":20,"
			 "\"http.response.body.size\":2000,\"http.duration_ns.p50\":1007616,\"http.duration_ns.p95\":3000000,"
			 "\"http.duration_ns.p99\":3000000,\"http.duration_ns.min\":1000000,"
			 "\"http.duration_ns.max\":3000000,\"http.duration_ns.sum\":4000000,\"http.duration_ns.count\":2,"
			 "\"http.first_time_ns\":100001000000,\"http.last_time_ns\":100003000000}");
	ebpfi_top_json(top, EBPFI_TOP_OTHER, json, sizeof(json));
	ck_assert_ptr_nonnull(strstr(json, "\"http.top.kind\":\"other\",\"http.request.count\":0,"));
	ck_assert_ptr_null(strstr(json, "duration"));
	ck_assert_ptr_null(strstr(json, "time_ns"));
	ebpfi_top_json(top, EBPFI_TOP_TOTAL, json, sizeof(json));
	ck_assert_ptr_nonnull(strstr(json, "\"http.top.kind\":\"total\",\"http.request.count\":2,"));
	ck_assert_str_eq(ebpfi_top_json(top, 1, json, sizeof(json)), "{}");
}
END_TEST

START_TEST(json_has_the_port_beside_the_address)
{
	char json[EBPFI_TOP_JSON_MAX];

	answer(top, "GET", "[2001:DB8::1]:8080", "/", 200, MS);
	ebpfi_top_json(top, 0, json, sizeof(json));
	ck_assert_ptr_nonnull(strstr(json, "\"server.address\":\"2001:db8::1\",\"server.port\":8080,"));
	ck_assert_str_eq(row_of(top, 0).host, "[2001:db8::1]:8080");
}
END_TEST

START_TEST(json_in_a_short_buffer_is_an_object)
{
	char json[EBPFI_TOP_JSON_MAX];
	size_t size;

	answer(top, "GET", "example.com", "/a/long/path/that/is/longer/than/the/limits/of/a/short/buffer/a\"b", 200, MS);
	for (size = 3; size < 900; size++) {
		memset(json, '#', sizeof(json));
		ebpfi_top_json(top, 0, json, size);
		ck_assert_int_eq(json[0], '{');
		ck_assert_int_eq(json[strlen(json) - 1], '}');
		ck_assert_uint_lt(strlen(json), size);
		ck_assert_int_eq(json[size], '#');
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		requests_of_one_template_are_one_row,
		only_responses_unanswered_and_broken_are_counted,
		anomalies_mark_responses_and_unanswered,
		requests_whose_response_is_not_seen_are_not_unanswered,
		unknown_durations_are_left_out_of_the_quantiles,
		quantiles_refuse_what_is_no_share_and_no_row,
		options_out_of_range_make_no_table,
		a_million_paths_fill_the_rows_and_the_rest_is_other,
		paths_tried_once_make_room_for_one_in_use,
		merged_tables_equal_one_that_counts_all,
		merge_into_a_full_table_goes_to_other,
		lap_counts_requests_since_it_began,
		lap_is_right_in_other_when_a_row_of_before_moves_there,
		reset_table_counts_from_zero,
		huge_sizes_do_not_wrap,
		longest_texts_fit_and_end_in_dots,
		json_has_every_counter_and_leaves_out_the_unknown,
		json_has_the_port_beside_the_address,
		json_in_a_short_buffer_is_an_object,
	};

	return RUN_TESTS("top", setup, tests);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Malformed messages of HTTP/2 (RFC 9113 8.1 to 8.3), and what of their texts is kept. */
#include "http2_conversation.h"

#define BIT(anomaly) (1ULL << EBPFI_HTTP_##anomaly)

enum { ENDS = HTTP2_END_STREAM | HTTP2_END_HEADERS, GOES_ON = HTTP2_END_HEADERS };

/* A header block: lines of "name=value", where a name may begin with a colon. Literals that are not added to the table. */
static size_t make_block(uint8_t *to, const char *lines)
{
	size_t size = 0, name, value;
	const char *end;

	for (; *lines; lines = *end ? end + 1 : end) {
		end = strchrnul(lines, '\n');
		name = (size_t)((const char *)memchr(lines, '=', (size_t)(end - lines)) - lines);
		value = (size_t)(end - lines) - name - 1;
		ck_assert(name < 127 && value < 127);
		to[size++] = 0;
		to[size++] = (uint8_t)name;
		size += (size_t)((uint8_t *)mempcpy(to + size, lines, name) - (to + size));
		to[size++] = (uint8_t)value;
		size += (size_t)((uint8_t *)mempcpy(to + size, lines + name + 1, value) - (to + size));
	}
	return size;
}

static void put_block(struct bytes *b, uint8_t flags, uint32_t stream, const char *lines)
{
	static uint8_t block[2048];

	put_frame(b, HTTP2_HEADERS, flags, stream, block, make_block(block, lines));
}

#define GET ":method=GET\n:scheme=http\n:authority=a\n:path=/\n"
#define POST ":method=POST\n:scheme=http\n:authority=a\n:path=/\n"

static const struct {
	const char *lines;
	uint64_t anomalies;
} requests[] = {
	{ GET "accept=*/*", 0 },
	{ ":path=/\n:authority=a\n:scheme=https\n:method=GET\nte=trailers\ncookie=a=b; c=d", 0 },
	{ ":method=OPTIONS\n:scheme=http\n:authority=a\n:path=*", 0 },
	{ ":method=CONNECT\n:authority=a:443", 0 },
	{ ":method=CONNECT\n:scheme=http\n:authority=a\n:path=/chat\n:protocol=websocket", 0 },
	{ ":method=GET\n:scheme=http\n:authority=[::1]:8080\n:path=/", 0 },
	{ ":method=GET\n:scheme=http\n:path=/\nhost=a", 0 },
	{ POST "content-length=0", 0 },
	/* 8.3.1: pseudo fields */
	{ ":method=GET /admin HTTP/1.1\n:scheme=http\n:authority=a\n:path=/", BIT(BAD_METHOD) },
	{ ":method=\n:scheme=http\n:authority=a\n:path=/", BIT(BAD_METHOD) },
	{ ":method=GET\n:scheme=http://b/?\n:authority=a\n:path=/", BIT(BAD_FIELD) },
	{ ":method=GET\n:scheme=http\n:authority=a\n:path=/ HTTP/1.1", BIT(BAD_TARGET) },
	{ ":method=GET\n:scheme=http\n:authority=a\n:path=admin", BIT(BAD_TARGET) },
	{ ":method=GET\n:scheme=http\n:authority=a b\n:path=/", BIT(BAD_HOST) },
	{ ":method=GET\n:scheme=http\n:authority=a,b\n:path=/", BIT(BAD_HOST) },
	{ ":method=GET\n:scheme=http\n:authority=a/b\n:path=/", BIT(BAD_HOST) },
	{ ":method=GET\n:scheme=http\n:authority=u@a\n:path=/", BIT(BAD_HOST) },
	{ ":method=GET\n:scheme=http\n:authority=\n:path=/", BIT(BAD_HOST) },
	{ GET ":path=/", BIT(BAD_FIELD) },
	{ GET ":path=/admin", BIT(BAD_FIELD) },
	{ GET ":method=POST", BIT(BAD_FIELD) },
	{ GET ":status=200", BIT(BAD_FIELD) },
	{ GET ":unknown=", BIT(BAD_FIELD) },
	{ ":method=GET\n:scheme=http\naccept=*/*\n:path=/", BIT(BAD_FIELD) },
	{ ":scheme=http\n:authority=a\n:path=/", BIT(BAD_FIELD) },
	{ ":method=GET\n:authority=a\n:path=/", BIT(BAD_FIELD) },
	{ ":method=GET\n:scheme=http\n:authority=a", BIT(BAD_FIELD) },
	{ ":method=CONNECT\n:scheme=http\n:authority=a\n:path=/", BIT(BAD_FIELD) },
	{ ":method=CONNECT", BIT(BAD_FIELD) },
	{ GET ":protocol=websocket", BIT(BAD_FIELD) },
	/* 8.2.2: fields of a connection */
	{ GET "connection=close", BIT(BAD_FIELD) },
	{ GET "keep-alive=5", BIT(BAD_FIELD) },
	{ GET "proxy-connection=close", BIT(BAD_FIELD) },
	{ GET "upgrade=h2c", BIT(BAD_FIELD) },
	{ GET "te=gzip", BIT(BAD_FIELD) },
	{ GET "transfer-encoding=chunked", BIT(BAD_CODING) },
	/* 8.2.1: names and values */
	{ GET "X-Any=1", BIT(BAD_NAME) },
	{ GET "x-any= 1", BIT(BAD_FIELD) },
	{ GET "x-any=1\t", BIT(BAD_FIELD) },
	{ GET "x-any=a\rb", BIT(CONTROL) },
	{ GET "x-any-bin= a\rb ", 0 },
	/* 8.1.1: lengths */
	{ POST "content-length=0\ncontent-length=0", BIT(LENGTHS_DIFFER) },
	{ POST "content-length=0\ncontent-length=4", BIT(LENGTHS_DIFFER) | BIT(BAD_LENGTH) },
	{ POST "content-length=4", BIT(BAD_LENGTH) },
	{ POST "content-length=", BIT(BAD_LENGTH) },
	{ POST "content-length=0, 0", BIT(BAD_LENGTH) },
	{ POST "content-length=+0", BIT(BAD_LENGTH) },
	{ POST "content-length=99999999999999999999", BIT(BAD_LENGTH) },
	{ POST "content-length=00", BIT(ODD_LENGTH) },
	/* Host */
	{ GET "host=b", BIT(HOSTS) },
	{ GET "host=a\nhost=a", BIT(HOSTS) },
	{ GET "host=a b", BIT(HOSTS) | BIT(BAD_HOST) },
};

START_TEST(request_has_the_anomalies_of_its_fields)
{
	open_connection();
	put_block(&client, ENDS, 1, requests[_i].lines);
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert_msg(events[0].http.anomalies == requests[_i].anomalies, "%s: %llx", requests[_i].lines,
		      (unsigned long long)events[0].http.anomalies);
	ck_assert(events[0].http.request_major == 2 && events[0].http.request_minor == 0);
}
END_TEST

static const struct {
	const char *method, *head, *body, *trailers;
	uint64_t anomalies;
} responses[] = {
	{ "GET", ":status=200\ncontent-length=4", "body", NULL, 0 },
	{ "GET", ":status=200", "body", "grpc-status=0", 0 },
	{ "HEAD", ":status=200\ncontent-length=4", NULL, NULL, 0 },
	{ "GET", ":status=304\ncontent-length=4", NULL, NULL, 0 },
	{ "GET", ":status=200\ncontent-length=4", NULL, NULL, BIT(BAD_LENGTH) },
	{ "GET", ":status=200\ncontent-length=5", "body", NULL, BIT(BAD_LENGTH) },
	{ "HEAD", ":status=200\ncontent-length=5", "body", NULL, BIT(BAD_LENGTH) },
	{ "GET", ":status=200\ncontent-length=5", "body", "a=b", BIT(BAD_LENGTH) },
	{ "GET", "server=a", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=2\nserver=a", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=099", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=200 OK", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=200\n:status=404", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=200\n:path=/", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", "server=a\n:status=200", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=200\nconnection=close", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=101", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=103", NULL, NULL, BIT(BAD_FIELD) },
	{ "GET", ":status=200", "body", ":status=200", BIT(BAD_FIELD) },
	{ "GET", ":status=200", "body", "content-length=4", BIT(BAD_TRAILER) },
	{ "GET", ":status=200", "body", "transfer-encoding=chunked", BIT(BAD_TRAILER) | BIT(BAD_CODING) },
	{ "GET", NULL, "body", NULL, BIT(BAD_FIELD) },
};

START_TEST(response_has_the_anomalies_of_its_fields_and_length)
{
	char request[128];
	int has_more = responses[_i].body != NULL;

	snprintf(request, sizeof(request), ":method=%s\n:scheme=http\n:path=/", responses[_i].method);
	open_connection();
	put_block(&client, ENDS, 1, request);
	if (responses[_i].head)
		put_block(&server, has_more ? GOES_ON : ENDS, 1, responses[_i].head);
	if (responses[_i].body)
		put_frame(&server, HTTP2_DATA, responses[_i].trailers ? 0 : HTTP2_END_STREAM, 1, TEXT("body"));
	if (responses[_i].trailers)
		put_block(&server, ENDS, 1, responses[_i].trailers);
	feed_both();
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_msg(events[1].http.anomalies == responses[_i].anomalies, "%d: %llx", _i,
		      (unsigned long long)events[1].http.anomalies);
}
END_TEST

static const struct {
	const char *head, *trailers;
	uint8_t flags;
	uint64_t anomalies;
} uploads[] = {
	{ POST "content-length=4", NULL, 0, 0 },
	{ POST "content-length=4", "a=b", ENDS, 0 },
	{ POST "content-length=5", NULL, 0, BIT(BAD_LENGTH) },
	{ POST "content-length=3", "a=b", ENDS, BIT(BAD_LENGTH) },
	{ POST "a=b", ":path=/admin", ENDS, BIT(BAD_FIELD) },
	{ POST "a=b", "host=b", ENDS, BIT(BAD_TRAILER) },
	{ POST "a=b", "content-length=1", ENDS, BIT(BAD_TRAILER) },
	{ POST "a=b", "connection=close", ENDS, BIT(BAD_FIELD) },
	{ POST "a=b", "c=d", GOES_ON, BIT(BAD_FIELD) },
};

START_TEST(response_has_the_anomalies_of_its_requests_body_and_trailers)
{
	open_connection();
	put_block(&client, GOES_ON, 1, uploads[_i].head);
	put_frame(&client, HTTP2_DATA, uploads[_i].trailers ? 0 : HTTP2_END_STREAM, 1, TEXT("body"));
	if (uploads[_i].trailers)
		put_block(&client, uploads[_i].flags, 1, uploads[_i].trailers);
	put_frame(&server, HTTP2_HEADERS, ENDS, 1, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[0].http.anomalies, 0);
	ck_assert_msg(events[1].http.anomalies == uploads[_i].anomalies, "%d: %llx", _i,
		      (unsigned long long)events[1].http.anomalies);
	ck_assert_uint_eq(events[1].http.request_bytes, 4);
}
END_TEST

START_TEST(names_of_the_static_table_have_their_anomalies)
{
	open_connection();
	/* transfer-encoding and content-length without a value, an empty :authority */
	put_frame(&client, HTTP2_HEADERS, ENDS, 1, BYTES(0x82, 0x86, 0x84, 0xb9));
	put_frame(&client, HTTP2_HEADERS, ENDS, 3, BYTES(0x82, 0x86, 0x84, 0x9c));
	put_frame(&client, HTTP2_HEADERS, ENDS, 5, BYTES(0x82, 0x86, 0x84, 0x81));
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 3);
	ck_assert_uint_eq(events[0].http.anomalies, BIT(BAD_CODING));
	ck_assert_uint_eq(events[1].http.anomalies, BIT(BAD_LENGTH));
	ck_assert_uint_eq(events[2].http.anomalies, BIT(BAD_HOST));
}
END_TEST

START_TEST(anomalies_of_a_field_in_the_table_come_with_each_reference)
{
	open_connection();
	put_frame(&client, HTTP2_HEADERS, ENDS, 1, BYTES(0x86, 0x84, 0x42, 3, 'G', ' ', 'x'));
	put_frame(&client, HTTP2_HEADERS, ENDS, 3, BYTES(0xbe, 0x86, 0x84));
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.anomalies, BIT(BAD_METHOD));
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_METHOD), "G x");
}
END_TEST

START_TEST(first_of_doubled_fields_is_told)
{
	open_connection();
	put_block(&client, ENDS, 1, GET ":path=/admin\nuser-agent=a\nuser-agent=b");
	feed(&client, 0, client.size);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), "/");
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_USER_AGENT), "a");
}
END_TEST

static const struct {
	const char *lines, *host, *target, *scheme;
} secrets[] = {
	{ GET "authorization=s3cr3t", "a", "/", "" },
	{ GET "authorization= s3cr3t", "a", "/", "" },
	{ GET "authorization=a,s3cr3t x", "a", "/", "" },
	{ GET "authorization=Bearer s3cr3t", "a", "/", "Bearer" },
	{ GET "authorization=s3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr3t x", "a", "/", "" },
	{ GET "proxy-authorization=Basic s3cr3t\ncookie=s3cr3t", "a", "/", "" },
	{ ":method=GET\n:scheme=http\n:path=/\n:authority=user:s3cr3t@h:80", "h:80", "/", "" },
	{ ":method=GET\n:scheme=http\n:path=/\n:authority=s3cr3t@h", "h", "/", "" },
	{ ":method=GET\n:scheme=http\n:path=/\n:authority=a@s3cr3t@h", "h", "/", "" },
	{ ":method=GET\n:scheme=http\n:path=/\nhost=user:s3cr3t@h", "h", "/", "" },
	{ ":method=GET\n:scheme=http\n:authority=h\n:path=http://user:s3cr3t@h/p?q", "h", "http://h/p?q", "" },
	{ ":method=GET\n:scheme=http\n:authority=h\n:path=user:s3cr3t@h/p", "h", "h/p", "" },
};

START_TEST(event_has_no_secret)
{
	open_connection();
	put_block(&client, ENDS, 1, secrets[_i].lines);
	put_frame(&server, HTTP2_HEADERS, ENDS, 1, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 2);
	ck_assert_ptr_null(memmem(events, sizeof(events), "s3cr3t", 6));
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_HOST), secrets[_i].host);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), secrets[_i].target);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_AUTHORIZATION), secrets[_i].scheme);
	ck_assert(!memchr(secrets[_i].lines, '@', strlen(secrets[_i].lines)) || has(0, EBPFI_HTTP_BAD_HOST) ||
		  has(0, EBPFI_HTTP_BAD_TARGET));
}
END_TEST

/* The user name fills the room of the text, and the host is behind it. */
START_TEST(long_user_name_is_not_kept)
{
	uint8_t block[1024] = { 0x82, 0x86, (uint8_t)(_i ? 0x04 : 0x84), 0x01, 0x7f, 0xa1, 6 }; /* 927 bytes */
	size_t at = _i ? 3 : 4;

	block[at++] = 0x7f;
	block[at++] = 0xa0;
	block[at++] = 6;
	memset(block + at, 's', 925);
	memcpy(block + at + 925, "@h", 2);
	open_connection();
	put_frame(&client, HTTP2_HEADERS, ENDS, 1, block, at + 927);
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_ptr_null(memmem(&events[0], sizeof(events[0]), "sss", 3));
	ck_assert(has(0, _i ? EBPFI_HTTP_BAD_TARGET : EBPFI_HTTP_BAD_HOST));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names_of_the_static_table_have_their_anomalies,
		anomalies_of_a_field_in_the_table_come_with_each_reference,
		first_of_doubled_fields_is_told,
	};
	const TTest *const request_tests[] = { request_has_the_anomalies_of_its_fields };
	const TTest *const response_tests[] = { response_has_the_anomalies_of_its_fields_and_length };
	const TTest *const upload_tests[] = { response_has_the_anomalies_of_its_requests_body_and_trailers };
	const TTest *const secret_tests[] = { event_has_no_secret };
	const TTest *const long_tests[] = { long_user_name_is_not_kept };

	return RUN_TESTS("rules of http2", conversation_setup, tests) |
	       RUN_LOOPS("requests of http2", conversation_setup, request_tests, sizeof(requests) / sizeof(requests[0])) |
	       RUN_LOOPS("responses of http2", conversation_setup, response_tests, sizeof(responses) / sizeof(responses[0])) |
	       RUN_LOOPS("uploads of http2", conversation_setup, upload_tests, sizeof(uploads) / sizeof(uploads[0])) |
	       RUN_LOOPS("secrets of http2", conversation_setup, secret_tests, sizeof(secrets) / sizeof(secrets[0])) |
	       RUN_LOOPS("long secrets of http2", conversation_setup, long_tests, 2);
}

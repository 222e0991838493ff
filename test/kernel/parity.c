/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The native backend and the kernel give the same events, byte for byte, for every packet of every capture, every bundled inspector and
 * every hook. Add a new inspector by its name.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "captures.h"
#include "lab.h"
#include "recorded.h"
#include "runner.h"

enum { SNAPLEN = 65535, SHORT = 3000, GROUP = 16 };
enum {
	UNPADDED_MIN = 54 /* bytes that need no padding in the kernel */,
	CUT = 120,
	ETHERNET = 1,
	ETHER_ADDRESSES = 12,
	TAG = 4
};

/*
 * Some events cannot be equal:
 *
 * cut: the kernel runs tc and socket filter programs on 3,712 bytes at most, so it cuts a longer packet. These captures are compared again
 * with shorter packets.
 * padded: the kernel adds zeros to a packet below its minimum size.
 */
static int is_excepted(const struct ebpfi_replay_info *info)
{
	return info->padded || info->cut;
}

/* The events of one replay, in sequence. */
struct stream {
	char *bytes;
	size_t size, room;
};

static int keep(void *ctx, const struct ebpfi_event *event)
{
	struct stream *stream = ctx;

	if (stream->size + event->len > stream->room) {
		stream->room = (stream->size + event->len) * 2;
		stream->bytes = realloc(stream->bytes, stream->room);
		ck_assert_ptr_nonnull(stream->bytes);
	}
	memcpy(stream->bytes + stream->size, event, event->len);
	stream->size += event->len;
	return 0;
}

struct run {
	const char *inspector, *path, *filter;
	enum ebpfi_hook hook;
	enum ebpfi_backend backend;
	struct stream stream;
	struct ebpfi_replay_info info;
	struct ebpfi_stats stats;
};

static void run(struct run *r)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = r->backend, .hook = r->hook };
	static const struct ebpfi_option packet[] = { { "snaplen", SNAPLEN }, { 0 } };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .options = strcmp(r->inspector, "packet") ? NULL : packet };
	struct ebpfi *s = ebpfi_new(keep, &r->stream, NULL);
	int err;

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(ebpfi_load(s, r->inspector, &load), 0);
	ck_assert_msg(!ebpfi_set_filter(s, r->inspector, r->filter), "%s", ebpfi_errmsg(s));
	err = ebpfi_replay(s, r->inspector, r->path, &opts);
	ck_assert_msg(!err, "%s", ebpfi_errmsg(s));
	r->info.sz = sizeof(r->info);
	r->stats.sz = sizeof(r->stats);
	ck_assert_int_eq(ebpfi_replay_info(s, &r->info), 0);
	ck_assert_int_eq(ebpfi_get_stats(s, r->inspector, &r->stats), 0);
	ebpfi_free(s);
}

static void show_difference(const char *what, const struct stream *native, const struct stream *kernel)
{
	size_t at = 0;
	const struct ebpfi_event *a, *b;
	char one[EBPFI_JSON_MAX], other[EBPFI_JSON_MAX];
	int n;

	for (n = 1; at < native->size && at < kernel->size; n++) {
		a = (const struct ebpfi_event *)(native->bytes + at);
		b = (const struct ebpfi_event *)(kernel->bytes + at);
		if (a->len != b->len || memcmp(a, b, a->len))
			ck_abort_msg("%s: event %d\n  native %s\n  kernel %s", what, n,
				     ebpfi_event_json(NULL, a, one, sizeof(one)),
				     ebpfi_event_json(NULL, b, other, sizeof(other)));
		at += a->len;
	}
	ck_abort_msg("%s: %zu bytes of events natively, %zu in the kernel", what, native->size, kernel->size);
}

static const char *first_capture; /* of the group */

static void compare(struct run *native, struct run *kernel)
{
	char what[1024];

	snprintf(what, sizeof(what), "%s at %s on %s and those that follow, filter \"%s\"", native->inspector,
		 ebpfi_hook_str(native->hook), first_capture, native->filter ? native->filter : "");
	if (native->stream.size != kernel->stream.size ||
	    (native->stream.size && memcmp(native->stream.bytes, kernel->stream.bytes, native->stream.size)))
		show_difference(what, &native->stream, &kernel->stream);
	ck_assert_msg(!memcmp(&native->stats.ledger, &kernel->stats.ledger, sizeof(native->stats.ledger)),
		      "%s: the ledgers differ", what);
	ck_assert_msg(native->info.packets == kernel->info.packets, "%s: packets were lost", what);
}

/* Returns how the kernel's test run changed packets. */
static struct ebpfi_replay_info check(struct run native)
{
	struct run kernel = native;

	kernel.backend = EBPFI_BACKEND_KERNEL;
	run(&native);
	run(&kernel);
	if (!is_excepted(&kernel.info))
		compare(&native, &kernel);
	free(native.stream.bytes);
	free(kernel.stream.bytes);
	return kernel.info;
}

enum change { NONE, TAGGED, CUT_SHORT };

struct merger {
	struct ebpfi_pcapng *out;
	uint32_t least; /* minimum bytes per packet */
	bool ethernet;  /* Ethernet packets only */
	enum change change;
};

static void tag(struct ebpfi_packet *copy, const struct ebpfi_packet *packet)
{
	static const uint8_t vlan_100[TAG] = { 0x81, 0, 0x60, 0x64 };
	uint8_t *data = (uint8_t *)copy + packet->data_offset;

	memmove(data + ETHER_ADDRESSES + TAG, data + ETHER_ADDRESSES, packet->data_len - ETHER_ADDRESSES);
	memcpy(data + ETHER_ADDRESSES, vlan_100, TAG);
	copy->event.len += TAG;
	copy->data_len += TAG;
	copy->packet_len += TAG;
}

static void cut(struct ebpfi_packet *copy)
{
	if (copy->data_len <= CUT)
		return;
	copy->event.len -= copy->data_len - CUT;
	copy->data_len = CUT;
}

static int write_packet(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *packet = (const struct ebpfi_packet *)event;
	struct ebpfi_packet *copy;
	struct merger *m = ctx;
	int err;

	if (packet->data_len < m->least || (m->ethernet && packet->link_type != ETHERNET))
		return 0;
	copy = malloc(event->len + TAG);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, packet, event->len);
	if (m->change == TAGGED)
		tag(copy, packet);
	if (m->change == CUT_SHORT)
		cut(copy);
	err = ebpfi_pcapng_write(m->out, &copy->event);
	free(copy);
	return err < 0;
}

static struct ebpfi *merger_open(struct merger *m, const char *to, uint32_t snaplen)
{
	struct ebpfi_load_opts load = { .sz = sizeof(load),
					.options = (struct ebpfi_option[]){ { "snaplen", snaplen }, { 0 } } };
	struct ebpfi *s = ebpfi_new(write_packet, m, NULL);

	m->out = ebpfi_pcapng_open(s, to, NULL);
	ck_assert_msg(m->out != NULL, "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_load(s, "packet", &load), 0);
	return s;
}

static void add(struct ebpfi *s, const char *from)
{
	int err = ebpfi_replay(s, "packet", from, NULL);

	ck_assert_msg(!err || err == -EBADMSG, "%s", ebpfi_errmsg(s));
}

/* A group of captures in one file, so that a program is loaded once. Its maps keep the same entries in both backends. */
static void merge(size_t first, const char *to, uint32_t snaplen)
{
	struct merger m = { 0 };
	struct ebpfi *s = merger_open(&m, to, snaplen);
	size_t i;

	for (i = first; i < first + GROUP && capture_at(i); i++)
		add(s, capture_at(i));
	ebpfi_free(s);
}

static void open_temporary(char *path)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void check_group(const char *inspector, size_t first, enum ebpfi_hook hook)
{
	struct run run = { .inspector = inspector, .hook = hook };
	struct ebpfi_replay_info info;
	char path[] = "/tmp/parity.XXXXXX";

	open_temporary(path);
	run.path = path;
	first_capture = capture_at(first);
	merge(first, path, SNAPLEN);
	info = check(run);
	if (info.cut) {
		merge(first, path, SHORT);
		info = check(run);
	}
	unlink(path);
	ck_assert_uint_eq(info.cut, 0);
}

static void check_all(enum ebpfi_hook hook)
{
	const char *inspector;
	unsigned int i;
	size_t c;

	for (i = 0; (inspector = ebpfi_inspector_name(i)); i++)
		for (c = 0; capture_at(c); c += GROUP)
			check_group(inspector, c, hook);
}

/*
 * All captures, and an HTTP capture (which may not be among them) as it is, in a VLAN and cut short. The kernel accepts all packet sizes, so
 * there are no exceptions.
 */
static void merge_all(const char *to, bool ethernet)
{
	struct merger m = { .least = UNPADDED_MIN, .ethernet = ethernet };
	struct ebpfi *s = merger_open(&m, to, SHORT);
	size_t i;

	first_capture = capture_at(0);
	for (i = 0; capture_at(i); i++)
		add(s, capture_at(i));
	for (m.change = NONE; m.change <= CUT_SHORT; m.change++)
		add(s, EBPFI_SOURCE "/test/replay/http/web.pcap");
	ebpfi_free(s);
}

/* Each filter passes some packets and refuses others that would give events. */
static void check_filter(struct run native)
{
	struct run kernel = native;

	kernel.backend = EBPFI_BACKEND_KERNEL;
	run(&native);
	run(&kernel);
	ck_assert(!is_excepted(&kernel.info));
	ck_assert_uint_gt(native.stats.ledger.filtered, 0);
	ck_assert_uint_gt(native.stream.size, 0);
	compare(&native, &kernel);
	free(native.stream.bytes);
	free(kernel.stream.bytes);
}

static void check_filters(enum ebpfi_hook hook)
{
	static const struct {
		const char *expression;
		bool ethernet; /* for Ethernet only */
	} filters[] = { { "tcp port 80", false }, { "vlan 100", true }, { "ip6", false }, { "greater 150", false } };
	struct run run = { .hook = hook };
	char path[] = "/tmp/parity.XXXXXX";
	unsigned int i, f;

	open_temporary(path);
	run.path = path;
	for (f = 0; f < sizeof(filters) / sizeof(filters[0]); f++) {
		merge_all(path, filters[f].ethernet);
		run.filter = filters[f].expression;
		for (i = 0; (run.inspector = ebpfi_inspector_name(i)); i++)
			check_filter(run);
	}
	unlink(path);
}

START_TEST(xdp_gives_the_events_of_the_native_backend)
{
	check_all(EBPFI_HOOK_XDP);
}
END_TEST

START_TEST(tc_ingress_gives_the_events_of_the_native_backend)
{
	check_all(EBPFI_HOOK_TC);
}
END_TEST

START_TEST(tc_egress_gives_the_events_of_the_native_backend)
{
	check_all(EBPFI_HOOK_TC_EGRESS);
}
END_TEST

START_TEST(socket_filter_gives_the_events_of_the_native_backend)
{
	check_all(EBPFI_HOOK_SOCKET);
}
END_TEST

START_TEST(xdp_filters_as_the_native_backend_does)
{
	check_filters(EBPFI_HOOK_XDP);
}
END_TEST

START_TEST(tc_ingress_filters_as_the_native_backend_does)
{
	check_filters(EBPFI_HOOK_TC);
}
END_TEST

START_TEST(tc_egress_filters_as_the_native_backend_does)
{
	check_filters(EBPFI_HOOK_TC_EGRESS);
}
END_TEST

START_TEST(socket_filter_filters_as_the_native_backend_does)
{
	check_filters(EBPFI_HOOK_SOCKET);
}
END_TEST

/* Half of the conversation's neighbours are swapped, and a segment is lost. */
static const char *reordered_conversation(void)
{
	static const unsigned int order[] = { 0, 1, 2, 4, 3, 6, 5, 8, 9, 11, 10 };
	struct segments to = recorded_conversation();
	static const char request[] = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", response[] = "HTTP/1.1 204 No\r\n\r\n";
	int i;

	segments_open(&to, 1000, 5000);
	for (i = 0; i < 3; i++) {
		segments_say(&to, CLIENT, ACK, request, 20);
		segments_say(&to, CLIENT, ACK, request + 20, sizeof(request) - 1 - 20);
		segments_say(&to, SERVER, ACK, response, sizeof(response) - 1);
	}
	segments_say(&to, CLIENT, ACK | FIN, NULL, 0);
	return recorded_capture(order, sizeof(order) / sizeof(order[0]));
}

START_TEST(segments_in_the_wrong_order_give_the_events_of_the_native_backend)
{
	static const enum ebpfi_hook hooks[] = { EBPFI_HOOK_XDP, EBPFI_HOOK_TC, EBPFI_HOOK_TC_EGRESS, EBPFI_HOOK_SOCKET };
	struct run native = { .inspector = "http", .path = reordered_conversation() }, kernel;
	unsigned int i;

	first_capture = "the reordered conversation";
	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		native.hook = hooks[i];
		native.stream = (struct stream){ 0 };
		kernel = native;
		kernel.backend = EBPFI_BACKEND_KERNEL;
		run(&native);
		run(&kernel);
		compare(&native, &kernel);
		ck_assert_uint_eq(native.info.reordered, 3);
		ck_assert_uint_eq(kernel.info.reordered, 3);
		free(native.stream.bytes);
		free(kernel.stream.bytes);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		xdp_gives_the_events_of_the_native_backend,
		tc_ingress_gives_the_events_of_the_native_backend,
		tc_egress_gives_the_events_of_the_native_backend,
		socket_filter_gives_the_events_of_the_native_backend,
		xdp_filters_as_the_native_backend_does,
		tc_ingress_filters_as_the_native_backend_does,
		tc_egress_filters_as_the_native_backend_does,
		socket_filter_filters_as_the_native_backend_does,
		segments_in_the_wrong_order_give_the_events_of_the_native_backend,
	};

	lab_require();
	captures_require();
	return RUN_TESTS("parity", lab_setup, tests);
}

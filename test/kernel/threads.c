/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Two sessions in two threads, with replays at the same time: they share nothing. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "lab.h"
#include "runner.h"

enum { SESSIONS = 2, PACKETS = 200 };

static unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

struct watcher {
	pthread_t thread;
	struct ebpfi *session;
	const char *interface;
	uint16_t ethertype; /* the only type that it may see */
	atomic_uint seen, strange;
};

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	struct watcher *w = ctx;

	if (((const struct ebpfi_packet *)event)->ethertype == w->ethertype)
		atomic_fetch_add(&w->seen, 1);
	else
		atomic_fetch_add(&w->strange, 1);
	return 0;
}

static void *watch(void *ctx)
{
	struct watcher *w = ctx;

	while (ebpfi_poll(w->session, -1) >= 0)
		;
	return NULL;
}

static void start(struct watcher *w)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_XDP };

	w->session = ebpfi_new(on_event, w, NULL);
	ck_assert_msg(ebpfi_attach(w->session, "packet", w->interface, &opts) > 0, "%s", ebpfi_errmsg(w->session));
	ck_assert_int_eq(pthread_create(&w->thread, NULL, watch, w), 0);
}

static void send_to(const char *interface, uint16_t ethertype)
{
	frame[12] = (unsigned char)(ethertype >> 8);
	frame[13] = (unsigned char)ethertype;
	lab_send(interface, frame, sizeof(frame));
}

START_TEST(sessions_in_two_threads_see_only_their_own_packets)
{
	struct watcher w[SESSIONS] = { { .interface = "b0", .ethertype = 0x88b5 }, { .interface = "b1", .ethertype = 0x88b6 } };
	int i;

	lab_veth("a0", "b0");
	lab_veth("a1", "b1");
	for (i = 0; i < SESSIONS; i++)
		start(&w[i]);
	for (i = 0; i < PACKETS; i++) {
		send_to("a0", w[0].ethertype);
		send_to("a1", w[1].ethertype);
	}
	for (i = 0; i < SESSIONS; i++) {
		while (atomic_load(&w[i].seen) + atomic_load(&w[i].strange) < PACKETS)
			sched_yield();
		ebpfi_break(w[i].session);
		ck_assert_int_eq(pthread_join(w[i].thread, NULL), 0);
		ck_assert_uint_eq(atomic_load(&w[i].seen), PACKETS);
		ck_assert_uint_eq(atomic_load(&w[i].strange), 0);
		ebpfi_free(w[i].session);
	}
}
END_TEST

/* An error in one session does not change the message of the other. */
START_TEST(errors_belong_to_their_session)
{
	struct ebpfi *one = ebpfi_new(NULL, NULL, NULL), *other = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_attach(one, "packet", "nowhere0", NULL), -ENODEV);
	ck_assert_str_eq(ebpfi_errmsg(other), "");
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(one), "nowhere0"));
	ebpfi_free(one);
	ebpfi_free(other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { sessions_in_two_threads_see_only_their_own_packets, errors_belong_to_their_session };

	lab_require();
	return RUN_TESTS("threads", lab_setup, tests);
}

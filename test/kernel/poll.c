/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Waiting for events, and stopping. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "ledger.h"
#include "runner.h"
#include "watch.h"

static struct ebpfi *session;

static void *break_it(void *ctx)
{
	ebpfi_break(ctx);
	return NULL;
}

START_TEST(break_from_another_thread_ends_the_poll)
{
	pthread_t thread;

	session = ebpfi_new(NULL, NULL, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, break_it, session), 0);
	ck_assert_int_eq(ebpfi_poll(session, -1), -ECANCELED);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(session), "ebpfi_break"));
	ck_assert_int_eq(ebpfi_poll(session, 0), 0);
	pthread_join(thread, NULL);
	ebpfi_free(session);
}
END_TEST

static void on_alarm(int number)
{
	(void)number;
	ebpfi_break(session);
}

static void on_nothing(int number)
{
	(void)number;
}

/* Repeats, so that one of the signals arrives while the poll waits, however late it began. */
static void start_alarms(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

START_TEST(break_from_a_signal_handler_ends_the_poll)
{
	session = ebpfi_new(NULL, NULL, NULL);
	start_alarms(on_alarm, _i ? SA_RESTART : 0);
	ck_assert_int_eq(ebpfi_poll(session, -1), -ECANCELED);
}
END_TEST

START_TEST(signal_without_a_break_ends_the_poll_without_an_error)
{
	session = ebpfi_new(NULL, NULL, NULL);
	start_alarms(on_nothing, _i ? SA_RESTART : 0);
	ck_assert_int_eq(ebpfi_poll(session, -1), 0);
}
END_TEST

START_TEST(break_before_the_poll_ends_one_poll)
{
	session = ebpfi_new(NULL, NULL, NULL);
	ebpfi_break(session);
	ebpfi_break(session);
	ck_assert_int_eq(ebpfi_poll(session, -1), -ECANCELED);
	ck_assert_int_eq(ebpfi_poll(session, 0), 0);
	ebpfi_free(session);
}
END_TEST

static int stop_at_each(void *ctx, const struct ebpfi_event *event)
{
	(void)event;
	++*(int *)ctx;
	return 1;
}

START_TEST(callback_that_returns_non_zero_stops_the_poll_without_loss)
{
	int calls = 0, i;

	lab_veth("veth0", "veth1");
	session = ebpfi_new(stop_at_each, &calls, NULL);
	ck_assert_int_gt(ebpfi_attach(session, "packet", "veth1", NULL), 0);
	lab_flood("veth0", udp.bytes, udp.size, 3);
	for (i = 1; i <= 3; i++) {
		ck_assert_int_eq(ebpfi_poll(session, 2000), -ECANCELED);
		ck_assert_int_eq(calls, i);
	}
	ck_assert_int_eq(ebpfi_poll(session, 0), 0);
	ck_assert_uint_eq(ledger_of(session).delivered, 3);
	ebpfi_free(session);
}
END_TEST

static int break_within(void *ctx, const struct ebpfi_event *event)
{
	(void)event;
	++*(int *)ctx;
	ebpfi_break(session);
	return 0;
}

START_TEST(break_from_the_callback_ends_this_poll_or_the_next)
{
	int calls = 0, n;

	lab_veth("veth0", "veth1");
	session = ebpfi_new(break_within, &calls, NULL);
	ck_assert_int_gt(ebpfi_attach(session, "packet", "veth1", NULL), 0);
	lab_send("veth0", udp.bytes, udp.size);
	n = ebpfi_poll(session, 2000);
	ck_assert_int_eq(calls, 1);
	ck_assert(n == -ECANCELED || ebpfi_poll(session, -1) == -ECANCELED);
	ebpfi_free(session);
}
END_TEST

/* The host's epoll descriptor, which contains the session's. */
static int nest(struct ebpfi *s)
{
	struct epoll_event event = { .events = EPOLLIN };
	int outer = epoll_create1(0);

	ck_assert_int_eq(epoll_ctl(outer, EPOLL_CTL_ADD, ebpfi_fd(s), &event), 0);
	return outer;
}

static int is_readable(int outer, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(outer, &event, 1, timeout_ms);
}

/* An event loop of the host. Packets come faster than the programs wake it. */
START_TEST(descriptor_nests_in_another_epoll)
{
	struct watch *w = watch_begin(0);
	int outer = nest(w->session), sent = 0;

	lab_veth("veth0", "veth1");
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	ck_assert_int_eq(is_readable(outer, 0), 0);
	while (w->events < 200) {
		if (sent++ < 200)
			lab_send("veth0", udp.bytes, udp.size);
		ck_assert_msg(is_readable(outer, 5000) == 1, "after %d of 200 events", w->events);
		ck_assert_int_ge(ebpfi_poll(w->session, 0), 0);
	}
	ck_assert_int_eq(w->events, 200);
	close(outer);
	watch_end(w);
}
END_TEST

START_TEST(descriptor_stays_readable_after_a_stopped_poll)
{
	int calls = 0, outer, n;

	lab_veth("veth0", "veth1");
	session = ebpfi_new(stop_at_each, &calls, NULL);
	ck_assert_int_gt(ebpfi_attach(session, "packet", "veth1", NULL), 0);
	outer = nest(session);
	lab_flood("veth0", udp.bytes, udp.size, 3);
	while (calls < 3) {
		ck_assert_msg(is_readable(outer, 5000) == 1, "after %d of 3 events", calls);
		n = ebpfi_poll(session, 0);
		ck_assert(n == 0 || n == -ECANCELED);
	}
	close(outer);
	ebpfi_free(session);
}
END_TEST

/* Sends the n-th packet, and waits for its event before the next one. */
static void send_and_find(struct watch *w, int outer, int n)
{
	lab_send("veth0", udp.bytes, udp.size);
	while (w->events < n) {
		ck_assert_msg(is_readable(outer, 5000) == 1, "after %d of %d events", w->events, n);
		ck_assert_int_ge(ebpfi_poll(w->session, 0), 0);
	}
}

/* While packets come, a timer wakes the host. Then the timer stops, and programs wake the host again. */
START_TEST(idle_session_runs_no_timer)
{
	struct watch *w = watch_begin(0);
	int outer = nest(w->session), sent;

	lab_veth("veth0", "veth1");
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	for (sent = 1; sent <= 3; sent++) {
		send_and_find(w, outer, sent);
		while (is_readable(outer, 100))
			ck_assert_int_eq(ebpfi_poll(w->session, 0), 0);
	}
	close(outer);
	watch_end(w);
}
END_TEST

/* Programs write each packet but the first while the host's timer runs, or just after it stopped. */
START_TEST(packet_just_after_another_is_found_without_a_third)
{
	struct watch *w = watch_begin(0);
	int outer = nest(w->session), sent;

	lab_veth("veth0", "veth1");
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	for (sent = 1; sent <= 300; sent++)
		send_and_find(w, outer, sent);
	close(outer);
	watch_end(w);
}
END_TEST

START_TEST(events_of_several_hooks_come_in_one_poll)
{
	struct watch *w = watch_begin(0);

	lab_veth("veth0", "veth1");
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	watch_attach(w, "veth1", EBPFI_HOOK_SOCKET);
	lab_send("veth0", udp.bytes, udp.size);
	watch_wait(w, 2);
	ck_assert_int_eq(w->events, 2);
	ck_assert_uint_le(w->at[AT_SOCKET].packet.event.time_ns, w->at[AT_TC].packet.event.time_ns);
	ck_assert_uint_gt(w->at[AT_SOCKET].packet.event.time_ns, 1600000000ULL * 1000000000);
	watch_end(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		break_from_another_thread_ends_the_poll,
		break_before_the_poll_ends_one_poll,
		callback_that_returns_non_zero_stops_the_poll_without_loss,
		break_from_the_callback_ends_this_poll_or_the_next,
		descriptor_nests_in_another_epoll,
		descriptor_stays_readable_after_a_stopped_poll,
		idle_session_runs_no_timer,
		packet_just_after_another_is_found_without_a_third,
		events_of_several_hooks_come_in_one_poll,
	};
	const TTest *const signals[] = {
		break_from_a_signal_handler_ends_the_poll,
		signal_without_a_break_ends_the_poll_without_an_error,
	};

	lab_require();
	return RUN_TESTS("poll", lab_setup, tests) | RUN_LOOPS("signals", lab_setup, signals, 2);
}

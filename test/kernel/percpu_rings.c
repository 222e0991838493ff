/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Per-CPU rings: records of all CPUs are delivered in the order of their times, and none is lost. */
#include <arpa/inet.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../bpf/include/percpu_ring.h"
#include "lab.h"
#include "ledger.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

enum {
	PORT = 7000,
	PASSES = 30000,
	NUMBERS = PASSES + 2, /* per game; the last number goes to a player that has ended */
	PAYLOAD_AT = 42,
	SNAPLEN = 64,
};

static atomic_int playing;
static uint32_t first; /* number of the present game */

/* One of two threads that send a number back and forth, each on its own CPU. */
struct player {
	int cpu;
	pthread_t thread;
};

static int open_socket(int cpu)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons((uint16_t)(PORT + cpu)) }, other = own;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	own.sin_addr.s_addr = other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	other.sin_port = htons((uint16_t)(PORT + !cpu));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&other, sizeof(other)), 0);
	return fd;
}

static void run_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void *play(void *ctx)
{
	const struct player *p = ctx;
	int fd = open_socket(p->cpu);
	uint32_t number = first;

	run_on_cpu(p->cpu);
	atomic_fetch_add(&playing, 1);
	while (atomic_load(&playing) < 2)
		sched_yield();
	if (!p->cpu)
		send(fd, &number, sizeof(number), 0);
	do {
		recv(fd, &number, sizeof(number), 0);
		number++;
		send(fd, &number, sizeof(number), 0);
	} while (number < first + PASSES);
	close(fd);
	atomic_fetch_sub(&playing, 1);
	return NULL;
}

/* The session's function: each number must be the previous one plus 1. */
struct score {
	uint32_t next, stop_at;
	unsigned int missing, early;
};

static int note(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *packet = (const void *)event;
	struct score *score = ctx;
	uint32_t number;

	if (packet->dst_port != PORT && packet->dst_port != PORT + 1)
		return 0;
	memcpy(&number, (const char *)(packet + 1) + PAYLOAD_AT, sizeof(number));
	score->early += number < score->next;
	score->missing += number > score->next;
	score->next = number + 1;
	return score->next == score->stop_at;
}

static struct ebpfi *watch_loopback(struct score *score, uint32_t ring_size)
{
	struct ebpfi_load_opts load = { .sz = sizeof(load),
					.ring_size = ring_size,
					.options = (struct ebpfi_option[]){ { "snaplen", SNAPLEN }, { 0 } } };
	struct ebpfi_attach_opts attach = { .sz = sizeof(attach), .hook = EBPFI_HOOK_TC_EGRESS };
	struct ebpfi *s = ebpfi_new(note, score, NULL);

	lab_run("ip link set lo up");
	ck_assert_int_eq(ebpfi_load(s, "packet", &load), 0);
	ck_assert_msg(ebpfi_attach(s, "packet", "lo", &attach) > 0, "%s", ebpfi_errmsg(s));
	return s;
}

static bool needs_two_cpus(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		return true;
	printf("SKIP: one CPU has nobody to pass a number to\n");
	return false;
}

static void start(struct player players[2])
{
	int cpu;

	atomic_store(&playing, 0);
	for (cpu = 0; cpu < 2; cpu++) {
		players[cpu].cpu = cpu;
		ck_assert_int_eq(pthread_create(&players[cpu].thread, NULL, play, &players[cpu]), 0);
	}
}

static void finish(struct player players[2])
{
	pthread_join(players[0].thread, NULL);
	pthread_join(players[1].thread, NULL);
}

static void check_order(struct ebpfi *s, const struct score *score, uint32_t end)
{
	ck_assert_uint_eq(score->early, 0);
	ck_assert_uint_eq(score->missing, 0);
	ck_assert_uint_eq(score->next, end);
	ck_assert_uint_eq(ledger_of(s).lost_ring, 0);
	ebpfi_free(s);
}

/* The test sends many times the size of a ring. */
START_TEST(answer_never_comes_before_its_question)
{
	struct score score = { 0 };
	struct player players[2];
	struct ebpfi *s;

	if (!needs_two_cpus())
		return;
	s = watch_loopback(&score, 16 << 20);
	start(players);
	while (score.next < NUMBERS)
		ebpfi_poll(s, _i);
	finish(players);
	check_order(s, &score, NUMBERS);
}
END_TEST

/* Plays from this number on. Returns the number after the last one. */
static uint32_t play_a_game(uint32_t number)
{
	struct player players[2];

	first = number;
	start(players);
	finish(players);
	return first + NUMBERS;
}

/* First the per-CPU rings have the older records, and the ring buffer has the newer ones. After some reads the per-CPU rings have newer ones, too. */
START_TEST(full_per_cpu_ring_falls_back_to_the_shared_ring_in_order)
{
	struct score score = { .stop_at = 1000 };
	struct ebpfi *s;
	uint32_t end;

	if (!needs_two_cpus())
		return;
	s = watch_loopback(&score, 16 << 20);
	end = play_a_game(0);
	ck_assert_int_eq(ebpfi_poll(s, 100), -ECANCELED);
	ck_assert_uint_eq(score.next, score.stop_at);
	end = play_a_game(end);
	while (ebpfi_poll(s, 100) > 0)
		;
	check_order(s, &score, end);
}
END_TEST

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct wait {
	unsigned int seen, early;
};

static int note_time(void *ctx, const struct ebpfi_event *event)
{
	struct wait *wait = ctx;

	wait->seen++;
	wait->early += event->time_ns > wall_clock() + 100000;
	return 0;
}

/* Writes into a per-CPU ring as a program does. */
static void write_event(struct percpu_ring *ring, uint64_t time_ns)
{
	struct ebpfi_packet *packet = (void *)&ring->records[ring->written & (PERCPU_RING_SIZE - 1)];

	*packet = (struct ebpfi_packet){ .event = { .len = sizeof(*packet), .time_ns = time_ns } };
	__atomic_store_n(&ring->written, ring->written + sizeof(*packet), __ATOMIC_RELEASE);
}

/*
 * The cause of the record may be in another ring that was read before. The next merge finds the record, even without a wake-up from a
 * program. A record much newer than now means that the clock was set back.
 */
START_TEST(record_younger_than_the_merge_waits_for_the_next_merge)
{
	struct wait wait = { 0 };
	struct ebpfi *s = ebpfi_new(note_time, &wait, NULL);
	struct percpu_ring *ring;
	unsigned int written;

	lab_veth("veth0", "veth1");
	ck_assert_int_gt(ebpfi_attach(s, "packet", "veth1", NULL), 0);
	ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED, ebpfi_map_fd(s, "packet.percpu_rings"), 0);
	ck_assert_ptr_ne(ring, MAP_FAILED);
	for (written = 1; written <= 100; written++) {
		write_event(ring, wall_clock() + 900000);
		ck_assert_int_ge(ebpfi_poll(s, 0), 0);
		while (wait.seen < written)
			ck_assert_int_ge(ebpfi_poll(s, -1), 0);
	}
	ck_assert_uint_eq(wait.early, 0);
	write_event(ring, wall_clock() + 3600000000000);
	ck_assert_int_eq(ebpfi_poll(s, 0), 1);
	ck_assert_uint_eq(wait.early, 1);
	munmap(ring, sizeof(*ring));
	ebpfi_free(s);
}
END_TEST

static int count(void *ctx, const struct ebpfi_event *event)
{
	(void)event;
	++*(unsigned int *)ctx;
	return 0;
}

static struct ebpfi *watch_veth(unsigned int *seen, uint32_t ring_size)
{
	struct ebpfi_load_opts load = { .sz = sizeof(load),
					.ring_size = ring_size,
					.options = (struct ebpfi_option[]){ { "snaplen", SNAPLEN }, { 0 } } };
	struct ebpfi_attach_opts attach = { .sz = sizeof(attach), .hook = EBPFI_HOOK_TC };
	struct ebpfi *s = ebpfi_new(count, seen, NULL);

	lab_veth("veth0", "veth1");
	ck_assert_int_eq(ebpfi_load(s, "packet", &load), 0);
	ck_assert_msg(ebpfi_attach(s, "packet", "veth1", &attach) > 0, "%s", ebpfi_errmsg(s));
	return s;
}

START_TEST(poll_without_a_timeout_finds_records_written_without_a_wakeup)
{
	unsigned int seen = 0, sent;
	struct ebpfi *s = watch_veth(&seen, 0);

	for (sent = 1; sent <= 100; sent++) {
		lab_send("veth0", frame, sizeof(frame));
		ledger_after(s, sent);
		ck_assert_int_ge(ebpfi_poll(s, 0), 0);
		ck_assert_uint_ge(seen, sent);
	}
	ebpfi_free(s);
}
END_TEST

/* First sends half of the capacity of both rings, which is more than the shared ring holds; then twice the capacity of both. */
START_TEST(both_rings_are_full_before_a_record_is_lost)
{
	const unsigned int packets = _i ? 20000 : 3500;
	unsigned int seen = 0, times;
	struct ebpfi *s = watch_veth(&seen, 512 << 10);
	struct ebpfi_ledger l;

	run_on_cpu(0);
	for (times = 1; times <= 2; times++) {
		lab_flood("veth0", frame, sizeof(frame), (int)packets);
		ledger_after(s, packets * times);
		while (ebpfi_poll(s, 100) > 0)
			;
	}
	l = ledger_of(s);
	ck_assert_uint_eq(l.lost_ring > 0, _i);
	ck_assert_uint_eq(l.seen, l.delivered + l.lost_ring);
	ck_assert_uint_eq(seen, l.delivered);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		full_per_cpu_ring_falls_back_to_the_shared_ring_in_order,
		record_younger_than_the_merge_waits_for_the_next_merge,
		poll_without_a_timeout_finds_records_written_without_a_wakeup,
	};
	const TTest *const loops[] = {
		answer_never_comes_before_its_question,
		both_rings_are_full_before_a_record_is_lost,
	};

	lab_require();
	return RUN_TESTS("percpu_rings", lab_setup, tests) | RUN_LOOPS("percpu_rings, twice", lab_setup, loops, 2);
}

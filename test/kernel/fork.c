/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Sessions in two processes after fork(): children that free their copy, and hosts that call daemon() after attaching. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "ledger.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static const struct {
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;
} ways[] = {
	{ EBPFI_HOOK_XDP, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC, EBPFI_MODE_CLSACT },
	{ EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]), CLSACT = 2 };

struct seen {
	int packets, gone;
};

static int count(void *ctx, const struct ebpfi_event *event)
{
	struct seen *seen = ctx;

	seen->packets += event->kind == EBPFI_EVENT_PACKET;
	seen->gone += event->kind == EBPFI_EVENT_LINK;
	return 0;
}

static struct ebpfi_attach_opts on_way(int way)
{
	return (struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts),
					   .hook = ways[way].hook,
					   .mode = ways[way].mode };
}

static int attach(struct ebpfi *s, const char *name, const char *interface, const struct ebpfi_attach_opts *opts)
{
	int link = ebpfi_attach(s, name, interface, opts);

	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	return link;
}

/* A child that only frees the inherited session. */
static void free_in_a_child(struct ebpfi *s)
{
	int status;
	pid_t child = fork();

	if (!child) {
		ebpfi_free(s);
		exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void sees_packets(struct ebpfi *s, struct seen *seen)
{
	int before = seen->packets;

	lab_send("veth0", frame, sizeof(frame));
	while (seen->packets == before)
		ck_assert_int_gt(ebpfi_poll(s, 5000), 0);
}

START_TEST(child_that_frees_the_session_keeps_the_parents_link)
{
	struct seen seen = { 0 };
	struct ebpfi_attach_opts opts = on_way(_i);
	struct ebpfi *s = ebpfi_new(count, &seen, NULL);

	lab_veth("veth0", "veth1");
	attach(s, "packet", "veth1", &opts);
	free_in_a_child(s);
	sees_packets(s, &seen);
	lab_run("ip link del veth0");
	while (!seen.gone)
		ck_assert_int_gt(ebpfi_poll(s, 5000), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(child_that_frees_the_session_keeps_the_parents_watch)
{
	struct seen seen = { 0 };
	struct ebpfi_attach_opts opts = on_way(_i);
	struct ebpfi *s = ebpfi_new(count, &seen, NULL);

	lab_veth("veth0", "veth1");
	opts.watch = 1;
	attach(s, "packet", "veth*", &opts);
	while (seen.gone < 2)
		ck_assert_int_gt(ebpfi_poll(s, 5000), 0);
	free_in_a_child(s);
	sees_packets(s, &seen);
	lab_veth("veth2", "veth3");
	while (seen.gone < 4)
		ck_assert_int_gt(ebpfi_poll(s, 5000), 0);
	ebpfi_free(s);
}
END_TEST

static int count_record(void *ctx, const void *data, size_t size)
{
	(void)data;
	(void)size;
	++*(int *)ctx;
	return 0;
}

START_TEST(child_that_frees_the_session_keeps_the_parents_perf_buffer)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC_EGRESS };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int records = 0;

	lab_veth("veth0", "veth1");
	ck_assert_msg(!ebpfi_load_file(s, "mine", TEST_OBJECTS "/records.o", NULL), "%s", ebpfi_errmsg(s));
	ck_assert_msg(!ebpfi_on_record(s, "mine.perf", count_record, &records), "%s", ebpfi_errmsg(s));
	attach(s, "mine", "veth0", &opts);
	free_in_a_child(s);
	lab_send("veth0", frame, sizeof(frame));
	while (!records)
		ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(child_that_frees_the_session_keeps_the_parents_capture)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_SOCKET };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_packet event = { .event = { .len = sizeof(event), .kind = EBPFI_EVENT_PACKET } };
	struct ebpfi_pcapng *file;
	struct stat before, after;

	lab_private_mounts();
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
	lab_veth("veth0", "veth1");
	attach(s, "packet", "veth1", &opts);
	file = ebpfi_pcapng_open(s, "/run/out.pcapng", NULL);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(ebpfi_pcapng_write(file, &event.event), 1);
	ck_assert_int_eq(stat("/run/out.pcapng", &before), 0);
	free_in_a_child(s);
	ck_assert_int_eq(stat("/run/out.pcapng", &after), 0);
	ck_assert_int_eq(before.st_size, after.st_size);
	ebpfi_free(s);
	ck_assert_int_eq(stat("/run/out.pcapng", &after), 0);
	ck_assert_int_gt(after.st_size, before.st_size);
}
END_TEST

START_TEST(child_that_frees_the_session_keeps_the_parents_pin)
{
	struct ebpfi_attach_opts opts = on_way(0);
	struct seen seen = { 0 };
	struct ebpfi *s = ebpfi_new(count, &seen, NULL);
	int link;

	lab_private_mounts();
	ck_assert_int_eq(mount("bpf", "/run", "bpf", 0, NULL), 0);
	lab_veth("veth0", "veth1");
	opts.pin = "/run/link";
	link = attach(s, "packet", "veth1", &opts);
	free_in_a_child(s);
	ck_assert_int_eq(access("/run/link", F_OK), 0);
	sees_packets(s, &seen);
	ck_assert_int_eq(ebpfi_detach(s, link), 0);
	ebpfi_free(s);
}
END_TEST

/* A host that calls daemon(): it attaches, and its first process ends. The second reports its pid and frees the session on request. */
struct daemon {
	pid_t pid;
	int order; /* one byte requests that the session is freed */
	int done;  /* end of file: the second process has ended */
};

static void run_daemon(int way, int order, int answer)
{
	struct ebpfi_attach_opts opts = on_way(way);
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	pid_t self;
	char byte;

	if (ebpfi_attach(s, "packet", "veth1", &opts) < 0)
		_exit(1);
	if (fork())
		_exit(0);
	self = getpid();
	if (write(answer, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	if (read(order, &byte, 1) == 1)
		ebpfi_free(s);
	_exit(0);
}

static struct daemon start_daemon(int way)
{
	struct daemon d;
	int order[2], answer[2], status;
	pid_t first;

	ck_assert_int_eq(pipe(order), 0);
	ck_assert_int_eq(pipe(answer), 0);
	first = fork();
	if (!first) {
		close(order[1]);
		close(answer[0]);
		run_daemon(way, order[0], answer[1]);
	}
	close(order[0]);
	close(answer[1]);
	d = (struct daemon){ 0, order[1], answer[0] };
	ck_assert_int_eq(read(d.done, &d.pid, sizeof(d.pid)), sizeof(d.pid));
	ck_assert_int_eq(waitpid(first, &status, 0), first);
	ck_assert_int_eq(status, 0);
	return d;
}

static void wait_for_end(const struct daemon *d)
{
	char byte;

	ck_assert_int_eq(read(d->done, &byte, 1), 0);
}

static void has_filters(int count)
{
	lab_run("test $(tc filter show dev veth1 ingress | grep -c 'ebpfi:') = %d", count);
}

/* A later session, which removes filters whose owner is dead. */
static void attach_and_free(int way)
{
	struct ebpfi_attach_opts opts = on_way(way);
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	attach(s, "packet", "veth1", &opts);
	ebpfi_free(s);
}

START_TEST(filter_of_a_daemon_lives_until_its_process_is_killed)
{
	struct daemon d;

	lab_veth("veth0", "veth1");
	d = start_daemon(CLSACT);
	has_filters(1);
	attach_and_free(1 + _i);
	has_filters(1);
	ck_assert_int_eq(kill(d.pid, SIGKILL), 0);
	wait_for_end(&d);
	has_filters(1);
	attach_and_free(1 + _i);
	has_filters(0);
}
END_TEST

START_TEST(daemon_that_frees_its_session_detaches)
{
	struct daemon d;

	lab_veth("veth0", "veth1");
	d = start_daemon(_i);
	ck_assert_int_eq(write(d.order, "x", 1), 1);
	wait_for_end(&d);
	has_filters(0);
	lab_run("! ip link show veth1 | grep -q xdp");
	lab_run("test -z \"$(sed 1d /proc/net/packet)\"");
}
END_TEST

START_TEST(child_that_frees_the_session_leaves_the_filter_to_another_child)
{
	struct ebpfi_attach_opts opts = on_way(CLSACT);
	struct ebpfi *s;
	int said[2];
	pid_t parent, other;

	lab_veth("veth0", "veth1");
	ck_assert_int_eq(pipe(said), 0);
	parent = fork();
	if (!parent) {
		s = ebpfi_new(NULL, NULL, NULL);
		attach(s, "packet", "veth1", &opts);
		other = fork();
		if (!other) {
			pause();
			_exit(0);
		}
		free_in_a_child(s);
		_exit(write(said[1], &other, sizeof(other)) != sizeof(other));
	}
	ck_assert_int_eq(read(said[0], &other, sizeof(other)), sizeof(other));
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	has_filters(1);
	attach_and_free(CLSACT);
	has_filters(1);
	ck_assert_int_eq(kill(other, SIGKILL), 0);
}
END_TEST

int main(void)
{
	const TTest *const on_each_hook[] = {
		child_that_frees_the_session_keeps_the_parents_link,
		child_that_frees_the_session_keeps_the_parents_watch,
		daemon_that_frees_its_session_detaches,
	};
	const TTest *const tests[] = {
		child_that_frees_the_session_keeps_the_parents_perf_buffer,
		child_that_frees_the_session_keeps_the_parents_capture,
		child_that_frees_the_session_keeps_the_parents_pin,
		child_that_frees_the_session_leaves_the_filter_to_another_child,
	};
	/* The next session attaches by tcx, if the kernel has it, and by a filter. */
	const TTest *const daemons[] = { filter_of_a_daemon_lives_until_its_process_is_killed };

	lab_require();
	return RUN_LOOPS("fork, each hook", lab_setup, on_each_hook, WAYS) | RUN_TESTS("fork", lab_setup, tests) |
	       RUN_LOOPS("daemon", lab_setup, daemons, 2);
}

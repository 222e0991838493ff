/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Filters in the kernel, of inspectors and host programs, set before and after attaching and while packets flow. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "ledger.h"
#include "runner.h"

#define OBJECT TEST_OBJECTS "/filter.o"
#define NO_FILTER TEST_OBJECTS "/records.o"

static const enum ebpfi_hook hooks[] = { EBPFI_HOOK_XDP, EBPFI_HOOK_TC, EBPFI_HOOK_TC_EGRESS, EBPFI_HOOK_SOCKET };

static void set(struct ebpfi *s, const char *name, const char *expression)
{
	ck_assert_msg(!ebpfi_set_filter(s, name, expression), "%s", ebpfi_errmsg(s));
}

static void attach(struct ebpfi *s, const char *name, const char *interface, enum ebpfi_hook hook)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };

	opts.mode = hook == EBPFI_HOOK_XDP ? EBPFI_MODE_GENERIC : EBPFI_MODE_ANY;
	ck_assert_msg(ebpfi_attach(s, name, interface, &opts) > 0, "%s", ebpfi_errmsg(s));
}

static const char *end_of(enum ebpfi_hook hook)
{
	return hook == EBPFI_HOOK_TC_EGRESS ? "veth0" : "veth1";
}

static void send_frame(const struct frame *frame)
{
	lab_send("veth0", frame->bytes, frame->size);
}

/* Sends a packet that matches "udp port 53" and one that does not. */
static void sees_one_of_two(enum ebpfi_hook hook, int filter_first)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	if (filter_first)
		set(s, "packet", "udp port 53");
	attach(s, "packet", end_of(hook), hook);
	if (!filter_first)
		set(s, "packet", "udp port 53");
	send_frame(&icmp_echo);
	send_frame(&udp);
	ck_assert_uint_eq(ledger_after(s, 2).filtered, 1);
	ck_assert_uint_eq(ledger_of(s).delivered, 1);
	set(s, "packet", NULL);
	send_frame(&icmp_echo);
	ck_assert_uint_eq(ledger_after(s, 3).delivered, 2);
	ebpfi_free(s);
}

START_TEST(filter_set_before_attaching_refuses_packets)
{
	sees_one_of_two(hooks[_i], 1);
}
END_TEST

START_TEST(filter_set_while_attached_refuses_packets)
{
	sees_one_of_two(hooks[_i], 0);
}
END_TEST

enum { FLOOD = 8000, BURST = 50 };

/* Sends so slowly that the backlog between the two ends does not overflow. */
static pid_t start_flood(void)
{
	pid_t child = fork();
	int i;

	if (child)
		return child;
	for (i = 0; i < FLOOD / BURST; i++) {
		lab_flood("veth0", udp.bytes, udp.size, BURST);
		usleep(500);
	}
	_exit(0);
}

static uint64_t received(const char *interface)
{
	unsigned long long n = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/net/dev");
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(path, sizeof(path), f))
		if (strstr(path, interface))
			sscanf(strchr(path, ':') + 1, "%*u %llu", &n);
	fclose(f);
	return n;
}

/* Exactly one of the two programs sees each packet. */
START_TEST(filter_change_sees_every_packet_once)
{
	static const char *const filters[] = { "udp port 53", "tcp", NULL, "udp port 54 or icmp", "len > 40" };
	enum ebpfi_hook hook = hooks[_i];
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_ledger l;
	int changes = 0, status;
	pid_t child;

	lab_veth("veth0", "veth1");
	set(s, "packet", filters[0]);
	attach(s, "packet", end_of(hook), hook);
	child = start_flood();
	while (waitpid(child, &status, WNOHANG) == 0) {
		set(s, "packet", filters[++changes % 5]);
		ebpfi_poll(s, 0);
	}
	ck_assert_int_eq(status, 0);
	l = ledger_after(s, received("veth1"));
	ck_assert_uint_gt(received("veth1"), FLOOD / 2);
	ck_assert_uint_eq(l.seen, l.delivered + l.filtered + l.lost_ring);
	ck_assert_uint_gt(l.filtered, 0);
	ck_assert_uint_gt(l.delivered, 0);
	ck_assert_int_gt(changes, 2);
	ebpfi_free(s);
}
END_TEST

/* The number of matches that the host's program at a hook has counted, in the order of `hooks`. */
static uint64_t matched(struct ebpfi *s, uint32_t hook)
{
	uint64_t n = 0;

	ck_assert_msg(!ebpfi_map_lookup(s, "mine.matched", &hook, sizeof(hook), &n, sizeof(n)), "%s", ebpfi_errmsg(s));
	return n;
}

static void wait_until_matched(struct ebpfi *s, uint32_t hook, uint64_t n)
{
	int turns = 0;

	while (matched(s, hook) < n && turns++ < 1000000)
		sched_yield();
	ck_assert_uint_eq(matched(s, hook), n);
}

/* The knob keeps its value, and the maps keep their entries. */
START_TEST(host_programs_take_filters)
{
	const uint64_t ten = 10;
	const struct ebpfi_knob knob = { "step", &ten, sizeof(ten) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	ck_assert_msg(!ebpfi_load_file(s, "mine", OBJECT, &opts), "%s", ebpfi_errmsg(s));
	attach(s, "mine", end_of(hooks[_i]), hooks[_i]);
	send_frame(&icmp_echo);
	wait_until_matched(s, (uint32_t)_i, 10);
	set(s, "mine", "udp port 53");
	send_frame(&icmp_echo);
	send_frame(&udp);
	wait_until_matched(s, (uint32_t)_i, 20);
	set(s, "mine", "icmp");
	send_frame(&udp);
	send_frame(&icmp_echo);
	wait_until_matched(s, (uint32_t)_i, 30);
	set(s, "mine", "");
	send_frame(&udp);
	wait_until_matched(s, (uint32_t)_i, 40);
	ebpfi_free(s);
}
END_TEST

START_TEST(object_without_filter_call_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_msg(!ebpfi_load_file(s, "mine", NO_FILTER, NULL), "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_set_filter(s, "mine", "udp"), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "filter.bpf.h"));
	ck_assert_int_eq(ebpfi_set_filter(s, "mine", NULL), 0);
	ebpfi_free(s);
}
END_TEST

static void refuses(struct ebpfi *s, const char *expression, int err, const char *words)
{
	ck_assert_int_eq(ebpfi_set_filter(s, "packet", expression), err);
	ck_assert_msg(strstr(ebpfi_errmsg(s), words), "%s", ebpfi_errmsg(s));
}

/* The old filter stays active. */
START_TEST(wrong_expression_changes_nothing)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	set(s, "packet", "udp port 53");
	attach(s, "packet", "veth1", EBPFI_HOOK_TC);
	refuses(s, "tcp port 80 and and", -EINVAL, "syntax error (after character 11: \"tcp port 80\" is understood)");
	refuses(s, "tcp prot 80", -EINVAL, "syntax error");
	refuses(s, "udp port nonsense", -EINVAL, "unknown port 'nonsense' (at character 10)");
	refuses(s, "ip6 protochain 6", -EOPNOTSUPP, "loop");
	send_frame(&icmp_echo);
	send_frame(&udp);
	ck_assert_uint_eq(ledger_after(s, 2).filtered, 1);
	ebpfi_free(s);
}
END_TEST

/* Each term is a branch, and the verifier allows at most 8,192 open branches, at all hooks. */
START_TEST(expression_too_long_for_the_verifier_is_named_and_changes_nothing)
{
	enum { TERMS = 8300, TERM_MAX = 24 };
	static char expression[TERMS * TERM_MAX] = "ether[0:4] = 0";
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	size_t length = strlen(expression);
	int i;

	if (getenv("EBPFI_FILTER_STRIDE")) {
		puts("SKIP: a filter that is too long takes libpcap and the verifier minutes on an emulated processor");
		ebpfi_free(s);
		return;
	}
	for (i = 1; i < TERMS; i++)
		length += (size_t)sprintf(expression + length, " or ether[0:4] = %d", i);
	lab_veth("veth0", "veth1");
	set(s, "packet", "udp port 53");
	attach(s, "packet", end_of(hooks[_i]), hooks[_i]);
	refuses(s, expression, -E2BIG, "too long for the verifier");
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "use fewer terms"));
	send_frame(&icmp_echo);
	send_frame(&udp);
	ck_assert_uint_eq(ledger_after(s, 2).filtered, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(filter_may_reject_all_packets)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	set(s, "packet", "ip and arp");
	attach(s, "packet", "veth1", EBPFI_HOOK_TC);
	send_frame(&udp);
	ck_assert_uint_eq(ledger_after(s, 1).filtered, 1);
	ebpfi_free(s);
}
END_TEST

static int count_direction(void *ctx, const struct ebpfi_event *event)
{
	((int *)ctx)[event->direction == EBPFI_DIRECTION_EGRESS]++;
	return 0;
}

START_TEST(direction_is_known_on_sockets_and_at_tc)
{
	int seen[2] = { 0 };
	struct ebpfi *s = ebpfi_new(count_direction, seen, NULL);

	lab_veth("veth0", "veth1");
	attach(s, "packet", "veth0", EBPFI_HOOK_SOCKET);
	attach(s, "packet", "veth0", EBPFI_HOOK_TC_EGRESS);
	attach(s, "packet", "veth0", EBPFI_HOOK_TC);
	set(s, "packet", "outbound");
	lab_send("veth0", udp.bytes, udp.size);
	lab_send("veth1", udp.bytes, udp.size);
	ledger_after(s, 4);
	ebpfi_poll(s, 1000);
	ck_assert_int_eq(seen[0], 0);
	ck_assert_int_eq(seen[1], 2);
	set(s, "packet", "inbound");
	lab_send("veth0", udp.bytes, udp.size);
	lab_send("veth1", udp.bytes, udp.size);
	ledger_after(s, 8);
	ebpfi_poll(s, 1000);
	ck_assert_int_eq(seen[0], 2);
	ck_assert_int_eq(seen[1], 2);
	ebpfi_free(s);
}
END_TEST

static int open_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	lab_run("ip link set %s up", name);
	return fd;
}

/* A filter with link-layer addresses is refused there with a reason. */
START_TEST(devices_without_link_layer_take_filters)
{
	static const enum ebpfi_hook there[] = { EBPFI_HOOK_XDP, EBPFI_HOOK_TC, EBPFI_HOOK_SOCKET };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int fd = open_tun("tun9"), i;

	for (i = 0; i < 3; i++)
		attach(s, "packet", "tun9", there[i]);
	refuses(s, "ether host 02:00:00:00:00:01", -EINVAL, "ethernet");
	set(s, "packet", "ip and udp port 53");
	ck_assert_int_eq(write(fd, raw_v4.bytes, raw_v4.size), (ssize_t)raw_v4.size);
	ck_assert_uint_eq(ledger_after(s, 3).filtered, 0);
	set(s, "packet", "ip6 or tcp");
	ck_assert_int_eq(write(fd, raw_v4.bytes, raw_v4.size), (ssize_t)raw_v4.size);
	ck_assert_uint_eq(ledger_after(s, 6).filtered, 3);
	close(fd);
	ebpfi_free(s);
}
END_TEST

START_TEST(link_layer_filter_is_refused_on_devices_without_one)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int fd = open_tun("tun9");

	set(s, "packet", "ether host 02:00:00:00:00:01");
	ck_assert_int_eq(ebpfi_attach(s, "packet", "tun9", &opts), -EINVAL);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "ethernet"));
	close(fd);
	ebpfi_free(s);
}
END_TEST

/* The filter reads bytes in the last page of a packet that has several pages. */
START_TEST(jumbo_packets_are_read_to_their_end)
{
	static unsigned char jumbo[8000] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, [7990] = 0x5a };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	enum ebpfi_hook hook = hooks[_i];

	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	set(s, "packet", "ether[7990] = 0x5a and ether[7992:4] = 0 and ether[len - 10] = 0x5a");
	attach(s, "packet", end_of(hook), hook);
	lab_send("veth0", jumbo, sizeof(jumbo));
	ck_assert_uint_eq(ledger_after(s, 1).filtered, 0);
	set(s, "packet", "ether[7990] != 0x5a or ether[8000] = 0 or ether[7997:4] = 0");
	lab_send("veth0", jumbo, sizeof(jumbo));
	ck_assert_uint_eq(ledger_after(s, 2).filtered, 1);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const at_each_hook[] = {
		filter_set_before_attaching_refuses_packets, filter_set_while_attached_refuses_packets,
		filter_change_sees_every_packet_once,        host_programs_take_filters,
		jumbo_packets_are_read_to_their_end,         expression_too_long_for_the_verifier_is_named_and_changes_nothing,
	};
	const TTest *const on_tun[] = {
		devices_without_link_layer_take_filters,
		link_layer_filter_is_refused_on_devices_without_one,
	};
	const TTest *const once[] = {
		object_without_filter_call_is_refused,
		wrong_expression_changes_nothing,
		filter_may_reject_all_packets,
		direction_is_known_on_sockets_and_at_tc,
	};
	int failed;

	lab_require();
	failed = run_tests("filter at each hook", lab_setup, at_each_hook, 6, 4);
	failed |= RUN_TESTS("filter", lab_setup, once);
	if (!access("/dev/net/tun", R_OK | W_OK))
		return failed | RUN_TESTS("filter without link layer", lab_setup, on_tun);
	puts("SKIP: there is no /dev/net/tun here, so devices without link layer are not tested");
	return failed;
}

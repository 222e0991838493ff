/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Devices that differ from an Ethernet card: super-packets, no link layer, loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "runner.h"
#include "watch.h"

enum { PORT = 8080, SENT = 100000 };

static int here, there;

static void enter(int namespace)
{
	ck_assert_int_eq(setns(namespace, CLONE_NEWNET), 0);
}

static struct sockaddr_in address(const char *ip, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, ip, &to.sin_addr);
	return to;
}

/* veth0 with 10.9.0.1 is here; veth1 with 10.9.0.2 is in a second namespace, which lives as long as its descriptor. */
static void make_two_hosts(void)
{
	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	lab_setup();
	there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	enter(here);
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth1 netns /proc/%d/fd/%d && ip addr add 10.9.0.1/24 dev veth0", getpid(), there);
	enter(there);
	lab_run("ip addr add 10.9.0.2/24 dev veth1 && ip link set veth1 up");
	enter(here);
}

static int listen_there(void)
{
	struct sockaddr_in at = address("10.9.0.2", PORT);
	int fd;

	enter(there);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	enter(here);
	return fd;
}

static int connect_from_here(void)
{
	struct sockaddr_in to = address("10.9.0.2", PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* One thread runs both ends, so neither may block. */
static void transfer(int from, int to)
{
	static char bytes[SENT];
	size_t sent = 0, received = 0;
	ssize_t n;

	while (received < SENT) {
		n = sent < SENT ? send(from, bytes + sent, SENT - sent, MSG_DONTWAIT) : 0;
		ck_assert(n >= 0 || errno == EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		n = recv(to, bytes, sizeof(bytes), MSG_DONTWAIT);
		ck_assert(n > 0 || errno == EAGAIN);
		received += n > 0 ? (size_t)n : 0;
	}
}

static void assert_super(const struct watch *w, enum place place)
{
	const struct ebpfi_packet *p = &w->super[place];

	ck_assert_msg(p->segments > 1, "no super-packet at %d", place);
	ck_assert_int_eq(p->dst_port, PORT);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_ADDRESSES | EBPFI_PACKET_PORTS);
	ck_assert_uint_gt(p->payload_len, 1500);
	ck_assert_uint_eq(p->packet_len, p->payload_offset + p->payload_len);
	ck_assert_uint_eq(p->data_len, p->packet_len < 65535 ? p->packet_len : 65535);
	ck_assert_uint_eq(w->payload[place], SENT);
}

START_TEST(super_packets_are_one_event_with_their_segments)
{
	struct watch *w = watch_begin(65535);
	int listener, from, to;

	make_two_hosts();
	listener = listen_there();
	from = connect_from_here();
	to = accept(listener, NULL, NULL);
	watch_attach(w, "veth0", EBPFI_HOOK_TC_EGRESS);
	watch_attach(w, "veth0", EBPFI_HOOK_SOCKET);
	enter(there);
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	enter(here);
	transfer(from, to);
	while (ebpfi_poll(w->session, 100) > 0)
		;
	assert_super(w, AT_TC_EGRESS);
	assert_super(w, AT_SOCKET_OUT);
	assert_super(w, AT_TC);
	watch_end(w);
}
END_TEST

static int make_tun(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "tun0" };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		return -1;
	lab_run("ip link set tun0 up");
	return fd;
}

static void assert_raw(const struct watch *w, enum place place, const struct frame *f)
{
	const struct seen *seen = &w->at[place];

	ck_assert_int_eq(w->count[place], 1);
	ck_assert_int_eq(seen->packet.link_type, L_RAW);
	ck_assert_int_eq(seen->packet.flags, EBPFI_PACKET_ADDRESSES | EBPFI_PACKET_PORTS | EBPFI_PACKET_NO_LINK);
	ck_assert_uint_eq(seen->packet.packet_len, f->size);
	ck_assert_int_eq(seen->packet.payload_offset, f->headers);
	ck_assert_mem_eq(seen->data, f->bytes, f->size);
}

static const struct frame *const raw[] = { &raw_v4, &raw_v6 };

START_TEST(packet_without_link_layer_is_received)
{
	const struct frame *f = raw[_i];
	struct watch *w = watch_begin(65535);
	int fd = make_tun();

	watch_attach(w, "tun0", EBPFI_HOOK_TC);
	watch_attach(w, "tun0", EBPFI_HOOK_SOCKET);
	watch_attach(w, "tun0", EBPFI_HOOK_XDP);
	ck_assert_int_eq(write(fd, f->bytes, f->size), (ssize_t)f->size);
	watch_wait(w, 3);
	assert_raw(w, AT_XDP, f);
	assert_raw(w, AT_TC, f);
	assert_raw(w, AT_SOCKET, f);
	watch_end(w);
	close(fd);
}
END_TEST

START_TEST(packet_without_link_layer_is_sent)
{
	struct watch *w = watch_begin(65535);
	int fd = make_tun();

	watch_attach(w, "tun0", EBPFI_HOOK_TC_EGRESS);
	watch_attach(w, "tun0", EBPFI_HOOK_SOCKET);
	lab_send("tun0", raw[_i]->bytes, raw[_i]->size);
	watch_wait(w, 2);
	assert_raw(w, AT_TC_EGRESS, raw[_i]);
	assert_raw(w, AT_SOCKET_OUT, raw[_i]);
	watch_end(w);
	close(fd);
}
END_TEST

/* Ethernet and no link layer in one session: each packet is parsed by its interface's link layer. */
START_TEST(interfaces_with_and_without_link_layer_share_a_session)
{
	struct watch *w = watch_begin(65535);
	int fd = make_tun();

	lab_veth("veth0", "veth1");
	watch_attach(w, "tun0", EBPFI_HOOK_TC);
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	ck_assert_int_eq(write(fd, raw_v6.bytes, raw_v6.size), (ssize_t)raw_v6.size);
	watch_wait(w, 1);
	assert_raw(w, AT_TC, &raw_v6);
	lab_send("veth0", qinq.bytes, qinq.size);
	watch_wait(w, 2);
	ck_assert_int_eq(w->at[AT_TC].packet.link_type, L_ETHERNET);
	ck_assert_int_eq(w->at[AT_TC].packet.vlan_count, 2);
	watch_end(w);
	close(fd);
}
END_TEST

static void send_on_loopback(void)
{
	struct sockaddr_in to = address("127.0.0.1", 9);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* A listening socket prevents an ICMP error. */
	ck_assert_int_eq(bind(receiver, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(sendto(fd, "ping", 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
	close(fd);
	close(receiver);
}

START_TEST(loopback_shows_a_packet_once_at_each_hook)
{
	struct watch *w = watch_begin(65535);

	watch_attach(w, "lo", EBPFI_HOOK_SOCKET);
	watch_attach(w, "lo", EBPFI_HOOK_TC);
	watch_attach(w, "lo", EBPFI_HOOK_TC_EGRESS);
	send_on_loopback();
	watch_wait(w, 3);
	ck_assert_int_eq(ebpfi_poll(w->session, 0), 0);
	ck_assert_int_eq(w->events, 3);
	ck_assert_int_eq(w->count[AT_SOCKET], 1);
	ck_assert(watch_same(w, AT_SOCKET, AT_TC));
	ck_assert(watch_same(w, AT_SOCKET, AT_TC_EGRESS));
	ck_assert_int_eq(w->at[AT_SOCKET].packet.dst_port, 9);
	ck_assert_int_eq(w->at[AT_SOCKET].packet.payload_len, 4);
	watch_end(w);
}
END_TEST

/* After generic XDP with a program that takes fragments, tc would see no Ethernet header. */
START_TEST(generic_xdp_on_loopback_changes_nothing_for_the_other_hooks)
{
	struct watch *w = watch_begin(65535);

	watch_attach(w, "lo", EBPFI_HOOK_SOCKET);
	watch_attach(w, "lo", EBPFI_HOOK_XDP);
	watch_attach(w, "lo", EBPFI_HOOK_TC);
	send_on_loopback();
	watch_wait(w, 3);
	ck_assert(watch_same(w, AT_SOCKET, AT_XDP));
	ck_assert(watch_same(w, AT_SOCKET, AT_TC));
	watch_end(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		super_packets_are_one_event_with_their_segments,
		loopback_shows_a_packet_once_at_each_hook,
		generic_xdp_on_loopback_changes_nothing_for_the_other_hooks,
	};
	const TTest *const tun[] = {
		packet_without_link_layer_is_received,
		packet_without_link_layer_is_sent,
	};
	const TTest *const mixed[] = { interfaces_with_and_without_link_layer_share_a_session };
	int failed;

	lab_require();
	failed = RUN_TESTS("devices", lab_setup, tests);
	if (access("/dev/net/tun", R_OK | W_OK)) {
		puts("SKIP: there is no /dev/net/tun here, so devices without link layer are not tested");
		return failed;
	}
	return failed | RUN_LOOPS("no link layer", lab_setup, tun, 2) | RUN_TESTS("mixed", lab_setup, mixed);
}

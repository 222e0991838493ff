/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A program that changes packets, run in the kernel: kernel/bpf/echo.bpf.c. test/unit/native_echo.c runs it natively. */
#include <arpa/inet.h>
#include <ebpfinspect/ebpfinspect.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

/* The server's end of the veth pair needs neither a socket on the port nor ARP. */
static void make_peer(void)
{
	lab_run("ip link add veth0 type veth peer name veth1");
	lab_run("ip link set veth0 address 02:00:00:00:00:01 up && ip link set veth1 address 02:00:00:00:00:02 up");
	lab_run("ip address add 10.0.0.1/24 dev veth0 && ip neighbour add 10.0.0.2 lladdr 02:00:00:00:00:02 dev veth0");
}

static void request_echo(char *answer, size_t size)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(7), .sin_addr.s_addr = htonl(0x0a000002) };
	const struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	ck_assert_int_eq(connect(fd, (const void *)&to, sizeof(to)), 0);
	ck_assert_int_eq(send(fd, "ping", 4, 0), 4);
	n = recv(fd, answer, size - 1, 0);
	ck_assert_msg(n >= 0, "no answer");
	answer[n] = '\0';
	close(fd);
}

static void check_answer(enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook, .mode = mode };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	char answer[64];

	make_peer();
	ck_assert_msg(!ebpfi_load_file(s, "echo", TEST_OBJECTS "/echo.o", NULL), "%s", ebpfi_errmsg(s));
	ck_assert_msg(ebpfi_attach(s, "echo", "veth1", &opts) > 0, "%s", ebpfi_errmsg(s));
	request_echo(answer, sizeof(answer));
	ck_assert_str_eq(answer, "pingmore");
	ebpfi_free(s);
}

START_TEST(tc_program_grows_a_packet_and_sends_it_back)
{
	check_answer(EBPFI_HOOK_TC, EBPFI_MODE_ANY);
}
END_TEST

START_TEST(xdp_program_grows_a_packet_and_sends_it_back)
{
	check_answer(EBPFI_HOOK_XDP, EBPFI_MODE_GENERIC);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tc_program_grows_a_packet_and_sends_it_back,
		xdp_program_grows_a_packet_and_sends_it_back,
	};

	lab_require();
	return RUN_TESTS("echo", lab_setup, tests);
}

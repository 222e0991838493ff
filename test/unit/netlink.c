/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Netlink messages with contradictory lengths. Each ends its allocation, so that ASan detects a read past its end. */
#include "netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interface.h"
#include "runner.h"

static const struct nlmsghdr head = { .nlmsg_len = 16, .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 7 };

/* `size` bytes on the heap that begin with a message header. */
static char *received(const struct nlmsghdr *first, size_t size)
{
	char *bytes = calloc(1, size);

	memcpy(bytes, first, size < sizeof(*first) ? size : sizeof(*first));
	return bytes;
}

static int messages_in(const char *bytes, size_t size)
{
	const char *at = bytes;
	int n = 0;

	while (n < 100 && netlink_next(&at, &size))
		n++;
	ck_assert_uint_le((size_t)(at - bytes), 65536);
	return n;
}

START_TEST(last_message_without_padding_ends_the_walk)
{
	struct nlmsghdr odd = head;
	char *bytes;

	odd.nlmsg_len = 17;
	bytes = received(&odd, 36);
	memcpy(bytes + 20, &head, sizeof(head)); /* left over from an earlier datagram */
	ck_assert_int_eq(messages_in(bytes, 17), 1);
	free(bytes);
	bytes = received(&odd, 17);
	ck_assert_int_eq(messages_in(bytes, 17), 1);
	free(bytes);
}
END_TEST

START_TEST(message_shorter_than_its_header_ends_the_walk)
{
	struct nlmsghdr bad = head;
	char *bytes;
	uint32_t length;

	for (length = 0; length < sizeof(bad); length++) {
		bad.nlmsg_len = length;
		bytes = received(&bad, 64);
		ck_assert_int_eq(messages_in(bytes, 64), 0);
		free(bytes);
	}
}
END_TEST

START_TEST(message_longer_than_the_datagram_ends_the_walk)
{
	static const uint32_t lengths[] = { 33, 36, 0x7fffffff, 0x80000000, 0xfffffffd, 0xffffffff };
	struct nlmsghdr bad = head;
	char *bytes;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		bad.nlmsg_len = lengths[i];
		bytes = received(&bad, 32);
		ck_assert_int_eq(messages_in(bytes, 32), 0);
		free(bytes);
	}
}
END_TEST

START_TEST(partial_header_is_ignored)
{
	char *bytes;
	size_t size;

	for (size = 0; size < sizeof(head); size++) {
		bytes = received(&head, size ? size : 1);
		ck_assert_int_eq(messages_in(bytes, size), 0);
		free(bytes);
	}
}
END_TEST

START_TEST(answer_to_another_request_is_skipped)
{
	struct netlink_answer answer = { .sequence = 8 };
	struct nlmsghdr ack = head;
	char *bytes;

	ack.nlmsg_len = 20;
	bytes = received(&ack, 20);
	netlink_read_answer(&answer, bytes, 20);
	ck_assert(!answer.done);
	answer.sequence = 7;
	netlink_read_answer(&answer, bytes, 20);
	ck_assert(answer.done);
	ck_assert_int_eq(answer.result, 0);
	free(bytes);
}
END_TEST

START_TEST(acknowledgement_without_result_is_an_error)
{
	struct netlink_answer answer = { .sequence = 7 };
	char *bytes = received(&head, sizeof(head));

	netlink_read_answer(&answer, bytes, sizeof(head));
	ck_assert(answer.done);
	ck_assert_int_eq(answer.result, -EBADMSG);
	free(bytes);
}
END_TEST

/* The first `size` bytes of a link message with one attribute. */
static char *link_message(uint16_t attribute_length, size_t size)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct nlattr name;
		char text[8];
	} m = { { .nlmsg_len = (uint32_t)size, .nlmsg_type = RTM_NEWLINK },
		{ .ifi_index = 3 },
		{ attribute_length, IFLA_IFNAME },
		"veth" };
	char *bytes = malloc(size);

	memcpy(bytes, &m, size < sizeof(m) ? size : sizeof(m));
	return bytes;
}

START_TEST(attribute_longer_than_its_message_is_ignored)
{
	static const uint16_t lengths[] = { 0, 3, 4, 13, 16, 0x7fff, 0x8000, 0xffff };
	struct interface interface;
	char *bytes;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		bytes = link_message(lengths[i], 44);
		ck_assert(!interface_read((const struct nlmsghdr *)bytes, &interface));
		free(bytes);
	}
	bytes = link_message(9, 41);
	ck_assert(interface_read((const struct nlmsghdr *)bytes, &interface));
	ck_assert_str_eq(interface.name, "veth");
	free(bytes);
}
END_TEST

START_TEST(every_truncation_of_a_link_message_is_refused)
{
	struct interface interface;
	char *bytes;
	size_t size;

	for (size = sizeof(struct nlmsghdr); size < 41; size++) {
		bytes = link_message(9, size);
		ck_assert(!interface_read((const struct nlmsghdr *)bytes, &interface));
		free(bytes);
	}
}
END_TEST

START_TEST(unterminated_string_is_empty)
{
	struct interface interface;
	char *bytes = link_message(8, 40);

	ck_assert(interface_read((const struct nlmsghdr *)bytes, &interface));
	ck_assert_str_eq(interface.name, "");
	free(bytes);
}
END_TEST

static int open_socket(struct sockaddr_nl *name)
{
	socklen_t size = sizeof(*name);
	int fd = netlink_open(NETLINK_USERSOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)name, &size), 0);
	return fd;
}

START_TEST(datagram_from_another_process_is_skipped)
{
	struct sockaddr_nl ours, theirs;
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	int to = open_socket(&ours), from = open_socket(&theirs);

	ck_assert_int_eq(sendto(from, &head, sizeof(head), 0, (struct sockaddr *)&ours, sizeof(ours)), sizeof(head));
	ck_assert_int_eq(netlink_receive(to, buf, sizeof(buf), MSG_DONTWAIT), 0);
	ck_assert_int_eq(netlink_receive(to, buf, sizeof(buf), MSG_DONTWAIT), -EAGAIN);
	close(to);
	close(from);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		last_message_without_padding_ends_the_walk,
		message_shorter_than_its_header_ends_the_walk,
		message_longer_than_the_datagram_ends_the_walk,
		partial_header_is_ignored,
		answer_to_another_request_is_skipped,
		acknowledgement_without_result_is_an_error,
		attribute_longer_than_its_message_is_ignored,
		every_truncation_of_a_link_message_is_refused,
		unterminated_string_is_empty,
		datagram_from_another_process_is_skipped,
	};

	return RUN_TESTS("netlink", NULL, tests);
}

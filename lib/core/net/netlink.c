/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 32768, HEADER = NLMSG_ALIGN(sizeof(struct nlmsghdr)) };

/* EXT_ACK: a refusal contains the kernel's message. CAP_ACK: without the whole request in front of it. */
int netlink_open(int protocol, unsigned int groups)
{
	struct sockaddr_nl here = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int on = 1, err, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0), protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (!bind(fd, (struct sockaddr *)&here, sizeof(here)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* noinline: with UBSan, gcc 12 would take the result for the message's first word, and warn. */
static __attribute__((noinline)) void *extend(struct netlink_request *r, size_t size)
{
	size_t at = NLMSG_ALIGN(r->used);

	if (size > sizeof(r->bytes) || at > sizeof(r->bytes) - size) {
		r->full = true;
		return NULL;
	}
	r->used = at + size;
	r->head.nlmsg_len = (uint32_t)r->used;
	return r->bytes + at;
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *header, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->used = HEADER;
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(extend(r, size), header, size);
}

void netlink_put(struct netlink_request *r, uint16_t type, const void *value, size_t size)
{
	struct nlattr attribute = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };
	char *to = extend(r, NLA_HDRLEN + size);

	if (!to)
		return;
	memcpy(to, &attribute, sizeof(attribute));
	if (size)
		memcpy(to + NLA_HDRLEN, value, size);
}

void netlink_put_u32(struct netlink_request *r, uint16_t type, uint32_t value)
{
	netlink_put(r, type, &value, sizeof(value));
}

void netlink_put_string(struct netlink_request *r, uint16_t type, const char *value)
{
	netlink_put(r, type, value, strlen(value) + 1);
}

size_t netlink_nest(struct netlink_request *r, uint16_t type)
{
	size_t at = NLMSG_ALIGN(r->used);

	netlink_put(r, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void netlink_nest_end(struct netlink_request *r, size_t nest)
{
	if (!r->full)
		((struct nlattr *)(r->bytes + nest))->nla_len = (uint16_t)(r->head.nlmsg_len - nest);
}

int64_t netlink_send(int fd, struct netlink_request *r)
{
	static uint32_t sequence;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (r->full)
		return -EMSGSIZE;
	/* Never 0: notifications have that number. */
	r->head.nlmsg_seq = __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED) | 1U << 31;
	if (sendto(fd, r->bytes, r->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return r->head.nlmsg_seq;
}

ssize_t netlink_receive(int fd, void *buf, size_t size, int flags)
{
	struct sockaddr_nl from = { 0 };
	struct iovec into = { buf, size };
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &into, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &m, flags);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (m.msg_namelen < sizeof(from) || from.nl_family != AF_NETLINK || from.nl_pid != 0)
		return 0; /* the kernel's port is 0 */
	return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

/* NLMSG_NEXT() subtracts the padded length, which wraps if the last message's padding was not received. */
const struct nlmsghdr *netlink_next(const char **at, size_t *left)
{
	const struct nlmsghdr *message = (const void *)*at;
	size_t step;

	if (*left < HEADER || message->nlmsg_len < HEADER || message->nlmsg_len > *left)
		return NULL;
	step = NLMSG_ALIGN((size_t)message->nlmsg_len);
	if (step > *left)
		step = *left;
	*at += step;
	*left -= step;
	return message;
}

const void *netlink_header(const struct nlmsghdr *message, size_t size)
{
	return message->nlmsg_len < HEADER + size ? NULL : (const char *)message + HEADER;
}

static bool attribute_fits(const struct nlattr *attribute, size_t left)
{
	return left >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN && attribute->nla_len <= left;
}

static const struct nlattr *find(const char *at, size_t left, uint16_t type, size_t size)
{
	const struct nlattr *attribute;
	size_t step;

	for (attribute = (const void *)at; attribute_fits(attribute, left); attribute = (const void *)at) {
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute->nla_len >= NLA_HDRLEN + size ? attribute : NULL;
		step = NLA_ALIGN(attribute->nla_len);
		if (step > left)
			return NULL;
		at += step;
		left -= step;
	}
	return NULL;
}

const struct nlattr *netlink_find(const struct nlmsghdr *message, size_t header, uint16_t type, size_t size)
{
	size_t before = HEADER + NLMSG_ALIGN(header);

	if (message->nlmsg_len < before)
		return NULL;
	return find((const char *)message + before, message->nlmsg_len - before, type, size);
}

const struct nlattr *netlink_find_in(const struct nlattr *nest, uint16_t type, size_t size)
{
	return nest ? find((const char *)nest + NLA_HDRLEN, nest->nla_len - NLA_HDRLEN, type, size) : NULL;
}

const void *netlink_value(const struct nlattr *attribute)
{
	return (const char *)attribute + NLA_HDRLEN;
}

uint32_t netlink_u32(const struct nlattr *attribute)
{
	uint32_t value = 0;

	if (attribute && attribute->nla_len >= NLA_HDRLEN + sizeof(value))
		memcpy(&value, netlink_value(attribute), sizeof(value));
	return value;
}

const char *netlink_string(const struct nlattr *attribute)
{
	const char *value = attribute ? netlink_value(attribute) : "";

	return attribute && !memchr(value, '\0', attribute->nla_len - NLA_HDRLEN) ? "" : value;
}

/* With NETLINK_CAP_ACK the acknowledgement repeats only the header of the request; the message text follows. */
const char *netlink_ack_text(const struct nlmsghdr *message)
{
	const struct nlattr *text;

	if (message->nlmsg_type != NLMSG_ERROR || !(message->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    !(message->nlmsg_flags & NLM_F_CAPPED))
		return NULL;
	text = netlink_find(message, sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG, 1);
	return text && *netlink_string(text) ? netlink_string(text) : NULL;
}

/* The end of a dump has its error at the same offset as an acknowledgement. */
static void read_end(struct netlink_answer *a, const struct nlmsghdr *message)
{
	const char *text = netlink_ack_text(message);
	const void *result = netlink_header(message, sizeof(a->result));

	a->done = true;
	a->result = -EBADMSG;
	if (result)
		memcpy(&a->result, result, sizeof(a->result));
	if (a->result && text && a->why)
		text_put(a->why, text);
}

void netlink_read_answer(struct netlink_answer *a, const void *bytes, size_t size)
{
	const struct nlmsghdr *message;
	const char *at = bytes;

	while (!a->done && (message = netlink_next(&at, &size))) {
		if (message->nlmsg_seq != a->sequence)
			continue;
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE)
			read_end(a, message);
		else if (a->fn)
			a->fn(a->ctx, message);
	}
}

int netlink_ask(int fd, struct netlink_request *r, netlink_fn fn, void *ctx, struct text *why)
{
	char buf[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct netlink_answer a = { .fn = fn, .ctx = ctx, .why = why };
	int64_t sequence;
	ssize_t n = 0;

	if ((r->head.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		r->head.nlmsg_flags |= NLM_F_ACK;
	sequence = netlink_send(fd, r);
	if (sequence < 0)
		return (int)sequence;
	a.sequence = (uint32_t)sequence;
	while (!a.done && n >= 0) {
		n = netlink_receive(fd, buf, sizeof(buf), 0);
		if (n > 0)
			netlink_read_answer(&a, buf, (size_t)n);
	}
	return n < 0 ? (int)n : a.result;
}

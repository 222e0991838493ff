/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Netlink: requests, answers and the kernel's own words about a refusal. A socket stays in the namespace that it was made in. Only the
 * kernel is believed: a process with CAP_NET_ADMIN in that namespace, as root of a container, can send messages to our socket, too.
 */
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* A request being put together; what does not fit marks it as full, and it is not sent. */
struct netlink_request {
	union {
		struct nlmsghdr head;
		char bytes[1024];
	};
	size_t used; /* of `bytes` */
	bool full;
};

/* Called for each message of an answer. */
typedef void (*netlink_fn)(void *ctx, const struct nlmsghdr *message);

/* A socket of a protocol (NETLINK_ROUTE) that asks and, with `groups` (RTMGRP_), listens without blocking; negative errno. */
int netlink_open(int protocol, unsigned int groups);

/* `header` is the family's fixed header (ifinfomsg, tcmsg), the same size as in the answers. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *header, size_t size);
void netlink_put(struct netlink_request *r, uint16_t type, const void *value, size_t size);
void netlink_put_u32(struct netlink_request *r, uint16_t type, uint32_t value);
void netlink_put_string(struct netlink_request *r, uint16_t type, const char *value);
/* What is put between the two is nested in the attribute. */
size_t netlink_nest(struct netlink_request *r, uint16_t type);
void netlink_nest_end(struct netlink_request *r, size_t nest);

/*
 * Sends a request and takes its whole answer; `fn` may be NULL. Negative errno as the kernel said it, and where it said more in an
 * extended acknowledgement that is put into `why`, which may be NULL.
 */
int netlink_ask(int fd, struct netlink_request *r, netlink_fn fn, void *ctx, struct text *why);

/* Sends without waiting for the answer, which comes with the sequence number that is returned; negative errno. */
int64_t netlink_send(int fd, struct netlink_request *r);

/*
 * Receives what the kernel sent; the number of bytes. 0: a signal came, or another process sent it. -EMSGSIZE: it is longer than the
 * buffer. Other negative errno from recvmsg(2). `buf` is aligned to NLMSG_ALIGNTO.
 */
ssize_t netlink_receive(int fd, void *buf, size_t size, int flags);

/* The next message of received bytes, or NULL; a message that is longer than what was received, or shorter than its head, is the end. */
const struct nlmsghdr *netlink_next(const char **at, size_t *left);

/* The answer to one request, and how far it has been received. */
struct netlink_answer {
	uint32_t sequence; /* of the request */
	netlink_fn fn;     /* may be NULL */
	void *ctx;
	struct text *why; /* may be NULL */
	int result;
	bool done;
};

/* Reads received bytes; messages of another sequence number are not the answer. */
void netlink_read_answer(struct netlink_answer *answer, const void *bytes, size_t size);

/* The family's fixed header of a message, or NULL where the message is too short for it. */
const void *netlink_header(const struct nlmsghdr *message, size_t size);

/*
 * Attributes of a message whose fixed header has `header` bytes, and of an attribute that nests others: NULL where there is none, or
 * where it is shorter than `size`.
 */
const struct nlattr *netlink_find(const struct nlmsghdr *message, size_t header, uint16_t type, size_t size);
const struct nlattr *netlink_find_in(const struct nlattr *nest, uint16_t type, size_t size);
const void *netlink_value(const struct nlattr *attribute);
uint32_t netlink_u32(const struct nlattr *attribute); /* 0 without one */
/* Terminated within the attribute, else "". */
const char *netlink_string(const struct nlattr *attribute);

/* The kernel's sentence in an acknowledgement, or NULL. */
const char *netlink_ack_text(const struct nlmsghdr *message);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Netlink: requests, answers and the kernel's message about a refusal. A socket stays in the namespace that it was made in. Messages from
 * other senders than the kernel are ignored: a process with CAP_NET_ADMIN in that namespace (root in a container) can send to our socket.
 */
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* A request under construction. One that does not fit is marked as full and not sent. */
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
/* Attributes that are put between the two calls are nested in this one. */
size_t netlink_nest(struct netlink_request *r, uint16_t type);
void netlink_nest_end(struct netlink_request *r, size_t nest);

/*
 * Sends a request and reads its whole answer; `fn` may be NULL. Returns the kernel's negative errno. Puts the message of an extended
 * acknowledgement into `why`, which may be NULL.
 */
int netlink_ask(int fd, struct netlink_request *r, netlink_fn fn, void *ctx, struct text *why);

/* Sends without waiting for the answer. Returns the sequence number of the answer, or negative errno. */
int64_t netlink_send(int fd, struct netlink_request *r);

/*
 * Receives one datagram from the kernel and returns its size. 0: a signal came, or another process sent it. -EMSGSIZE: it is longer than
 * the buffer. Other negative errno from recvmsg(2). `buf` is aligned to NLMSG_ALIGNTO.
 */
ssize_t netlink_receive(int fd, void *buf, size_t size, int flags);

/* The next message of received bytes. NULL at the end, or if the message is longer than the bytes or shorter than its header. */
const struct nlmsghdr *netlink_next(const char **at, size_t *left);

/* The answer to one request, and the state of its reception. */
struct netlink_answer {
	uint32_t sequence; /* of the request */
	netlink_fn fn;     /* may be NULL */
	void *ctx;
	struct text *why; /* may be NULL */
	int result;
	bool done;
};

/* Reads received bytes; ignores messages with another sequence number. */
void netlink_read_answer(struct netlink_answer *answer, const void *bytes, size_t size);

/* The family's fixed header of a message, or NULL if the message is too short. */
const void *netlink_header(const struct nlmsghdr *message, size_t size);

/*
 * Finds an attribute of a message whose fixed header has `header` bytes, or an attribute nested in another. NULL if it is missing or
 * shorter than `size`.
 */
const struct nlattr *netlink_find(const struct nlmsghdr *message, size_t header, uint16_t type, size_t size);
const struct nlattr *netlink_find_in(const struct nlattr *nest, uint16_t type, size_t size);
const void *netlink_value(const struct nlattr *attribute);
uint32_t netlink_u32(const struct nlattr *attribute); /* 0 without one */
/* Terminated within the attribute, else "". */
const char *netlink_string(const struct nlattr *attribute);

/* The kernel's message in an acknowledgement, or NULL. */
const char *netlink_ack_text(const struct nlmsghdr *message);

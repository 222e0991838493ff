/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* rtnetlink: requests, answers and the kernel's own words about a refusal. A socket stays in the namespace that it was made in. */
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A socket that asks and, with `groups` (RTMGRP_), listens without blocking; negative errno. */
int netlink_open(unsigned int groups);

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

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A filter expression, compiled per link type, for the interpreter and for the kernel. */
#pragma once

#include "cbpf.h"
#include "stub.h"

struct filter;

/* Copies the expression and does not compile it yet. NULL if out of memory. */
struct filter *filter_new(const char *expression);
void filter_free(struct filter *filter);

const char *filter_expression(const struct filter *filter);

/*
 * Compiles for packets of a LINKTYPE_, once. -EINVAL: invalid expression, with libpcap's message and the position in `why`.
 * -EOPNOTSUPP: it needs a loop. -EPROTONOSUPPORT: an unknown link type. -ENOMEM.
 */
int filter_prepare(struct filter *filter, uint16_t link, char *why, size_t size);

/* As filter_prepare(); also -EOPNOTSUPP if the filter needs metadata that only a live packet has. */
int filter_prepare_replay(struct filter *filter, uint16_t link, char *why, size_t size);

/* Whether a packet matches. The filter must be prepared for its link type. */
bool filter_matches(const struct filter *filter, uint16_t link, const uint8_t *data, uint32_t len, uint32_t wire_len);

/* The kinds of programs in an object. FILTER_SKB: programs with a socket buffer at other hooks than tc. */
enum { FILTER_XDP = 1 << 0, FILTER_TC = 1 << 1, FILTER_SKB = 1 << 2 };

/*
 * Puts the filter into an object's filter functions (filter.bpf.h) for these kinds of programs. Programs at tc share their function
 * with those of FILTER_SKB, and read the packet itself only if there are none of those. -ENOENT: the object has no such functions.
 * -ENOEXEC: not a BPF object. Other errors as filter_prepare() for Ethernet.
 */
int filter_patch(struct filter *filter, struct image *image, unsigned int programs, char *why, size_t size);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The kernel backend: runs the program through BPF_PROG_TEST_RUN, which limits the packet size. Shorter packets are padded,
 * longer ones are cut, and refused ones are skipped. Each case is counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundled.h"
#include "bundled_replay.h"
#include "delivery.h"
#include "filter.h"
#include "link_type.h"
#include "polling.h"
#include "reader.h"
#include "replay.h"
#include "rights.h"
#include "test_run.h"

enum {
	ETHERNET = 14,
	IP_LEAST = 54, /* the kernel may refuse a shorter packet with an IP EtherType: 34 for IPv4, 54 for IPv6 */
};

struct kernel {
	struct bundled_replay *bundled; /* NULL: a host's object */
	int program_fd;
	enum ebpfi_hook hook;
	struct test_limits limits;
	uint32_t prefix; /* bytes before each packet that the kernel removes */
	uint8_t *packet; /* a copy, if one is needed */
};

static int find_program(struct replay *r, struct kernel *k)
{
	struct choice choice = { .hook = r->opts.hook, .program = r->opts.program };
	int err = module_choose(r->session, r->module, &choice);

	if (err)
		return err;
	k->hook = choice.hook;
	if (r->module->inspector) {
		k->bundled = bundled_replay_new(r->session, r->module, choice.hook, &err);
		k->program_fd = k->bundled ? bundled_replay_program(k->bundled) : err;
	} else {
		k->program_fd = module_program(r->session, r->module, &choice);
	}
	return k->program_fd < 0 ? k->program_fd : 0;
}

/* The kernel removes an Ethernet header before a test run of a socket filter. A live socket filter sees the packet's own. */
static void set_prefix(struct kernel *k)
{
	static const uint8_t header[ETHERNET] = { [12] = 0x88, [13] = 0xb5 }; /* for local experiments (IEEE 802) */

	k->prefix = k->hook == EBPFI_HOOK_SOCKET ? ETHERNET : 0;
	memcpy(k->packet, header, k->prefix);
}

static int find_limits(struct replay *r, struct kernel *k)
{
	int err = test_run_limits(k->hook, &k->limits);

	if (err)
		return ebpfi_fail(r->session, err, "this kernel cannot test-run_packet %s programs: %s",
				  ebpfi_hook_str(k->hook), err == -EPERM ? rights_missing(RIGHT_BPF) : strerror(-err));
	k->packet = calloc(1, k->limits.most + IP_LEAST);
	if (!k->packet)
		return ebpfi_fail(r->session, -ENOMEM, "out of memory");
	set_prefix(k);
	return 0;
}

static void kernel_close(struct replay *r)
{
	struct kernel *k = r->state;

	polling_expect(r->session); /* the replay's records consumed wake-ups of live inspectors */
	if (k->bundled)
		bundled_replay_free(k->bundled);
	free(k->packet);
	free(k);
}

static int kernel_open(struct replay *r)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return ebpfi_fail(r->session, -ENOMEM, "out of memory");
	r->state = k;
	err = find_program(r, k);
	if (!err)
		err = find_limits(r, k);
	if (err)
		kernel_close(r);
	return err;
}

/* Returns the `size` bytes to run_packet on: the frame itself if it needs neither prefix nor padding. */
static const uint8_t *lay_out_packet(struct kernel *k, const struct frame *frame, uint32_t least, uint32_t *size)
{
	uint32_t room = k->limits.most - k->prefix, take = frame->len < room ? frame->len : room;

	*size = k->prefix + take;
	if (!k->prefix && *size >= least)
		return frame->data;
	memcpy(k->packet + k->prefix, frame->data, take);
	if (*size >= least)
		return k->packet;
	memset(k->packet + *size, 0, least - *size);
	*size = least;
	return k->packet;
}

static int run_packet(struct replay *r, struct kernel *k, const struct frame *frame, uint32_t least)
{
	struct ebpfi_replay_info *info = &r->session->replayed;
	uint32_t size;
	const uint8_t *packet = lay_out_packet(k, frame, least, &size);
	int err = test_run(k->program_fd, packet, size);

	if (err)
		return err;
	if (size < k->prefix + frame->len)
		info->cut++;
	if (size > k->prefix + frame->len)
		info->padded++;
	return 0;
}

/* The program's filter expects complete Ethernet or IP packets. Other link types and cut or padded packets are filtered here. */
static int32_t apply_filter(struct replay *r, const struct frame *frame, uint32_t room)
{
	bool is_live = frame->link == LINK_ETHERNET || frame->link == LINK_RAW;

	if (!r->module->filter || (is_live && frame->len == frame->wire_len && frame->len >= IP_LEAST && frame->len <= room))
		return 0;
	return filter_matches(r->module->filter, frame->link, frame->data, frame->len, frame->wire_len) ? 1 : -1;
}

static void describe_packet(struct replay *r, struct kernel *k, const struct frame *frame)
{
	uint32_t room = k->limits.most - k->prefix;
	struct replay_packet packet = {
		.len = frame->len < room ? frame->len : room,
		.wire_len = frame->wire_len,
		.time_ns = frame->time_ns,
		.link = frame->link,
		.direction = frame->direction,
		.filter = apply_filter(r, frame, room),
	};

	bundled_replay_set(k->bundled, &packet);
}

static int kernel_packet(struct replay *r, const struct frame *frame)
{
	struct kernel *k = r->state;
	int err = 0;

	if (k->bundled)
		describe_packet(r, k, frame);
	else if (frame->link != LINK_ETHERNET)
		err = -EINVAL;
	if (!err)
		err = run_packet(r, k, frame, k->limits.least);
	if (err == -EINVAL && frame->len < IP_LEAST && frame->link == LINK_ETHERNET)
		err = run_packet(r, k, frame, k->prefix + IP_LEAST);
	if (err == -EINVAL)
		r->session->replayed.skipped++;
	else if (err)
		return ebpfi_fail(r->session, err, "the kernel does not run %s on a packet of %s: %s", r->module->name, r->path,
				  strerror(-err));
	readers_drain(r->session);
	return 0;
}

static int kernel_open_messages(struct replay *r)
{
	const struct kernel *k = r->state;

	return k->bundled ? module_finish(r->module, bundled_walk, bundled_replay_object(k->bundled)) : 0;
}

static int kernel_finish(struct replay *r)
{
	struct kernel *k = r->state;

	return k->bundled ? bundled_replay_finish(r->session, k->bundled) : 0;
}

const struct backend backend_kernel = { kernel_open, kernel_packet, kernel_open_messages, kernel_finish, kernel_close };

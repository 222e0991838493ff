/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* tcx (Linux 6.6): tc programs on a bpf_link. Each program states its place in the order. */
#include <errno.h>
#include <string.h>

#include "bpf_link.h"
#include "tc_hook.h"

static int place_of(const struct link *link, const struct attach_request *request, struct bpfcall_place *place,
		    struct text *why)
{
	bool before = request->order == EBPFI_ORDER_HEAD || request->order == EBPFI_ORDER_BEFORE;

	place->flags = before ? BPFCALL_BEFORE : BPFCALL_AFTER;
	place->revision = request->revision;
	if (request->order == EBPFI_ORDER_TAIL || request->order == EBPFI_ORDER_HEAD)
		return 0;
	place->flags |= BPFCALL_ID;
	return tc_anchor(link, request, &place->program_id, why);
}

/* A kernel without tcx answers the query with EINVAL, too. */
static bool is_missing(const struct link *link)
{
	struct bpfcall_hook hook;

	return bpfcall_query(link->interface.ifindex, tc_point(link), &hook) == -EINVAL;
}

static void put_reason(const struct link *link, int err, uint32_t anchor, struct text *why)
{
	if (err == -EEXIST)
		text_put(why, "this program is on the hook already");
	else if (err == -ESTALE)
		text_put(why, "the hook has changed since its revision was read");
	else if (err == -ENOENT && anchor)
		text_printf(why, "program %u is not one of the hook's tcx programs", anchor);
	else if (err == -ERANGE)
		text_put(why, "the hook is full: 64 programs");
	else if (err == -EINVAL && is_missing(link))
		text_put(why, "this kernel has no tcx (Linux 6.6)");
	else
		text_put(why, err == -ENODEV ? "the interface is gone" : strerror(-err));
}

static int attach(struct link *link, const struct attach_request *request, struct text *why)
{
	struct bpfcall_place place = { 0 };
	int fd, err = place_of(link, request, &place, why);

	if (err)
		return err;
	fd = bpfcall_link_create(link->program_fd, link->interface.ifindex, tc_point(link), &place);
	if (fd < 0) {
		put_reason(link, fd, place.program_id, why);
		return fd;
	}
	link->fd = fd;
	tc_remove_dead_filters(link);
	return 0;
}

static bool holds(const struct link *link, uint32_t program_id)
{
	struct bpfcall_hook hook;
	uint32_t i;

	if (bpfcall_query(link->interface.ifindex, tc_point(link), &hook))
		return false;
	for (i = 0; i < hook.count && hook.programs[i] != program_id; i++)
		;
	return i < hook.count;
}

const struct mode mode_tcx = { .mode = EBPFI_MODE_TCX,
			       .name = "tcx",
			       .attach = attach,
			       .detach = bpflink_detach,
			       .replace = bpflink_replace,
			       .others = tc_others,
			       .holds = holds };

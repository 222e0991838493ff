/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* XDP through a bpf_link, which the kernel detaches when its last descriptor is closed. */
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/socket.h>

#include "bpf_link.h"
#include "bpfcall.h"

enum { DRIVER_HAS_NONE = -524 }; /* ENOTSUPP, which some drivers return */

/* The programs on an interface, by mode. */
struct xdp {
	uint32_t native, generic, offloaded;
};

static void read_xdp(void *ctx, const struct nlmsghdr *message)
{
	const struct nlattr *nest = netlink_find(message, sizeof(struct ifinfomsg), IFLA_XDP, 0);
	struct xdp *xdp = ctx;

	xdp->native = netlink_u32(netlink_find_in(nest, IFLA_XDP_DRV_PROG_ID, 4));
	xdp->generic = netlink_u32(netlink_find_in(nest, IFLA_XDP_SKB_PROG_ID, 4));
	xdp->offloaded = netlink_u32(netlink_find_in(nest, IFLA_XDP_HW_PROG_ID, 4));
}

static struct xdp ask_xdp(const struct link *link)
{
	struct xdp xdp = { 0 };

	interface_ask(link->netns->netlink, link->interface.ifindex, read_xdp, &xdp);
	return xdp;
}

static void put_program(struct text *t, const char *mode, uint32_t id)
{
	char name[16];

	text_printf(t, "%s XDP program %u", mode, id);
	if (!bpfcall_program_name(id, name) && *name)
		text_printf(t, " (%.16s)", name);
}

static void put_others(struct text *t, const struct xdp *xdp, uint32_t ours)
{
	const struct {
		const char *mode;
		uint32_t id;
	} programs[] = { { "native", xdp->native }, { "generic", xdp->generic }, { "offloaded", xdp->offloaded } };
	const char *joint = "";
	unsigned int i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!programs[i].id || programs[i].id == ours)
			continue;
		text_put(t, joint);
		put_program(t, programs[i].mode, programs[i].id);
		joint = "\n";
	}
}

static void others(struct link *link, struct text *t)
{
	struct xdp xdp = ask_xdp(link);

	put_others(t, &xdp, bpfcall_program_id(link->program_fd));
}

static void put_busy(const struct link *link, struct text *why)
{
	struct xdp xdp = ask_xdp(link);

	text_put(why, "another XDP program is attached, and XDP has room for one");
	if (xdp.native || xdp.generic || xdp.offloaded)
		text_put(why, ": ");
	put_others(why, &xdp, 0);
}

static const char *reason(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
	case DRIVER_HAS_NONE:
		return "the driver does not support it";
	case -ERANGE:
	case -EINVAL:
		return "the driver refuses it with the interface's present settings (MTU, receive queues, offloads)";
	case -ENOMEM:
		return "the driver lacks memory for its queues";
	case -ENODEV:
		return "the interface is gone";
	}
	return strerror(-err);
}

/* Sets an interface's program through netlink. With fd -1 it removes the program `expected`. */
static int set_program(const struct link *link, int fd, int expected, uint32_t flags, struct text *why)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->interface.ifindex };
	struct netlink_request r;
	size_t nest;

	netlink_begin(&r, RTM_SETLINK, 0, &head, sizeof(head));
	nest = netlink_nest(&r, IFLA_XDP);
	netlink_put(&r, IFLA_XDP_FD, &fd, sizeof(fd));
	netlink_put_u32(&r, IFLA_XDP_FLAGS, flags);
	if (expected >= 0)
		netlink_put_u32(&r, IFLA_XDP_EXPECTED_FD, (uint32_t)expected);
	netlink_nest_end(&r, nest);
	return netlink_ask(link->netns->netlink, &r, NULL, NULL, why);
}

/*
 * A refused bpf_link gives only an errno; netlink also gives the driver's message. So try again through netlink. If that works, undo it:
 * a program set through netlink would outlive this process. Neither step touches another process's program.
 */
static void ask_driver_for_reason(const struct link *link, uint32_t mode, struct text *why)
{
	char words[256];
	struct text t = text_in(words, sizeof(words));

	if (!set_program(link, link->program_fd, -1, mode | XDP_FLAGS_UPDATE_IF_NOEXIST, &t))
		set_program(link, -1, link->program_fd, mode | XDP_FLAGS_REPLACE, NULL);
	else if (*words)
		text_printf(why, ": \"%s\"", words);
}

/* With flags 0 the kernel chooses a mode and does not fall back to the other, so always name the mode. */
static int attach(struct link *link, struct text *why, uint32_t mode)
{
	struct bpfcall_place place = { .flags = mode };
	int fd = bpfcall_link_create(link->program_fd, link->interface.ifindex, BPFCALL_XDP, &place);

	if (fd >= 0) {
		link->fd = fd;
		return 0;
	}
	if (fd == -EBUSY || fd == -EEXIST) {
		put_busy(link, why);
		return -EBUSY;
	}
	text_put(why, reason(fd));
	if (fd != -EPERM && fd != -ENODEV)
		ask_driver_for_reason(link, mode, why);
	return fd == DRIVER_HAS_NONE ? -EOPNOTSUPP : fd;
}

static int attach_native(struct link *link, const struct attach_request *request, struct text *why)
{
	(void)request;
	return attach(link, why, XDP_FLAGS_DRV_MODE);
}

static int attach_generic(struct link *link, const struct attach_request *request, struct text *why)
{
	(void)request;
	return attach(link, why, XDP_FLAGS_SKB_MODE);
}

static bool holds_native(const struct link *link, uint32_t program_id)
{
	return ask_xdp(link).native == program_id;
}

static bool holds_generic(const struct link *link, uint32_t program_id)
{
	return ask_xdp(link).generic == program_id;
}

const struct mode mode_xdp_native = { .mode = EBPFI_MODE_NATIVE,
				      .name = "native",
				      .attach = attach_native,
				      .detach = bpflink_detach,
				      .replace = bpflink_replace,
				      .others = others,
				      .holds = holds_native };
const struct mode mode_xdp_generic = { .mode = EBPFI_MODE_GENERIC,
				       .name = "generic",
				       .attach = attach_generic,
				       .detach = bpflink_detach,
				       .replace = bpflink_replace,
				       .others = others,
				       .holds = holds_generic };

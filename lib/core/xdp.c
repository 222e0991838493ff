/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* XDP through a bpf_link, which the kernel detaches when its last descriptor is closed. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "attach.h"

static const char *reason(int err)
{
	switch (err) {
	case -EBUSY:
	case -EEXIST:
		return "another XDP program is attached, and XDP has room for one: \"ip link\" or \"bpftool net\" shows it";
	case -EOPNOTSUPP:
	case -524: /* ENOTSUPP, which drivers let out */
		return "the driver does not support it";
	case -ERANGE:
	case -EINVAL:
		return "the driver refuses it with the interface's present settings (MTU, receive queues, offloads)";
	case -ENOMEM:
		return "the driver lacks memory for its queues";
	}
	return strerror(-err);
}

/* Flags of 0 would not fall back, so that the mode is always named. */
static int attach(struct link *link, int program_fd, struct text *why, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_link_create(program_fd, (int)link->interface.ifindex, BPF_XDP, &opts);

	if (fd >= 0) {
		link->fd = fd;
		return 0;
	}
	text_put(why, reason(fd));
	return fd == -EEXIST ? -EBUSY : fd;
}

static int attach_native(struct link *link, int program_fd, struct text *why)
{
	return attach(link, program_fd, why, XDP_FLAGS_DRV_MODE);
}

static int attach_generic(struct link *link, int program_fd, struct text *why)
{
	return attach(link, program_fd, why, XDP_FLAGS_SKB_MODE);
}

const struct mode mode_xdp_native = { EBPFI_MODE_NATIVE, "native", attach_native, NULL };
const struct mode mode_xdp_generic = { EBPFI_MODE_GENERIC, "generic", attach_generic, NULL };

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* tc: a tcx link where the kernel has them (6.6), else a filter on the clsact qdisc. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "attach.h"

/* Since Linux 6.6; the headers of older kernels lack the names. */
enum {
	TCX_INGRESS = 46,
	TCX_EGRESS = 47,
	BEHIND_ALL = 1 << 4, /* BPF_F_AFTER without an anchor */
};

static int attach_tcx(struct link *link, int program_fd, struct text *why)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = BEHIND_ALL);
	int point = link->hook == EBPFI_HOOK_TC ? TCX_INGRESS : TCX_EGRESS;
	int fd = bpf_link_create(program_fd, (int)link->interface.ifindex, (enum bpf_attach_type)point, &opts);

	if (fd >= 0) {
		link->fd = fd;
		return 0;
	}
	text_put(why, fd == -EINVAL ? "this kernel has no tcx (Linux 6.6)" : strerror(-fd));
	return fd == -EEXIST ? -EBUSY : fd;
}

static enum bpf_tc_attach_point tc_point(const struct link *link)
{
	return link->hook == EBPFI_HOOK_TC ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

/* The qdisc stays when we go: others may have come to rely on it. */
static int attach_clsact(struct link *link, int program_fd, struct text *why)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link->interface.ifindex, .attach_point = tc_point(link));
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program_fd);
	int err = bpf_tc_hook_create(&hook);

	if (!err || err == -EEXIST)
		err = bpf_tc_attach(&hook, &opts);
	if (err) {
		text_put(why, strerror(-err));
		return err;
	}
	link->handle = opts.handle;
	link->priority = opts.priority;
	return 0;
}

/* By handle and priority, which name our filter and no other. */
static void detach_clsact(struct link *link)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link->interface.ifindex, .attach_point = tc_point(link));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = link->handle, .priority = link->priority);

	bpf_tc_detach(&hook, &opts);
}

const struct mode mode_tcx = { EBPFI_MODE_TCX, "tcx", attach_tcx, NULL };
const struct mode mode_clsact = { EBPFI_MODE_CLSACT, "clsact", attach_clsact, detach_clsact };

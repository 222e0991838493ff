/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>

#include "attach.h"
#include "bpfcall.h"
#include "opts.h"
#include "tc.h"
#include "watch.h"

static bool is_gone(const struct link *link)
{
	return interface_ask(link->netns->netlink, link->interface.ifindex, NULL, NULL) == -ENODEV;
}

/* In the link's namespace. */
static int ask_hook(struct link *link, void *arg)
{
	struct ebpfi_link_info *info = arg;
	struct text t = text_in(link->others, sizeof(link->others));
	struct bpfcall_hook hook;

	if (link->mode->others)
		link->mode->others(link, &t);
	if (link->mode->mode == EBPFI_MODE_TCX && !bpfcall_query(link->interface.ifindex, tc_point(link), &hook))
		info->revision = hook.revision;
	return 0;
}

static void ask_kernel(struct link *link, struct ebpfi_link_info *info)
{
	struct bpfcall_link kernel;

	info->mode = link->mode->mode;
	info->program_id = bpfcall_program_id(link->program_fd);
	info->priority = link->priority;
	if (!link->mode->no_pin && !bpfcall_link_info(link->fd, &kernel))
		info->link_id = kernel.id;
	if (!link->interface.ifindex || is_gone(link))
		return;
	info->ifindex = link->interface.ifindex;
	link_run(link, ask_hook, info);
}

int ebpfi_link_info(struct ebpfi *s, int id, struct ebpfi_link_info *info)
{
	struct link *link = link_find(s, id);
	struct ebpfi_link_info ours = { 0 };

	if (!link)
		return ebpfi_fail(s, -ENOENT, "there is no link %d", id);
	link->others[0] = '\0';
	if (link->mode)
		ask_kernel(link, &ours);
	ours.hook = link->hook;
	ours.interface = link->watch ? watch_name(link->watch) : link->interface.name;
	ours.inspector = link->inspector;
	ours.refused = link->refused;
	ours.others = link->others;
	ours.pin = link->pin ? link->pin : "";
	ours.watch = link->watch_id;
	if (opts_write(info, &ours, sizeof(ours)))
		return ebpfi_fail(s, -EINVAL, "set sz of struct ebpfi_link_info");
	return 0;
}

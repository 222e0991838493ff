/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Another program in a link, in one step: no packet finds the hook empty. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "libbpf_log.h"
#include "trampoline.h"

static int update_clsact(const struct link *link, int program_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link->interface.ifindex,
		    .attach_point = link->hook == EBPFI_HOOK_TC ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program_fd, .flags = BPF_TC_F_REPLACE, .handle = link->handle,
		    .priority = link->priority);

	return bpf_tc_attach(&hook, &opts);
}

int link_update(struct ebpfi *s, struct link *link, int program_fd)
{
	int err;

	libbpf_log_begin(s);
	if (link->mode->mode == EBPFI_MODE_PACKET_SOCKET)
		err = trampoline_turn(link->slot_fd, program_fd);
	else if (link->mode->mode == EBPFI_MODE_CLSACT)
		err = update_clsact(link, program_fd);
	else
		err = bpf_link_update(link->fd, program_fd, NULL);
	libbpf_log_end();
	return err;
}

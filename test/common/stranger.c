/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "stranger.h"

#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"

static int call(int command, void *attributes, size_t size)
{
	int result = (int)syscall(SYS_bpf, command, attributes, size);

	return result < 0 ? -errno : result;
}

static int load(enum bpf_prog_type type, const char *name, int returns)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = returns },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = { .prog_type = type, .insn_cnt = 2 };

	attributes.insns = (uintptr_t)code;
	attributes.license = (uintptr_t) "BSD";
	snprintf(attributes.prog_name, sizeof(attributes.prog_name), "%s", name);
	return call(BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static int must(int fd)
{
	ck_assert_int_ge(fd, 0);
	return fd;
}

int stranger_xdp(const char *name, int returns)
{
	return must(load(BPF_PROG_TYPE_XDP, name, returns));
}

int stranger_tc(const char *name, int returns)
{
	return must(load(BPF_PROG_TYPE_SCHED_CLS, name, returns));
}

uint32_t stranger_id(int program_fd)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attributes = { 0 };

	attributes.info.bpf_fd = (uint32_t)program_fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uintptr_t)&info;
	ck_assert_int_eq(call(BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes)), 0);
	return info.id;
}

static int link_create(int program_fd, unsigned int ifindex, unsigned int point, unsigned int flags)
{
	union bpf_attr attributes = { 0 };

	attributes.link_create.prog_fd = (uint32_t)program_fd;
	attributes.link_create.target_ifindex = ifindex;
	attributes.link_create.attach_type = point;
	attributes.link_create.flags = flags;
	return call(BPF_LINK_CREATE, &attributes, sizeof(attributes));
}

int stranger_link(int program_fd, const char *interface, enum stranger_point point)
{
	return link_create(program_fd, if_nametoindex(interface), point, point == STRANGER_XDP ? 1 << 1 : 0);
}

int stranger_pin(int fd, const char *path)
{
	union bpf_attr attributes = { .pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd };

	return call(BPF_OBJ_PIN, &attributes, sizeof(attributes));
}

/* Tries in a child, on the loopback interface of a new namespace. */
bool stranger_has_tcx(void)
{
	int program, status = 1;
	pid_t child = fork();

	if (!child) {
		program = load(BPF_PROG_TYPE_SCHED_CLS, "probe", -1);
		_exit(unshare(CLONE_NEWNET) || link_create(program, 1, STRANGER_TCX_INGRESS, 0) < 0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

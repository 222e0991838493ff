/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "trampoline.h"

#include <bpf/bpf.h>
#include <stdint.h>
#include <unistd.h>

int trampoline_switch(int slot_fd, int program_fd)
{
	uint32_t only = 0;

	return bpf_map_update_elem(slot_fd, &only, &program_fd, BPF_ANY);
}

/* R1 holds the packet on entry. The code behind the jump runs only if the slot has no program. */
static int load(int slot_fd)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = slot_fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "trampoline", "Dual BSD/GPL", insns, sizeof(insns) / sizeof(insns[0]),
			     NULL);
}

int trampoline_new(int program_fd, int *slot_fd)
{
	int fd, slot = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "trampoline", sizeof(uint32_t), sizeof(uint32_t), 1, NULL);

	if (slot < 0)
		return slot;
	fd = trampoline_switch(slot, program_fd);
	if (!fd)
		fd = load(slot);
	if (fd < 0)
		close(slot);
	else
		*slot_fd = slot;
	return fd;
}

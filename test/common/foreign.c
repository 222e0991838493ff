/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "foreign.h"

#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"

/* *runs += 1; return verdict; */
struct foreign foreign_load(enum bpf_prog_type type, int verdict)
{
	struct foreign f = { .runs_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "foreign", 4, 8, 1, NULL) };
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = f.runs_map },
		{ .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 1, .src_reg = 2, .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	f.program = bpf_prog_load(type, "foreign", "GPL", code, sizeof(code) / sizeof(code[0]), NULL);
	ck_assert_int_ge(f.program, 0);
	return f;
}

uint64_t foreign_runs(const struct foreign *f)
{
	uint64_t runs = 0;

	ck_assert_int_eq(bpf_map_lookup_elem(f->runs_map, &(uint32_t){ 0 }, &runs), 0);
	return runs;
}

static size_t add_output(char *buf, size_t size, const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t n = fread(buf, 1, size - 1, pipe);

	pclose(pipe);
	buf[n] = '\0';
	return n;
}

/* Numbers for tcx (46 ingress, 47 egress): older tools do not know its name. */
static size_t add_tcx(char *buf, size_t size, const char *interface, int point)
{
	uint32_t i, ids[16], count = 16;
	int n = 0;

	if (bpf_prog_query((int)if_nametoindex(interface), (enum bpf_attach_type)point, 0, NULL, ids, &count))
		return 0;
	for (i = 0; i < count; i++)
		n += snprintf(buf + n, size - (size_t)n, "tcx %d: program %u\n", point, ids[i]);
	return (size_t)n;
}

void foreign_snapshot(const char *interface, char *buf, size_t size)
{
	static const char *const commands[] = { "ip -d link show %s | grep -o 'prog/xdp.*'",
						"tc qdisc show dev %s | grep -v noqueue",
						"tc filter show dev %s ingress 2>/dev/null",
						"tc filter show dev %s egress 2>/dev/null", "sed 1d /proc/net/packet" };
	char command[256];
	size_t i, n = 0;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		snprintf(command, sizeof(command), commands[i], interface);
		n += add_output(buf + n, size - n, command);
	}
	n += add_tcx(buf + n, size - n, interface, 46);
	add_tcx(buf + n, size - n, interface, 47);
}

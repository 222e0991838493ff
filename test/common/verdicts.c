/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "verdicts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ebpf_emit.h"
#include "runner.h"

enum { LOG_SIZE = 1 << 22, CALL_INSNS = 4, INSNS_MAX = 1 << 20, XDP_HAS_FRAGS = 1 << 5 };

/*
 * The functions follow in order; `starts` has their first instructions. Results are stored in bytes on the stack, which the verifier
 * does not track. In registers, the verifier of 6.1 would track 2^32 combinations.
 */
static void emit_main(struct emit *e, uint32_t n, const uint32_t *starts)
{
	uint32_t i;

	emit_mov_reg(e, BPF_REG_6, BPF_REG_1);
	for (i = 0; i < n; i++) {
		emit_mov_reg(e, BPF_REG_1, BPF_REG_6);
		emit(e, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, (int32_t)(starts[i] - e->n - 1));
		emit_mov(e, BPF_REG_1, 2);
		emit_jump(e, BPF_JSLE, BPF_REG_0, 0, 1);
		emit_mov(e, BPF_REG_1, 3);
		emit_store(e, BPF_B, BPF_REG_10, -(int)i - 1, BPF_REG_1);
	}
	emit_mov(e, BPF_REG_0, 0);
	for (i = n; i; i--) {
		emit_load(e, BPF_B, BPF_REG_1, BPF_REG_10, -(int)i);
		emit_alu(e, BPF_AND, BPF_REG_1, 1);
		emit_alu(e, BPF_LSH, BPF_REG_0, 1);
		emit_alu_reg(e, BPF_OR, BPF_REG_0, BPF_REG_1);
	}
	emit_exit(e);
}

static int load(const struct emit *e, const struct cbpf_target *target)
{
	static char log[LOG_SIZE];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = sizeof(log));
	enum bpf_prog_type type = target->context == CBPF_XDP ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS;
	int fd;

	/* The verifier then applies the rules of processors without unaligned loads. */
	opts.prog_flags = BPF_F_STRICT_ALIGNMENT | (target->context == CBPF_XDP ? XDP_HAS_FRAGS : 0);
	fd = bpf_prog_load(type, "verdicts", "Dual BSD/GPL", e->insns, e->n, &opts);
	if (fd >= 0)
		return fd;
	opts.log_level = 1;
	bpf_prog_load(type, "verdicts", "Dual BSD/GPL", e->insns, e->n, &opts);
	ck_abort_msg("%s: %s", strerror(-fd), strlen(log) > 900 ? log + strlen(log) - 900 : log);
}

int verdicts_load(const struct cbpf *programs, uint32_t n, const struct cbpf_target *target)
{
	struct emit e = { malloc(INSNS_MAX * sizeof(struct bpf_insn)), 0 };
	uint32_t starts[BATCH_MAX] = { 0 }, i, length;
	struct bpf_insn *body;
	int fd;

	emit_main(&e, n, starts);
	for (i = 0; i < n; i++) {
		starts[i] = e.n;
		ck_assert_int_eq(cbpf_translate(&programs[i], target, &body, &length), 0);
		ck_assert_uint_lt(e.n + length, INSNS_MAX);
		memcpy(e.insns + e.n, body, length * sizeof(*body));
		e.n += length;
		free(body);
	}
	length = e.n;
	e.n = 0;
	emit_main(&e, n, starts);
	e.n = length;
	fd = load(&e, target);
	free(e.insns);
	return fd;
}

static int run(int fd, const struct packet *p, uint32_t repeat, struct bpf_test_run_opts *opts)
{
	opts->data_in = p->data;
	opts->data_size_in = p->len;
	opts->repeat = (int)repeat;
	return bpf_prog_test_run_opts(fd, opts);
}

bool verdicts_run(int fd, const struct packet *p, uint32_t *bits)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (run(fd, p, 1, &opts))
		return false;
	*bits = opts.retval;
	return true;
}

bool verdicts_run_linear(int fd, const struct packet *p, uint32_t linear, uint32_t *bits)
{
	struct xdp_md ctx = { .data_end = linear };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));

	if (run(fd, p, 1, &opts))
		return false;
	*bits = opts.retval;
	return true;
}

uint32_t verdicts_time(int fd, const struct packet *p, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return run(fd, p, repeat, &opts) ? 0 : opts.duration;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	LOOPBACK = 1,         /* its index in every network namespace */
	TCX_INGRESS = 46,     /* Linux 6.6 */
	LIVE_FRAMES = 1 << 1, /* Linux 5.18 */
};

static const struct bpf_insn move_0_to_r0 = { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 };
static const struct bpf_insn exit_program = { .code = BPF_JMP | BPF_EXIT };

static int close_probe(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int load(unsigned int type, unsigned int flags, int result)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = flags);
	struct bpf_insn insns[] = { move_0_to_r0, exit_program };

	insns[0].imm = result;
	return bpf_prog_load((enum bpf_prog_type)type, "ebpfi_probe", "GPL", insns, 2, &opts);
}

/* libbpf knows which types need more than two instructions. Its "no" may also mean a refusal for another reason. */
static int probe_other_program(unsigned int type)
{
	int there = libbpf_probe_bpf_prog_type((enum bpf_prog_type)type, NULL);

	return there == 1 ? 0 : there == 0 ? -EOPNOTSUPP : -EPERM;
}

int probe_program(unsigned int type, unsigned int flags)
{
	int err = close_probe(load(type, flags, 0));

	if (err == -EINVAL && type != BPF_PROG_TYPE_XDP && type != BPF_PROG_TYPE_SCHED_CLS &&
	    type != BPF_PROG_TYPE_SOCKET_FILTER)
		return probe_other_program(type);
	return err == -EINVAL || err == -E2BIG ? -EOPNOTSUPP : err;
}

static int create(unsigned int type, uint32_t key, uint32_t value, uint32_t entries, unsigned int flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	return bpf_map_create((enum bpf_map_type)type, "ebpfi_probe", key, value, entries, &opts);
}

static int create_outer(unsigned int type)
{
	int fd, inner = create(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (uint32_t)inner);

	if (inner < 0)
		return inner;
	fd = bpf_map_create((enum bpf_map_type)type, "ebpfi_probe", 4, 4, 1, &opts);
	close(inner);
	return fd;
}

static int create_of_type(unsigned int type)
{
	switch (type) {
	case BPF_MAP_TYPE_LPM_TRIE:
		return create(type, 8, 4, 1, BPF_F_NO_PREALLOC);
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		return create(type, 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), 0);
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return create_outer(type);
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return create(type, 0, 4, 1, 0);
	}
	return create(type, 4, 4, 1, 0);
}

/* A type that refuses these sizes counts as present. */
int probe_map(unsigned int type)
{
	int err = close_probe(create_of_type(type));

	if (err != -EINVAL)
		return err;
	return libbpf_probe_bpf_map_type((enum bpf_map_type)type, NULL) == 0 ? -EOPNOTSUPP : 0;
}

static bool lacks_helper(const char *log)
{
	return strstr(log, "invalid func ") || strstr(log, "unknown func ") || strstr(log, "cannot use helper");
}

/* A kernel that has the helper complains about its missing arguments. */
int probe_helper(unsigned int program_type, unsigned int helper)
{
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = sizeof(log), .log_level = 1);
	const struct bpf_insn insns[] = { { .code = BPF_JMP | BPF_CALL, .imm = (int)helper }, move_0_to_r0, exit_program };
	int err = close_probe(bpf_prog_load((enum bpf_prog_type)program_type, "ebpfi_probe", "GPL", insns, 3, &opts));

	if (lacks_helper(log))
		return -EOPNOTSUPP;
	return *log ? 0 : err;
}

static int create_link(unsigned int type, int ifindex, unsigned int point, unsigned int flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd, program = load(type, 0, 2);

	if (program < 0)
		return program;
	fd = bpf_link_create(program, ifindex, (enum bpf_attach_type)point, &opts);
	close(program);
	return close_probe(fd);
}

/* A kernel with XDP links says that the loopback driver has no XDP. */
int probe_xdp_link(void)
{
	int err = create_link(BPF_PROG_TYPE_XDP, LOOPBACK, BPF_XDP, XDP_FLAGS_DRV_MODE);

	return err == -EINVAL ? -EOPNOTSUPP : err == -EOPNOTSUPP || err == -EBUSY || err == -EEXIST ? 0 : err;
}

/* A kernel with tcx links says that this interface does not exist. */
int probe_tcx(void)
{
	int err = create_link(BPF_PROG_TYPE_SCHED_CLS, INT_MAX, TCX_INGRESS, 0);

	return err == -ENODEV ? 0 : err == -EINVAL ? -EOPNOTSUPP : err;
}

int probe_live_frames(void)
{
	unsigned char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1,
		    .flags = LIVE_FRAMES);
	int err, program = load(BPF_PROG_TYPE_XDP, 0, XDP_DROP);

	if (program < 0)
		return program;
	err = bpf_prog_test_run_opts(program, &opts);
	close(program);
	return err == -EINVAL ? -EOPNOTSUPP : err;
}

int probe_jit(void)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int err, program = load(BPF_PROG_TYPE_SOCKET_FILTER, 0, 0);

	if (program < 0)
		return program;
	err = bpf_obj_get_info_by_fd(program, &info, &size);
	close(program);
	return err ? err : info.jited_prog_len ? 0 : -EOPNOTSUPP;
}

/* Tries a map larger than the limit, if the limit is small enough for a cheap trial. */
int probe_memlock(void)
{
	enum { LARGE = 64 << 20 };
	struct rlimit limit;
	int err;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	if (limit.rlim_cur >= LARGE)
		return 0;
	err = close_probe(create(BPF_MAP_TYPE_ARRAY, 4, 4096, (uint32_t)(limit.rlim_cur / 4096 + 1), 0));
	return err == -EPERM && !close_probe(create(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0)) ? -EOPNOTSUPP : err;
}

enum ebpfi_check_state probe_state(int result)
{
	return !result ? EBPFI_CHECK_YES : result == -EOPNOTSUPP ? EBPFI_CHECK_NO : EBPFI_CHECK_UNKNOWN;
}

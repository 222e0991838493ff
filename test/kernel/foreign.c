/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Programs of other processes stay unchanged, however ours end. Ours leave nothing behind. */
#include "foreign.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "runner.h"
#include "watch.h"

enum { NEXT = -1 };

static char before[8192], now[8192];

static void remember(void)
{
	foreign_snapshot("veth1", before, sizeof(before));
}

static bool as_before(void)
{
	foreign_snapshot("veth1", now, sizeof(now));
	return !strcmp(before, now);
}

/* Other processes may use the clsact qdisc, too, so the library does not remove it on kernels without tcx. */
static bool has_tcx(void)
{
	struct foreign f = foreign_load(BPF_PROG_TYPE_SCHED_CLS, NEXT);
	int fd = bpf_link_create(f.program, (int)if_nametoindex("lo"), (enum bpf_attach_type)46, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A working host in a separate process. */
static pid_t start_host(enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	int ready[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		struct watch *w = watch_begin(65535);

		watch_attach_mode(w, "veth1", hook, mode);
		ck_assert_int_eq(write(ready[1], "", 1), 1);
		while (ebpfi_poll(w->session, -1) >= 0)
			;
		_exit(1);
	}
	close(ready[1]);
	ck_assert_msg(read(ready[0], &byte, 1) == 1, "the host could not attach");
	return child;
}

static void kill_host(pid_t child)
{
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static const struct {
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;
} ways[] = {
	{ EBPFI_HOOK_XDP, EBPFI_MODE_NATIVE },    { EBPFI_HOOK_XDP, EBPFI_MODE_GENERIC }, { EBPFI_HOOK_TC, EBPFI_MODE_ANY },
	{ EBPFI_HOOK_TC_EGRESS, EBPFI_MODE_ANY }, { EBPFI_HOOK_SOCKET, EBPFI_MODE_ANY },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static bool stays_after_a_kill(enum ebpfi_hook hook)
{
	if ((hook != EBPFI_HOOK_TC && hook != EBPFI_HOOK_TC_EGRESS) || has_tcx())
		return false;
	puts("SKIP: this kernel has no tcx (Linux 6.6): after SIGKILL a filter on clsact stays until the next start");
	fflush(stdout);
	return true;
}

START_TEST(killed_host_leaves_nothing)
{
	pid_t host;

	lab_veth("veth0", "veth1");
	remember();
	if (stays_after_a_kill(ways[_i].hook))
		return;
	host = start_host(ways[_i].hook, ways[_i].mode);
	ck_assert_msg(!as_before(), "it is not attached");
	kill_host(host);
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
}
END_TEST

START_TEST(detach_leaves_nothing)
{
	struct watch *w = watch_begin(0);
	int link;

	lab_veth("veth0", "veth1");
	/* Without tcx the qdisc stays. */
	lab_run("tc qdisc add dev veth1 clsact");
	remember();
	link = watch_attach_mode(w, "veth1", ways[_i].hook, ways[_i].mode);
	ck_assert_msg(!as_before(), "it is not attached");
	ck_assert_int_eq(ebpfi_detach(w->session, link), 0);
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
	watch_attach_mode(w, "veth1", ways[_i].hook, ways[_i].mode);
	watch_end(w);
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
}
END_TEST

/* Attached by link or by netlink, in the driver or in the stack. */
static void attach_foreign_xdp(const struct foreign *f, int way)
{
	uint32_t flags = way & 1 ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int ifindex = (int)if_nametoindex("veth1");

	if (way & 2)
		ck_assert_int_eq(bpf_xdp_attach(ifindex, f->program, flags, NULL), 0);
	else
		ck_assert_int_ge(bpf_link_create(f->program, ifindex, BPF_XDP, &opts), 0);
}

START_TEST(foreign_xdp_program_keeps_its_place)
{
	struct foreign f = foreign_load(BPF_PROG_TYPE_XDP, XDP_PASS);
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_XDP };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_veth("veth0", "veth1");
	attach_foreign_xdp(&f, _i);
	remember();
	ck_assert_int_eq(ebpfi_attach(s, "packet", "veth1", &opts), -EBUSY);
	ck_assert_msg(strstr(ebpfi_errmsg(s), "another XDP program") != NULL, "%s", ebpfi_errmsg(s));
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
	ebpfi_free(s);
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
	lab_send("veth0", udp.bytes, udp.size);
	ck_assert_uint_ge(foreign_runs(&f), 1);
}
END_TEST

/* Both programs see a packet. Then ours ends in one of three ways, and the other stays. */
static void share_with(const struct foreign *f, enum ebpfi_mode mode, int way)
{
	struct watch *w;
	pid_t host;
	int link;

	remember();
	w = watch_begin(0);
	link = watch_attach_mode(w, "veth1", EBPFI_HOOK_TC, mode);
	lab_send("veth0", udp.bytes, udp.size);
	watch_wait(w, 1);
	ck_assert_int_eq(w->count[AT_TC], 1);
	ck_assert_uint_ge(foreign_runs(f), 1);
	if (!way)
		ck_assert_int_eq(ebpfi_detach(w->session, link), 0);
	watch_end(w);
	if (way == 2 && !stays_after_a_kill(EBPFI_HOOK_TC)) {
		host = start_host(EBPFI_HOOK_TC, EBPFI_MODE_ANY);
		kill_host(host);
	}
	ck_assert_msg(as_before(), "before:\n%s\nnow:\n%s", before, now);
}

START_TEST(foreign_tcx_program_stays)
{
	struct foreign f = foreign_load(BPF_PROG_TYPE_SCHED_CLS, NEXT);

	lab_veth("veth0", "veth1");
	if (!has_tcx()) {
		puts("SKIP: this kernel has no tcx (Linux 6.6)");
		return;
	}
	ck_assert_int_ge(bpf_link_create(f.program, (int)if_nametoindex("veth1"), (enum bpf_attach_type)46, NULL), 0);
	share_with(&f, EBPFI_MODE_ANY, _i);
}
END_TEST

static void attach_foreign_filter(const struct foreign *f)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex("veth1"), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = f->program);

	ck_assert_int_eq(bpf_tc_hook_create(&hook), 0);
	ck_assert_int_eq(bpf_tc_attach(&hook, &opts), 0);
}

START_TEST(foreign_clsact_filter_stays)
{
	struct foreign f = foreign_load(BPF_PROG_TYPE_SCHED_CLS, NEXT);

	lab_veth("veth0", "veth1");
	attach_foreign_filter(&f);
	share_with(&f, EBPFI_MODE_ANY, _i);
}
END_TEST

START_TEST(foreign_clsact_filter_stays_beside_ours)
{
	struct foreign f = foreign_load(BPF_PROG_TYPE_SCHED_CLS, NEXT);

	lab_veth("veth0", "veth1");
	attach_foreign_filter(&f);
	share_with(&f, EBPFI_MODE_CLSACT, _i);
}
END_TEST

int main(void)
{
	const TTest *const by_way[] = { killed_host_leaves_nothing, detach_leaves_nothing };
	const TTest *const xdp[] = { foreign_xdp_program_keeps_its_place };
	const TTest *const tc[] = { foreign_tcx_program_stays, foreign_clsact_filter_stays,
				    foreign_clsact_filter_stays_beside_ours };

	lab_require();
	return RUN_LOOPS("ours", lab_setup, by_way, WAYS) | RUN_LOOPS("foreign XDP", lab_setup, xdp, 4) |
	       RUN_LOOPS("foreign tc", lab_setup, tc, 3);
}

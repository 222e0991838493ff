/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bundled.h"
#include "file.h"
#include "inspector.h"
#include "libbpf_log.h"
#include "module.h"
#include "opts.h"
#include "plan.h"
#include "preflight.h"
#include "probe.h"
#include "rights.h"
#include "since.h"
#include "text.h"

enum { FRAGS = 1 << 5 /* BPF_F_XDP_HAS_FRAGS, Linux 5.18 */, SYSCTL_MAX = 256 };

static size_t room_for(const char *string)
{
	return string ? strlen(string) + 1 : 1;
}

static const char *copy(char **at, const char *string)
{
	char *to = *at;

	*at = stpcpy(to, string ? string : "") + 1;
	return to;
}

static void append(struct report *r, struct ebpfi_check *check)
{
	if (r->last)
		r->last->next = check;
	else
		r->first = check;
	r->last = check;
}

/* Allocates the check and its strings as one block. */
void report_add(struct report *r, const struct finding *f)
{
	struct ebpfi_check *check =
		calloc(1, sizeof(*check) + room_for(f->id) + room_for(f->name) + room_for(f->value) + room_for(f->why));
	char *at = (char *)(check + 1);

	if (!check) {
		r->err = -ENOMEM;
		return;
	}
	check->id = copy(&at, f->id);
	check->name = copy(&at, f->name);
	check->value = copy(&at, f->value);
	check->why = copy(&at, f->state == EBPFI_CHECK_YES ? "" : f->why);
	check->state = f->state;
	append(r, check);
}

void report_free(struct report *r)
{
	const struct ebpfi_check *check = r->first, *next;

	for (; check; check = next) {
		next = check->next;
		free((void *)check);
	}
	r->first = r->last = NULL;
}

static void check_release(struct report *r)
{
	struct finding f = { .id = "kernel.release", .name = "Linux", .state = EBPFI_CHECK_YES };
	struct utsname uts;

	uname(&uts);
	f.value = uts.release;
	report_add(r, &f);
}

static void check_btf(struct report *r)
{
	struct finding f = { .id = "kernel.btf", .name = "the kernel's own BTF", .state = EBPFI_CHECK_YES };

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		f.state = EBPFI_CHECK_NO;
	f.why = "/sys/kernel/btf/vmlinux cannot be read; only programs that read the kernel's own structures need it";
	report_add(r, &f);
}

/* Reads a file of one word; false if it cannot be read. */
static bool read_word(const char *path, char *word, size_t size)
{
	size_t n;
	char *bytes;

	if (file_read(path, SYSCTL_MAX, &bytes, &n))
		return false;
	snprintf(word, size, "%.*s", (int)strcspn(bytes, "\n"), bytes);
	free(bytes);
	return true;
}

static void check_unprivileged(struct report *r)
{
	struct finding f = { .id = "kernel.unprivileged", .name = "bpf(2) without capabilities" };
	char word[16];

	f.why = "kernel.unprivileged_bpf_disabled cannot be read";
	if (read_word("/proc/sys/kernel/unprivileged_bpf_disabled", word, sizeof(word))) {
		f.state = strcmp(word, "0") ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
		f.why = "kernel.unprivileged_bpf_disabled forbids it, as distributions recommend: grant the capabilities";
	}
	report_add(r, &f);
}

/* "none [integrity] confidentiality": only the last mode restricts BPF, and only programs that read kernel memory. */
static void check_lockdown(struct report *r)
{
	struct finding f = { .id = "kernel.lockdown", .name = "lockdown leaves BPF alone", .state = EBPFI_CHECK_UNKNOWN };
	char word[64];

	f.why = "/sys/kernel/security/lockdown cannot be read: securityfs is not mounted, or the kernel has no lockdown";
	if (read_word("/sys/kernel/security/lockdown", word, sizeof(word))) {
		f.state = strstr(word, "[confidentiality]") ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
		f.value = word;
		f.why = "in confidentiality mode programs cannot read the kernel's memory; inspectors do not";
	}
	report_add(r, &f);
}

static void check_mount(struct report *r, const char *id, const char *name, const char *path, uint32_t magic, const char *why)
{
	struct finding f = { .id = id, .name = name, .value = path, .why = why };
	struct statfs fs;

	f.state = !statfs(path, &fs) && (uint32_t)fs.f_type == magic ? EBPFI_CHECK_YES : EBPFI_CHECK_NO;
	report_add(r, &f);
}

static void check_mounts(struct report *r)
{
	check_mount(r, "mount.bpffs", "bpffs, for pins", "/sys/fs/bpf", BPF_FS_MAGIC,
		    "nothing can be pinned: mount -t bpf bpf /sys/fs/bpf");
	check_mount(r, "mount.tracefs", "tracefs, for bpf_printk", "/sys/kernel/tracing", TRACEFS_MAGIC,
		    "trace lines cannot be read: mount -t tracefs tracefs /sys/kernel/tracing, as root");
}

static void check_capabilities(struct report *r)
{
	static const struct {
		unsigned int right;
		const char *id, *name, *use;
	} rights[] = {
		{ RIGHT_BPF, "capability.bpf", "CAP_BPF", "nothing can be loaded" },
		{ RIGHT_NET_ADMIN, "capability.net_admin", "CAP_NET_ADMIN", "XDP and tc cannot be used" },
		{ RIGHT_NET_RAW, "capability.net_raw", "CAP_NET_RAW", "the socket filter cannot be used" },
		{ RIGHT_PERFMON, "capability.perfmon", "CAP_PERFMON",
		  "programs cannot use bpf_printk or subtract pointers; bundled inspectors do not" },
		{ RIGHT_SYS_ADMIN, "capability.sys_admin", "CAP_SYS_ADMIN",
		  "other network namespaces, and the names of others' programs, are out of reach" },
	};
	char why[256];
	size_t i;

	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		struct finding f = { .id = rights[i].id, .name = rights[i].name, .why = why };

		snprintf(why, sizeof(why), "%s: run as root, or grant it (setcap, systemd AmbientCapabilities)", rights[i].use);
		f.state = rights_lacking(rights[i].right) ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
		report_add(r, &f);
	}
}

enum kind { PROGRAM, MAP, HELPER, XDP_LINK, TCX, LIVE, JIT, MEMLOCK };

struct trial {
	const char *id, *name;
	enum kind kind;
	unsigned int a, b;
	const char *release, *without; /* if the kernel lacks it: the first release with it, and the consequence */
};

enum {
	XDP = BPF_PROG_TYPE_XDP,
	TC = BPF_PROG_TYPE_SCHED_CLS,
	SOCKET = BPF_PROG_TYPE_SOCKET_FILTER,
	NET = RIGHT_BPF | RIGHT_NET_ADMIN
};

static const struct trial trials[] = {
	{ "kernel.jit", "the JIT compiler", JIT, 0, 0, NULL,
	  "programs are interpreted, several times slower: sysctl net.core.bpf_jit_enable=1" },
	{ "kernel.memlock", "maps beyond RLIMIT_MEMLOCK", MEMLOCK, 0, 0, "5.11", "raise the limit: ulimit -l unlimited" },
	{ "program.socket", "socket filters", PROGRAM, SOCKET, 0, NULL, NULL },
	{ "program.tc", "tc programs", PROGRAM, TC, 0, NULL, NULL },
	{ "program.xdp", "XDP programs", PROGRAM, XDP, 0, NULL, NULL },
	{ "program.xdp.frags", "XDP programs for jumbo frames", PROGRAM, XDP, FRAGS, "5.18", NULL },
	{ "map.hash", "hash maps", MAP, BPF_MAP_TYPE_HASH, 0, NULL, NULL },
	{ "map.array", "array maps", MAP, BPF_MAP_TYPE_ARRAY, 0, NULL, NULL },
	{ "map.percpu_array", "per-CPU array maps", MAP, BPF_MAP_TYPE_PERCPU_ARRAY, 0, NULL, NULL },
	{ "map.lru_hash", "LRU hash maps", MAP, BPF_MAP_TYPE_LRU_HASH, 0, NULL, NULL },
	{ "map.lpm_trie", "LPM tries", MAP, BPF_MAP_TYPE_LPM_TRIE, 0, NULL, NULL },
	{ "map.array_of_maps", "arrays of maps", MAP, BPF_MAP_TYPE_ARRAY_OF_MAPS, 0, NULL, NULL },
	{ "map.ringbuf", "ring buffers", MAP, BPF_MAP_TYPE_RINGBUF, 0, NULL, NULL },
	{ "helper.ringbuf_reserve", "bpf_ringbuf_reserve", HELPER, SOCKET, BPF_FUNC_ringbuf_reserve, NULL, NULL },
	{ "helper.loop", "bpf_loop", HELPER, XDP, BPF_FUNC_loop, NULL, NULL },
	{ "helper.xdp_load_bytes", "bpf_xdp_load_bytes", HELPER, XDP, BPF_FUNC_xdp_load_bytes, NULL, NULL },
	{ "helper.xdp_get_buff_len", "bpf_xdp_get_buff_len", HELPER, XDP, BPF_FUNC_xdp_get_buff_len, NULL, NULL },
	{ "helper.skb_load_bytes", "bpf_skb_load_bytes", HELPER, TC, BPF_FUNC_skb_load_bytes, NULL, NULL },
	{ "helper.skb_change_tail", "bpf_skb_change_tail", HELPER, TC, BPF_FUNC_skb_change_tail, NULL, NULL },
	{ "helper.clone_redirect", "bpf_clone_redirect", HELPER, TC, BPF_FUNC_clone_redirect, NULL, NULL },
	{ "helper.csum_diff", "bpf_csum_diff", HELPER, TC, BPF_FUNC_csum_diff, NULL, NULL },
	{ "attach.xdp_link", "XDP through a bpf_link", XDP_LINK, 0, 0, "5.9", NULL },
	{ "attach.tcx", "tc through a bpf_link (tcx)", TCX, 0, 0, "6.6", "clsact is used instead" },
	{ "run.live_frames", "packets put back into the stack", LIVE, 0, 0, "5.18",
	  "a held packet arrives only when its sender sends it again" },
};

static int run_trial(const struct trial *t)
{
	switch (t->kind) {
	case PROGRAM:
		return probe_program(t->a, t->b);
	case MAP:
		return probe_map(t->a);
	case HELPER:
		return probe_helper(t->a, t->b);
	case XDP_LINK:
		return probe_xdp_link();
	case TCX:
		return probe_tcx();
	case LIVE:
		return probe_live_frames();
	case JIT:
		return probe_jit();
	case MEMLOCK:
		return probe_memlock();
	}
	return -ENOSYS;
}

static const char *release_of(const struct trial *t)
{
	const char *name;

	if (t->release)
		return t->release;
	return t->kind == PROGRAM  ? since_program(t->a, &name)
	       : t->kind == MAP    ? since_map(t->a, &name)
	       : t->kind == HELPER ? since_helper(t->b, &name)
				   : NULL;
}

/* Maps and socket filters need only CAP_BPF. */
static unsigned int rights_of(const struct trial *t)
{
	bool net = t->kind == XDP_LINK || t->kind == TCX || t->kind == LIVE ||
		   ((t->kind == PROGRAM || t->kind == HELPER) && t->a != SOCKET);

	return net ? NET : RIGHT_BPF;
}

static void put_reason(struct text *t, const struct trial *trial, int result)
{
	const char *release = release_of(trial);

	if (result == -EPERM || result == -EACCES) {
		text_put(t, rights_missing(rights_of(trial)));
	} else if (result != -EOPNOTSUPP) {
		text_printf(t, "the kernel says: %s", strerror(-result));
	} else {
		if (release)
			text_printf(t, "came with Linux %s%s", release, trial->without ? "; " : "");
		if (trial->without)
			text_put(t, trial->without);
	}
}

static void check_trial(struct report *r, const struct trial *trial)
{
	struct finding f = { .id = trial->id, .name = trial->name };
	int result = run_trial(trial);
	char why[512];
	struct text t = text_in(why, sizeof(why));

	if (result)
		put_reason(&t, trial, result);
	f.state = probe_state(result);
	f.why = why;
	report_add(r, &f);
}

/* Loads the inspector's program for a hook; negative errno with the error set. */
static int load_at(struct ebpfi *s, const char *name, enum ebpfi_hook hook)
{
	struct choice choice = { hook, NULL, false };
	struct module *m;
	int result = plan_check_rights(s, hook);

	if (result)
		return result;
	m = module_get(s, name, &result);
	if (!m)
		return result;
	result = module_choose(s, m, &choice);
	return result ? result : module_program(s, m, &choice);
}

static void check_inspector(struct report *r, struct ebpfi *s, const char *inspector, enum ebpfi_hook hook)
{
	char id[96], name[96];
	struct finding f = { .id = id, .name = name };

	snprintf(id, sizeof(id), "inspector.%s.%s", inspector, ebpfi_hook_str(hook));
	snprintf(name, sizeof(name), "%s at %s", inspector, ebpfi_hook_str(hook));
	f.state = load_at(s, inspector, hook) < 0 ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
	f.why = ebpfi_errmsg(s);
	report_add(r, &f);
}

static void check_inspectors(struct report *r, struct ebpfi *s)
{
	const char *name;
	unsigned int i;
	int hook;

	for (i = 0; (name = ebpfi_inspector_name(i)); i++)
		for (hook = EBPFI_HOOK_XDP; hook < HOOK_COUNT; hook++)
			if (inspector_has_hook(inspector_named(name), (unsigned int)hook))
				check_inspector(r, s, name, (enum ebpfi_hook)hook);
}

static void check_all(struct report *r, struct ebpfi *s, const char *interface)
{
	size_t i;

	check_release(r);
	check_btf(r);
	check_unprivileged(r);
	check_lockdown(r);
	check_capabilities(r);
	check_mounts(r);
	libbpf_log_begin(s);
	for (i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		check_trial(r, &trials[i]);
	libbpf_log_end();
	check_inspectors(r, s);
	if (interface)
		preflight_interface(r, s, interface);
}

int ebpfi_preflight(struct ebpfi_preflight *theirs)
{
	struct ebpfi_preflight ours;
	struct report r = { 0 };
	struct ebpfi *s;
	int err = theirs ? opts_read(&ours, sizeof(ours), theirs) : -EINVAL;

	if (err)
		return err;
	/* The caller's structure lacks the member `checks`. */
	if (theirs->sz < sizeof(ours))
		return -EINVAL;
	s = ebpfi_new(NULL, NULL, NULL);
	if (!s)
		return -ENOMEM;
	check_all(&r, s, ours.interface);
	ebpfi_free(s);
	ours.checks = r.first;
	err = r.err ? r.err : opts_write(theirs, &ours, sizeof(ours));
	if (err)
		report_free(&r);
	return err;
}

void ebpfi_preflight_free(struct ebpfi_preflight *report)
{
	struct report r = { .first = (struct ebpfi_check *)report->checks };

	report_free(&r);
	report->checks = NULL;
}

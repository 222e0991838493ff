/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "tc_hook.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <string.h>

#include "owner.h"

uint32_t tc_point(const struct link *link)
{
	return link->hook == EBPFI_HOOK_TC ? BPFCALL_TCX_INGRESS : BPFCALL_TCX_EGRESS;
}

uint32_t tc_parent(enum ebpfi_hook hook)
{
	return TC_H_MAKE(TC_H_CLSACT, hook == EBPFI_HOOK_TC ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

static void copy_name(char *to, size_t size, const struct nlattr *attribute)
{
	snprintf(to, size, "%s", netlink_string(attribute));
}

/* Skips handle 0, which is the head of a priority's list, and chains other than 0, which run only if a filter jumps there. */
static bool read_filter(const struct nlmsghdr *message, struct filter *filter)
{
	const struct tcmsg *tc = netlink_header(message, sizeof(*tc));
	const struct nlattr *options = netlink_find(message, sizeof(*tc), TCA_OPTIONS, 0);

	if (message->nlmsg_type != RTM_NEWTFILTER || !tc || !tc->tcm_handle ||
	    netlink_u32(netlink_find(message, sizeof(*tc), TCA_CHAIN, 4)))
		return false;
	*filter = (struct filter){ .handle = tc->tcm_handle, .priority = TC_H_MAJ(tc->tcm_info) >> 16 };
	filter->protocol = (uint16_t)TC_H_MIN(tc->tcm_info);
	copy_name(filter->kind, sizeof(filter->kind), netlink_find(message, sizeof(*tc), TCA_KIND, 1));
	if (!strcmp(filter->kind, "bpf")) {
		filter->program_id = netlink_u32(netlink_find_in(options, TCA_BPF_ID, 4));
		copy_name(filter->name, sizeof(filter->name), netlink_find_in(options, TCA_BPF_NAME, 1));
	}
	return true;
}

struct walk {
	tc_filter_fn fn;
	void *ctx;
};

static void take_filter(void *ctx, const struct nlmsghdr *message)
{
	const struct walk *walk = ctx;
	struct filter filter;

	if (read_filter(message, &filter))
		walk->fn(walk->ctx, &filter);
}

int tc_each_filter(const struct link *link, enum ebpfi_hook hook, tc_filter_fn fn, void *ctx)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex, .tcm_parent = tc_parent(hook) };
	struct walk walk = { fn, ctx };
	struct netlink_request r;

	netlink_begin(&r, RTM_GETTFILTER, NLM_F_DUMP, &tc, sizeof(tc));
	return netlink_ask(link->netns->netlink, &r, take_filter, &walk, NULL);
}

int tc_delete_filter(const struct link *link, enum ebpfi_hook hook, const struct filter *filter)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex,
			    .tcm_parent = tc_parent(hook),
			    .tcm_handle = filter->handle,
			    .tcm_info = TC_H_MAKE(filter->priority << 16, filter->protocol) };
	struct netlink_request r;

	netlink_begin(&r, RTM_DELTFILTER, 0, &tc, sizeof(tc));
	netlink_put_string(&r, TCA_KIND, filter->kind);
	return netlink_ask(link->netns->netlink, &r, NULL, NULL, NULL);
}

/* A filter of a dead owner, without its names. */
struct dead {
	uint32_t handle, priority;
	uint16_t protocol;
};

struct dead_list {
	unsigned int count;
	struct dead list[FILTERS_MAX]; /* the next link on the hook removes the rest */
};

static void take_dead(void *ctx, const struct filter *filter)
{
	struct dead_list *dead = ctx;

	if (owner_of(filter->name) == OWNER_DEAD && dead->count < FILTERS_MAX)
		dead->list[dead->count++] = (struct dead){ filter->handle, filter->priority, filter->protocol };
}

void tc_remove_dead_filters(const struct link *link)
{
	struct dead_list dead;
	unsigned int i;
	int hook;

	for (hook = EBPFI_HOOK_TC; hook <= EBPFI_HOOK_TC_EGRESS; hook++) {
		dead.count = 0;
		tc_each_filter(link, (enum ebpfi_hook)hook, take_dead, &dead);
		for (i = 0; i < dead.count; i++) {
			struct filter filter = {
				dead.list[i].handle, dead.list[i].priority, dead.list[i].protocol, 0, "bpf", ""
			};

			tc_delete_filter(link, (enum ebpfi_hook)hook, &filter);
		}
	}
}

/* Finds a program on the hook by its name in the kernel. */
static int find_name(const uint32_t *programs, unsigned int count, const char *wanted, uint32_t *id)
{
	char name[17] = "";
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && err != -EPERM; i++) {
		err = bpfcall_program_name(programs[i], name);
		if (!err && !strcmp(name, wanted)) {
			*id = programs[i];
			return 0;
		}
	}
	return err == -EPERM ? err : -ENOENT;
}

enum { PROGRAMS_MAX = BPFCALL_PROGRAMS_MAX + FILTERS_MAX };

struct programs {
	unsigned int count;
	uint32_t ids[PROGRAMS_MAX];
};

static void take_program(void *ctx, const struct filter *filter)
{
	struct programs *programs = ctx;

	if (filter->program_id && programs->count < PROGRAMS_MAX)
		programs->ids[programs->count++] = filter->program_id;
}

/* All programs of the hook, tcx before clsact. */
static void list_programs(const struct link *link, struct programs *programs)
{
	struct bpfcall_hook hook;

	bpfcall_query(link->interface.ifindex, tc_point(link), &hook);
	programs->count = hook.count;
	memcpy(programs->ids, hook.programs, hook.count * sizeof(*programs->ids));
	tc_each_filter(link, link->hook, take_program, programs);
}

int tc_anchor(const struct link *link, const struct attach_request *request, uint32_t *program_id, struct text *why)
{
	struct programs programs;
	int err;

	if (!request->anchor_name) {
		*program_id = request->anchor;
		return 0;
	}
	list_programs(link, &programs);
	err = find_name(programs.ids, programs.count, request->anchor_name, program_id);
	if (err == -EPERM)
		text_put(why, "reading the names of programs needs CAP_SYS_ADMIN: give the anchor's id");
	else if (err)
		text_printf(why, "there is no program named %s on the hook", request->anchor_name);
	return err;
}

struct listing {
	const struct link *link;
	struct text *text;
	const char *side; /* of the link's own place */
	bool first;
};

static void begin_line(struct listing *list, const char *what, uint32_t id)
{
	char name[16];

	text_printf(list->text, "%s%s: %s", list->first ? "" : "\n", list->side, what);
	list->first = false;
	if (!id)
		return;
	text_printf(list->text, " program %u", id);
	if (!bpfcall_program_name(id, name) && *name)
		text_printf(list->text, " (%.16s)", name);
}

static void put_tcx(const struct link *link, struct listing *list, uint32_t ours)
{
	struct bpfcall_hook hook;
	uint32_t i;
	int err = bpfcall_query(link->interface.ifindex, tc_point(link), &hook);

	if (err == -EPERM)
		begin_line(list, "tcx programs, if any, cannot be listed without CAP_NET_ADMIN", 0);
	for (i = 0; i < hook.count; i++) {
		if (link->mode->mode == EBPFI_MODE_TCX && hook.programs[i] == ours)
			list->side = "after";
		else
			begin_line(list, "tcx", hook.programs[i]);
	}
}

static bool is_own_place(const struct link *link, const struct filter *filter)
{
	return link->mode->mode == EBPFI_MODE_CLSACT && filter->priority == link->priority && filter->handle == link->handle;
}

static void put_filter(void *ctx, const struct filter *filter)
{
	struct listing *list = ctx;

	if (is_own_place(list->link, filter)) {
		list->side = "after";
		return;
	}
	begin_line(list, "filter", filter->program_id);
	text_printf(list->text, " priority %u %s", filter->priority, filter->kind);
	if (*filter->name)
		text_printf(list->text, " \"%s\"", filter->name);
}

void tc_others(struct link *link, struct text *t)
{
	struct listing list = { link, t, "before", true };
	int err;

	put_tcx(link, &list, bpfcall_program_id(link->program_fd));
	err = tc_each_filter(link, link->hook, put_filter, &list);
	if (!err)
		return;
	begin_line(&list, "filters, if any, cannot be listed: ", 0);
	text_put(t, strerror(-err));
}

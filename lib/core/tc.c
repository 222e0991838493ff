/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "tc.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Handle 0 is the head of a priority's list, other chains than 0 run only where a filter sends packets there. */
static void take_filter(void *ctx, const struct nlmsghdr *message)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	const struct nlattr *options = netlink_find(message, sizeof(*tc), TCA_OPTIONS, 0);
	struct filters *filters = ctx;
	struct filter *filter = &filters->list[filters->count];

	if (message->nlmsg_type != RTM_NEWTFILTER || !tc->tcm_handle ||
	    netlink_u32(netlink_find(message, sizeof(*tc), TCA_CHAIN, 4)))
		return;
	if (filters->count == FILTERS_MAX) {
		filters->more = true;
		return;
	}
	*filter = (struct filter){ .handle = tc->tcm_handle, .priority = TC_H_MAJ(tc->tcm_info) >> 16 };
	filter->protocol = (uint16_t)TC_H_MIN(tc->tcm_info);
	copy_name(filter->kind, sizeof(filter->kind), netlink_find(message, sizeof(*tc), TCA_KIND, 1));
	if (!strcmp(filter->kind, "bpf")) {
		filter->program_id = netlink_u32(netlink_find_in(options, TCA_BPF_ID, 4));
		copy_name(filter->name, sizeof(filter->name), netlink_find_in(options, TCA_BPF_NAME, 1));
	}
	filters->count++;
}

int tc_filters(const struct link *link, enum ebpfi_hook hook, struct filters *filters)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex, .tcm_parent = tc_parent(hook) };
	struct netlink_request r;

	filters->count = 0;
	filters->more = false;
	netlink_begin(&r, RTM_GETTFILTER, NLM_F_DUMP, &tc, sizeof(tc));
	return netlink_ask(link->netns->netlink, &r, take_filter, filters, NULL);
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

void tc_reap(const struct link *link)
{
	struct filters *filters = malloc(sizeof(*filters));
	unsigned int i;
	int hook;

	for (hook = EBPFI_HOOK_TC; filters && hook <= EBPFI_HOOK_TC_EGRESS; hook++) {
		tc_filters(link, (enum ebpfi_hook)hook, filters);
		for (i = 0; i < filters->count; i++)
			if (owner_of(filters->list[i].name) == OWNER_DEAD)
				tc_delete_filter(link, (enum ebpfi_hook)hook, &filters->list[i]);
	}
	free(filters);
}

/* One of the programs on the hook by its name in the kernel. */
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

/* All programs of the hook, tcx before clsact. */
static unsigned int list_programs(const struct link *link, uint32_t *programs, unsigned int max)
{
	struct filters *filters = malloc(sizeof(*filters));
	struct bpfcall_hook hook;
	unsigned int i, count;

	bpfcall_query(link->interface.ifindex, tc_point(link), &hook);
	count = hook.count < max ? hook.count : max;
	memcpy(programs, hook.programs, count * sizeof(*programs));
	if (filters && !tc_filters(link, link->hook, filters))
		for (i = 0; i < filters->count && count < max; i++)
			if (filters->list[i].program_id)
				programs[count++] = filters->list[i].program_id;
	free(filters);
	return count;
}

int tc_anchor(const struct link *link, const struct wish *wish, uint32_t *program_id, struct text *why)
{
	uint32_t programs[BPFCALL_PROGRAMS_MAX + FILTERS_MAX];
	unsigned int count;
	int err;

	if (!wish->anchor_name) {
		*program_id = wish->anchor;
		return 0;
	}
	count = list_programs(link, programs, sizeof(programs) / sizeof(programs[0]));
	err = find_name(programs, count, wish->anchor_name, program_id);
	if (err == -EPERM)
		text_put(why, "to read the names of others' programs needs CAP_SYS_ADMIN: give the anchor's id");
	else if (err)
		text_printf(why, "there is no program named %s on the hook", wish->anchor_name);
	return err;
}

struct listing {
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

static void put_filters(const struct link *link, struct listing *list, const struct filters *filters)
{
	const struct filter *filter;

	for (filter = filters->list; filter < filters->list + filters->count; filter++) {
		if (link->mode->mode == EBPFI_MODE_CLSACT && filter->priority == link->priority &&
		    filter->handle == link->handle) {
			list->side = "after";
			continue;
		}
		begin_line(list, "filter", filter->program_id);
		text_printf(list->text, " priority %u %s", filter->priority, filter->kind);
		if (*filter->name)
			text_printf(list->text, " \"%s\"", filter->name);
	}
}

void tc_others(struct link *link, struct text *t)
{
	struct filters *filters = malloc(sizeof(*filters));
	struct listing list = { t, "before", true };

	put_tcx(link, &list, bpfcall_program_id(link->program_fd));
	if (filters && !tc_filters(link, link->hook, filters))
		put_filters(link, &list, filters);
	free(filters);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * tc programs as filters on the clsact qdisc, for kernels without tcx. A filter outlives its process. So each of ours names its owner
 * (owner.h), and the next session that attaches to the interface removes filters whose owner is dead. The qdisc stays: the kernel cannot
 * remove it only if it is empty, and a filter that another process adds at that moment would be lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "owner.h"
#include "tc_hook.h"

enum {
	HANDLE = 1,
	FIRST_PRIORITY = 49152, /* of the first filter: as tc(8) does, with room on both sides */
	LAST_PRIORITY = 65535,
	ATTEMPTS = 8, /* another process may take the chosen priority first */
};

struct qdisc {
	uint32_t ifindex;
	char kind[16];
};

static void take_qdisc(void *ctx, const struct nlmsghdr *message)
{
	const struct tcmsg *tc = netlink_header(message, sizeof(*tc));
	struct qdisc *qdisc = ctx;

	if (tc && (uint32_t)tc->tcm_ifindex == qdisc->ifindex && tc->tcm_parent == TC_H_CLSACT)
		snprintf(qdisc->kind, sizeof(qdisc->kind), "%s",
			 netlink_string(netlink_find(message, sizeof(*tc), TCA_KIND, 1)));
}

static int ask_kind(const struct link *link, struct qdisc *qdisc)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex };
	struct netlink_request r;

	qdisc->ifindex = link->interface.ifindex;
	netlink_begin(&r, RTM_GETQDISC, NLM_F_DUMP, &tc, sizeof(tc));
	return netlink_ask(link->netns->netlink, &r, take_qdisc, qdisc, NULL);
}

/* A plain ingress qdisc accepts a filter for egress, but runs it on ingress. */
static int check_kind(const struct link *link, struct text *why)
{
	struct qdisc qdisc = { 0 };
	int err = ask_kind(link, &qdisc);

	if (err) {
		text_printf(why, "cannot look at the interface's qdisc: %s", strerror(-err));
		return err;
	}
	if (!strcmp(qdisc.kind, "clsact") || (!strcmp(qdisc.kind, "ingress") && link->hook == EBPFI_HOOK_TC))
		return 0;
	text_printf(why, "the interface has the qdisc \"%s\", which has no egress side: replace it by clsact", qdisc.kind);
	return -EBUSY;
}

static int need_qdisc(const struct link *link, struct text *why)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex, .tcm_parent = TC_H_CLSACT };
	struct netlink_request r;
	char words[256];
	struct text t = text_in(words, sizeof(words));
	int err;

	tc.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	netlink_begin(&r, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tc, sizeof(tc));
	netlink_put_string(&r, TCA_KIND, "clsact");
	err = netlink_ask(link->netns->netlink, &r, NULL, NULL, &t);
	if (!err)
		return 0;
	if (err == -EEXIST)
		return check_kind(link, why);
	text_printf(why, "no clsact qdisc: %s", *words ? words : strerror(-err));
	return err;
}

/* Makes our filter, or changes its program. */
static int set_filter(const struct link *link, int program_fd, uint16_t flags, struct text *why)
{
	struct tcmsg tc = { .tcm_ifindex = (int)link->interface.ifindex,
			    .tcm_parent = tc_parent(link->hook),
			    .tcm_handle = link->handle,
			    .tcm_info = TC_H_MAKE(link->priority << 16, htons(ETH_P_ALL)) };
	struct netlink_request r;
	char tag[OWNER_TAG_MAX];
	size_t nest;

	owner_tag(link->fd, link->inspector, tag);
	netlink_begin(&r, RTM_NEWTFILTER, flags, &tc, sizeof(tc));
	netlink_put_string(&r, TCA_KIND, "bpf");
	nest = netlink_nest(&r, TCA_OPTIONS);
	netlink_put_u32(&r, TCA_BPF_FD, (uint32_t)program_fd);
	netlink_put_string(&r, TCA_BPF_NAME, tag);
	netlink_put_u32(&r, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	netlink_nest_end(&r, nest);
	return netlink_ask(link->netns->netlink, &r, NULL, NULL, why);
}

struct place {
	uint32_t priority, program_id;
};

/* By priority, as the kernel lists them. */
struct filters {
	unsigned int count;
	bool more; /* more filters than `list` holds */
	struct place list[FILTERS_MAX];
};

static void take_place(void *ctx, const struct filter *filter)
{
	struct filters *filters = ctx;

	if (filters->count < FILTERS_MAX)
		filters->list[filters->count++] = (struct place){ filter->priority, filter->program_id };
	else
		filters->more = true;
}

static int list_filters(const struct link *link, struct filters *filters, struct text *why)
{
	int err;

	filters->count = 0;
	filters->more = false;
	err = tc_each_filter(link, link->hook, take_place, filters);
	if (err)
		text_printf(why, "cannot list the filters: %s", strerror(-err));
	else if (filters->more) {
		text_printf(why, "more than %d filters are there, so the place of ours cannot be found", FILTERS_MAX);
		err = -E2BIG;
	}
	return err;
}

static int find_program(const struct filters *filters, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < filters->count; i++)
		if (filters->list[i].program_id == id)
			return (int)i;
	return -ENOENT;
}

/* The free priority just before or after a filter; 0: none. */
static uint32_t beside(const struct filters *filters, unsigned int at, bool before)
{
	uint32_t wanted = filters->list[at].priority + (before ? -1U : 1U);
	unsigned int i;

	for (i = 0; i < filters->count; i++)
		if (filters->list[i].priority == wanted)
			return 0;
	return wanted > LAST_PRIORITY ? 0 : wanted;
}

static int choose_priority(struct link *link, const struct attach_request *request, const struct filters *filters,
			   struct text *why)
{
	bool before = request->order == EBPFI_ORDER_HEAD || request->order == EBPFI_ORDER_BEFORE;
	int at = before ? 0 : (int)filters->count - 1;
	uint32_t id = 0;
	int err = tc_anchor(link, request, &id, why);

	if (err)
		return err;
	if (id)
		at = find_program(filters, id);
	if (id && at < 0) {
		text_printf(why, "program %u is not one of the hook's filters", id);
		return at;
	}
	link->priority = filters->count ? beside(filters, (unsigned int)at, before) : FIRST_PRIORITY;
	if (link->priority)
		return 0;
	text_put(why, "there is no free priority at that place among the filters");
	return -EADDRINUSE;
}

static int add_filter(struct link *link, const struct attach_request *request, struct text *why)
{
	struct filters filters;
	char words[256];
	struct text t;
	int i, err = -EEXIST;

	for (i = 0; i < ATTEMPTS && err == -EEXIST; i++) {
		t = text_in(words, sizeof(words));
		err = list_filters(link, &filters, why);
		if (!err)
			err = choose_priority(link, request, &filters, why);
		if (err)
			return err;
		err = set_filter(link, link->program_fd, NLM_F_CREATE | NLM_F_EXCL, &t);
	}
	if (err)
		text_put(why, *words ? words : strerror(-err));
	return err;
}

static int attach(struct link *link, const struct attach_request *request, struct text *why)
{
	int err;

	if (request->revision) {
		text_put(why, "filters have no revision");
		return -EOPNOTSUPP;
	}
	link->handle = HANDLE;
	err = need_qdisc(link, why);
	if (err)
		return err;
	tc_remove_dead_filters(link);
	link->fd = owner_new_mark();
	err = add_filter(link, request, why);
	if (err && link->fd >= 0)
		close(link->fd);
	if (err)
		link->fd = -1;
	return err;
}

/* Deletes the filter only if no other process has its mark, as a bpf_link ends with its last descriptor. */
static void abandon(struct link *link)
{
	if (link->fd < 0 || netns_reopen(link->netns))
		return;
	close(link->fd);
	link->fd = -1;
	tc_remove_dead_filters(link);
}

struct search {
	const struct link *link;
	uint32_t program_id;
	bool found;
	struct filter *ours;
};

static void take_ours(void *ctx, const struct filter *filter)
{
	struct search *search = ctx;

	if (filter->priority != search->link->priority || filter->handle != search->link->handle ||
	    filter->program_id != search->program_id)
		return;
	*search->ours = *filter;
	search->found = true;
}

/* Finds the filter at our priority and handle, if it still has our program. */
static int find_ours(const struct link *link, struct filter *ours)
{
	struct search search = { link, bpfcall_program_id(link->program_fd), false, ours };
	int err = tc_each_filter(link, link->hook, take_ours, &search);

	return err ? err : search.found ? 0 : -ENOENT;
}

/* Leaves a filter that another process put at our place. Succeeds if the interface is gone. */
static int detach(struct link *link, struct text *why)
{
	struct filter ours;
	int err = find_ours(link, &ours);

	if (!err)
		err = tc_delete_filter(link, link->hook, &ours);
	if (err == -ENOENT || err == -ENODEV || err == -EINVAL)
		return 0;
	if (err)
		text_put(why, strerror(-err));
	return err;
}

static bool holds(const struct link *link, uint32_t program_id)
{
	struct filter ours;

	(void)program_id; /*find_ours() compares the program */
	return !find_ours(link, &ours);
}

/* cls_bpf replaces a filter's program under RCU: each packet runs through exactly one of the two. */
static int replace(struct link *link, int program_fd, struct text *why)
{
	struct filter ours;
	char *start = why->at;
	int err = find_ours(link, &ours);

	if (err) {
		text_put(why, err == -ENOENT ? "the filter is gone" : strerror(-err));
		return err == -ENOENT ? -ENOLINK : err;
	}
	err = set_filter(link, program_fd, NLM_F_REPLACE, why);
	if (err && why->at == start)
		text_put(why, strerror(-err));
	return err;
}

const struct mode mode_clsact = { .mode = EBPFI_MODE_CLSACT,
				  .name = "clsact",
				  .no_pin = "a filter is not a bpf_link",
				  .attach = attach,
				  .detach = detach,
				  .abandon = abandon,
				  .replace = replace,
				  .others = tc_others,
				  .holds = holds };

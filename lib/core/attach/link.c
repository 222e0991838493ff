/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "bpfcall.h"
#include "filtering.h"
#include "link_monitor.h"
#include "link_pin.h"
#include "link_type.h"
#include "map.h"
#include "object.h"
#include "opts.h"
#include "plan.h"
#include "rights.h"
#include "tc_hook.h"
#include "watch.h"

struct link *link_new(struct ebpfi *s, struct netns *netns, const struct interface *interface, const char *inspector,
		      enum ebpfi_hook hook)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	link->inspector = inspector;
	link->interface = *interface;
	link->hook = hook;
	link->netns = netns_use(netns);
	link->fd = link->program_fd = link->slot_fd = -1;
	return link;
}

static void link_free(struct link *link)
{
	link_monitor_free(link->monitor);
	if (link->fd >= 0)
		close(link->fd);
	if (link->slot_fd >= 0)
		close(link->slot_fd);
	netns_leave(link->netns);
	free(link->pin);
	free(link);
}

int link_keep(struct ebpfi *s, struct link *link)
{
	link->id = s->next_link++;
	link->next = s->links;
	s->links = link;
	return link->id;
}

struct link *link_find(const struct ebpfi *s, int id)
{
	struct link *link;

	for (link = s->links; link && link->id != id; link = link->next)
		;
	return link;
}

struct call {
	struct link *link;
	int (*fn)(struct link *link, void *arg);
	void *arg;
};

static int run(void *arg)
{
	struct call *call = arg;

	return call->fn(call->link, call->arg);
}

int link_run(struct link *link, int (*fn)(struct link *link, void *arg), void *arg)
{
	struct call call = { link, fn, arg };

	return netns_run(link->netns, run, &call);
}

/*
 * Programs know an interface only by its index. Two namespaces may use the same index for interfaces with different link layers, and
 * the programs would misread the packets of one.
 */
static int check_index(struct ebpfi *s, const struct link *new)
{
	const struct link *link;

	for (link = s->links; link; link = link->next)
		if (link->interface.ifindex == new->interface.ifindex && link->interface.link != new->interface.link &&
		    !link->watch && !strcmp(link->inspector, new->inspector))
			return ebpfi_fail(
				s, -EBUSY,
				"interface %s has the index of %s, in another network namespace and with another link "
				"layer: use a session for each namespace",
				new->interface.name, link->interface.name);
	return 0;
}

static int is_at_work(struct link *link, void *arg)
{
	(void)arg;
	return link->mode->holds(link, bpfcall_program_id(link->program_fd));
}

/*
 * The kernel lets a packet socket and a tc filter attach the same program twice, and each packet would be reported twice. A link whose
 * interface is gone is ignored: another interface may have its index.
 */
static int check_twice(struct ebpfi *s, const struct link *new)
{
	struct link *link;

	for (link = s->links; link; link = link->next)
		if (link->mode && link->hook == new->hook && link->interface.ifindex == new->interface.ifindex &&
		    link->program_fd == new->program_fd &&netns_is_same(link->netns, new->netns) &&
		    link_run(link, is_at_work, NULL) == 1)
			return ebpfi_fail(s, -EEXIST, "%s is attached to %s on %s already: this session's link %d",
					  new->inspector, plan_hook_words(new->hook), new->interface.name, link->id);
	return 0;
}

/* Programs take an interface that is not in the map for Ethernet: most machines need no look-up. */
int link_set_layer(struct ebpfi *s, struct module *m, uint32_t ifindex, uint16_t link)
{
	int map = object_map_fd(m->object, "l3_ifaces"), err = link == LINK_RAW ? filtering_check_l3(s, m) : 0;

	if (err || map < 0)
		return err;
	err = link == LINK_ETHERNET ? map_delete(map, &ifindex) : map_put(map, &ifindex, &link);
	if (err && err != -ENOENT)
		return ebpfi_fail(s, err, "too many interfaces without a link layer: 256 at most");
	if (link != LINK_ETHERNET && m->l3_interfaces)
		*m->l3_interfaces = 1;
	return 0;
}

static int set_link_layer(struct ebpfi *s, struct link *link, struct module *m)
{
	int err = check_index(s, link);

	if (err || !link->interface.ifindex)
		return err;
	return link_set_layer(s, m, link->interface.ifindex, link->interface.link);
}

static void prepend(struct link *link, const char *before)
{
	char after[sizeof(link->refused)];
	struct text t = text_in(link->refused, sizeof(link->refused));

	memcpy(after, link->refused, sizeof(after));
	text_put(&t, before);
	if (*after)
		text_put_char(&t, '\n');
	text_put(&t, after);
}

static bool takes_fragments(const struct module *m, const struct choice *choice)
{
	return m->inspector ? !choice->plain : object_takes_fragments(m->object, choice->program);
}

static int use_program(struct ebpfi *s, struct link *link, struct module *m, const struct choice *choice)
{
	link->fragments = takes_fragments(m, choice);
	link->program_fd = module_program(s, m, choice);
	return link->program_fd < 0 ? link->program_fd : 0;
}

/* Attaches the plain kind in any mode of the request. Keeps the reasons why the other kind was refused in front. */
static int attach_plain(struct ebpfi *s, struct link *link, struct module *m, const struct attach_request *request)
{
	char before[sizeof(link->refused)];
	struct attach_request plain = *request;
	int err;

	memcpy(before, link->refused, sizeof(before));
	plain.choice.plain = true;
	err = use_program(s, link, m, &plain.choice);
	if (!err)
		err = plan_run(s, link, &plain);
	if (!err && *before)
		prepend(link, before);
	return err;
}

/*
 * An inspector has two kinds of XDP program. One takes buffers in fragments, for jumbo frames; some drivers refuse it. With that kind in
 * generic XDP, tc ingress gets packets without their Ethernet header (6.12, 6.18).
 */
static int attach_kinds(struct ebpfi *s, struct link *link, struct module *m, const struct attach_request *request)
{
	struct attach_request native = *request;
	int err;

	if (!m->inspector || request->choice.hook != EBPFI_HOOK_XDP)
		return plan_run(s, link, request);
	if (request->mode == EBPFI_MODE_GENERIC)
		return attach_plain(s, link, m, request);
	native.mode = EBPFI_MODE_NATIVE;
	err = plan_run(s, link, &native);
	return err && !plan_is_final(err) ? attach_plain(s, link, m, request) : err;
}

static int attach_new(struct ebpfi *s, struct link *link, struct module *m, const struct attach_request *request)
{
	int err = attach_kinds(s, link, m, request);

	return !err && request->pin ? link_pin_make(s, link, request->pin) : err;
}

static int attach(struct ebpfi *s, struct link *link, struct module *m, const struct attach_request *request)
{
	int err = use_program(s, link, m, &request->choice);

	if (err)
		return err;
	err = check_twice(s, link);
	if (!err)
		err = set_link_layer(s, link, m);
	if (err)
		return err;
	err = request->pin ? link_pin_check(s, request->pin) : -ENOENT;
	if (!err)
		err = link_pin_adopt(s, link, request);
	return err == -ENOENT ? attach_new(s, link, m, request) : err;
}

struct link *link_attach(struct ebpfi *s, struct netns *netns, const struct interface *interface, struct module *m,
			 const struct attach_request *request, int *err)
{
	struct link *link = link_new(s, netns, interface, m->name, request->choice.hook);

	*err = link ? attach(s, link, m, request) : -ENOMEM;
	if (!*err) {
		link_keep(s, link);
		return link;
	}
	if (link)
		link_free(link);
	return NULL;
}

struct exchange {
	int program_fd;
	struct text why;
};

static int replace_program(struct link *link, void *arg)
{
	struct exchange *exchange = arg;

	return link->mode->replace(link, exchange->program_fd, &exchange->why);
}

/* A driver is set up for one kind of buffer, fragments or not, when it attaches; a replacement does not change that. */
static int check_kinds(struct ebpfi *s, const struct link *link, struct module *m, const struct choice *choice)
{
	if (link->hook != EBPFI_HOOK_XDP || link->fragments == takes_fragments(m, choice))
		return 0;
	return ebpfi_fail(s, -EINVAL, "cannot replace %s by %s: one is for XDP buffers in fragments and the other is not",
			  link->inspector, m->name);
}

static int exchange(struct ebpfi *s, struct link *link, struct module *m, const struct choice *choice)
{
	char words[256];
	struct exchange exchange = { module_program(s, m, choice), text_in(words, sizeof(words)) };
	int err = exchange.program_fd;

	if (err < 0)
		return err;
	err = set_link_layer(s, link, m);
	if (err)
		return err;
	err = link_run(link, replace_program, &exchange);
	if (err)
		return ebpfi_fail(s, err, "cannot replace %s by %s on %s: %s", link->inspector, m->name, link->interface.name,
				  *words ? words : strerror(-err));
	link->program_fd = exchange.program_fd;
	link->inspector = m->name;
	return 0;
}

int link_replace(struct ebpfi *s, struct link *link, struct module *m)
{
	struct choice choice = { link->hook, NULL, m->inspector && link->hook == EBPFI_HOOK_XDP && !link->fragments };
	int err = module_choose(s, m, &choice);

	if (!err)
		err = check_kinds(s, link, m, &choice);
	return err ? err : exchange(s, link, m, &choice);
}

int link_update(struct ebpfi *s, struct link *link, int program_fd)
{
	char words[256];
	struct exchange exchange = { program_fd, text_in(words, sizeof(words)) };
	int err = link_run(link, replace_program, &exchange);

	return err ? ebpfi_fail(s, err, "cannot change the filter of %s on %s: %s", link->inspector, link->interface.name,
				*words ? words : strerror(-err))
		   : 0;
}

static int detach_program(struct link *link, void *arg)
{
	return link->mode->detach(link, arg);
}

static int abandon_program(struct link *link, void *arg)
{
	(void)arg;
	link->mode->abandon(link);
	return 0;
}

static int detach(struct ebpfi *s, struct link *link, bool unpin)
{
	char words[256];
	struct text why = text_in(words, sizeof(words));
	int err = 0;

	if (s->close_only)
		return link->mode && link->mode->abandon ? link_run(link, abandon_program, NULL) : 0;
	if (link->pin && !unpin)
		return 0;
	if (link->pin)
		link_pin_remove(link);
	if (link->mode && link->mode->detach)
		err = link_run(link, detach_program, &why);
	if (err == -EPERM)
		ebpfi_fail(s, err, "cannot detach %s from %s: %s", link->inspector, link->interface.name,
			   rights_missing(RIGHT_NET_ADMIN));
	else if (err)
		ebpfi_fail(s, err, "cannot detach %s from %s: %s", link->inspector, link->interface.name,
			   *words ? words : strerror(-err));
	return err;
}

int link_remove(struct ebpfi *s, struct link *link, bool unpin)
{
	struct link **at;
	int err;

	for (at = &s->links; *at != link; at = &(*at)->next)
		;
	*at = link->next;
	watch_free(s, link->watch);
	err = detach(s, link, unpin);
	link_free(link);
	return err;
}

/* The session is closing, so log the error. */
void links_free(struct ebpfi *s)
{
	while (s->links)
		if (link_remove(s, s->links, false))
			ebpfi_log(s, EBPFI_LOG_WARNING, "%s", s->error);
}

const char *ebpfi_interface_name(const struct ebpfi *s, uint32_t ifindex)
{
	const struct link *link;
	const char *name = NULL;

	if (s->replay_interface)
		return s->replay_interface;
	for (link = s->links; link; link = link->next) {
		if (!link->interface.ifindex || link->interface.ifindex != ifindex)
			continue;
		if (name && strcmp(name, link->interface.name))
			return NULL;
		name = link->interface.name;
	}
	return name ? name : watches_interface_name(s, ifindex);
}

static bool is_gone(const struct link *link)
{
	return interface_ask(link->netns->netlink, link->interface.ifindex, NULL, NULL) == -ENODEV;
}

/* Runs in the link's namespace. */
static int check_hook(struct link *link, void *arg)
{
	struct ebpfi_link_info *info = arg;
	struct text t = text_in(link->others, sizeof(link->others));
	struct bpfcall_hook hook;

	if (link->mode->others)
		link->mode->others(link, &t);
	if (link->mode->mode == EBPFI_MODE_TCX && !bpfcall_query(link->interface.ifindex, tc_point(link), &hook))
		info->revision = hook.revision;
	return 0;
}

static void fill_in_from_kernel(struct link *link, struct ebpfi_link_info *info)
{
	struct bpfcall_link kernel;

	info->mode = link->mode->mode;
	info->program_id = bpfcall_program_id(link->program_fd);
	info->priority = link->priority;
	if (!link->mode->no_pin && !bpfcall_link_info(link->fd, &kernel))
		info->link_id = kernel.id;
	if (!link->interface.ifindex || is_gone(link))
		return;
	info->ifindex = link->interface.ifindex;
	link_run(link, check_hook, info);
}

int ebpfi_link_info(struct ebpfi *s, int id, struct ebpfi_link_info *info)
{
	struct link *link = link_find(s, id);
	struct ebpfi_link_info ours = { 0 };

	if (!link)
		return ebpfi_fail(s, -ENOENT, "there is no link %d", id);
	link->others[0] = '\0';
	if (link->mode)
		fill_in_from_kernel(link, &ours);
	ours.hook = link->hook;
	ours.interface = link->watch ? watch_name(link->watch) : link->interface.name;
	ours.inspector = link->inspector;
	ours.refused = link->refused;
	ours.others = link->others;
	ours.pin = link->pin ? link->pin : "";
	ours.watch = link->watch_id;
	if (opts_write(info, &ours, sizeof(ours)))
		return ebpfi_fail(s, -EINVAL, "set sz of struct ebpfi_link_info");
	return 0;
}

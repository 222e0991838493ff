/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interface_listener.h"
#include "interface_table.h"
#include "link_events.h"
#include "link_type.h"

struct watch {
	struct interface_listener listener;
	struct netns *netns;
	struct module *module;
	int id;            /* of the link that represents it */
	char *pattern;     /* NULL: only collects names and link layers, for "any" */
	char *anchor_name; /* of the request */
	struct attach_request request;
	struct interface_table interfaces;
	struct link_events events;
	bool behind; /* memory was short: a listing finds the remaining work */
	bool full;   /* the table has no room for some interfaces */
};

const char *watch_name(const struct watch *watch)
{
	return watch->pattern ? watch->pattern : "any";
}

static struct link_notice *new_notice(struct watch *w)
{
	struct link_notice *notice = link_notice_new();

	if (!notice)
		w->behind = true;
	return notice;
}

static void queue_event(struct watch *w, struct link_notice *notice, const struct interface *interface,
			enum ebpfi_link_what what, int link, const char *reason)
{
	const struct link_subject subject = { interface, w->request.choice.hook, link, w->id };

	link_events_add(&w->events, notice, &subject, what, reason);
}

static void attach_interface(struct watch *w, struct known_interface *known)
{
	struct ebpfi *s = w->listener.session;
	struct link_notice *notice = new_notice(w);
	struct link *link = NULL;
	int err;

	if (!notice)
		return;
	err = interface_check(s, &known->now);
	if (!err)
		link = link_attach(s, w->netns, &known->now, w->module, &w->request, &err);
	if (link) {
		link->watch_id = w->id;
		known->link = link->id;
		queue_event(w, notice, &known->now, EBPFI_LINK_ATTACHED, link->id, "");
		return;
	}
	known->tried = known->now;
	if (err != -ENODEV)
		queue_event(w, notice, &known->now, EBPFI_LINK_FAILED, 0, s->error);
	else
		free(notice);
}

/* False without memory: the interface stays in the table, and the next listing tries again. */
static bool detach_interface(struct watch *w, struct known_interface *known, const char *reason)
{
	struct ebpfi *s = w->listener.session;
	struct link *link = link_find(s, known->link);
	struct link_notice *notice = link ? new_notice(w) : NULL;

	if (link && !notice)
		return false;
	if (link) {
		queue_event(w, notice, &link->interface, EBPFI_LINK_VANISHED, link->id, reason);
		link_remove(s, link, true);
	}
	known->link = 0;
	return true;
}

static void rename_link(struct watch *w, struct known_interface *known)
{
	struct link *link = link_find(w->listener.session, known->link);
	struct link_notice *notice;

	if (!link || !strcmp(link->interface.name, known->now.name))
		return;
	notice = new_notice(w);
	if (!notice)
		return;
	link->interface = known->now;
	queue_event(w, notice, &known->now, EBPFI_LINK_RENAMED, link->id, "");
}

/* A refused interface is tried again only after a change that may have been the reason. */
static bool is_worth_trying(const struct known_interface *known)
{
	return !known->tried.ifindex || known->tried.up != known->now.up || known->tried.mtu != known->now.mtu ||
	       strcmp(known->tried.name, known->now.name);
}

/* Attaches, detaches or renames, as the interface's present name and state require. */
static void follow_interface(struct watch *w, struct known_interface *known)
{
	bool matches = w->pattern && !fnmatch(w->pattern, known->now.name, 0);
	char reason[64];

	if (!w->pattern)
		link_set_layer(w->listener.session, w->module, known->now.ifindex, known->now.link);
	snprintf(reason, sizeof(reason), "it was renamed to %s", known->now.name);
	if (known->link && !matches)
		detach_interface(w, known, reason);
	else if (known->link)
		rename_link(w, known);
	else if (matches && is_worth_trying(known))
		attach_interface(w, known);
}

/* Without memory the interface stays in the table, and the next listing tries again. */
static void forget_interface(struct watch *w, struct known_interface *known)
{
	if (!detach_interface(w, known, "the interface is gone"))
		return;
	if (!w->pattern)
		link_set_layer(w->listener.session, w->module, known->now.ifindex, LINK_ETHERNET);
	interface_table_remove(&w->interfaces, known);
}

static struct known_interface *learn_interface(struct watch *w, const struct interface *interface)
{
	struct known_interface *known = NULL;
	int err = interface_table_put(&w->interfaces, interface, &known);

	if (err == -ENOMEM)
		w->behind = true;
	if (err == -ENOSPC && !w->full) {
		w->full = true;
		ebpfi_log(w->listener.session, EBPFI_LOG_WARNING,
			  "the watch %s has seen %d interfaces, and takes in no more until some are gone", watch_name(w),
			  INTERFACES_MAX);
	}
	return known;
}

static void take_listed(void *ctx, const struct nlmsghdr *message)
{
	struct interface interface;

	if (interface_read(message, &interface))
		learn_interface(ctx, &interface);
}

/* A listing that was interrupted by changes may lack interfaces that exist. */
static bool is_gone(const struct watch *w, const struct known_interface *known)
{
	return !known->listed && interface_ask(w->netns->netlink, known->now.ifindex, NULL, NULL) == -ENODEV;
}

/* Attaches after the listing is complete: both use the same socket. */
static int list_interfaces(struct watch *w)
{
	struct known_interface *known, *next;
	int err;

	w->behind = w->full = false;
	for (known = NULL; (known = interface_table_next(&w->interfaces, known));)
		known->listed = false;
	err = interface_ask_all(w->netns->netlink, take_listed, w);
	for (known = interface_table_next(&w->interfaces, NULL); known; known = next) {
		next = interface_table_next(&w->interfaces, known);
		if (!err && is_gone(w, known))
			forget_interface(w, known);
		else
			follow_interface(w, known);
	}
	return err;
}

static void on_change(struct interface_listener *l, const struct interface *interface, bool is_gone)
{
	struct watch *w = (struct watch *)l;
	struct known_interface *known =
		is_gone ? interface_table_find(&w->interfaces, interface->ifindex) : learn_interface(w, interface);

	if (known && is_gone)
		forget_interface(w, known);
	else if (known)
		follow_interface(w, known);
}

static void on_missed(struct interface_listener *l)
{
	ebpfi_log(l->session, EBPFI_LOG_INFO, "interfaces came and went too fast: listing them again");
	list_interfaces((struct watch *)l);
}

static bool has_room(const struct watch *w)
{
	return w->full && w->interfaces.count < INTERFACES_MAX / 16 * 15;
}

static void ready(struct ebpfi *s, struct poll_source *source)
{
	struct watch *w = (struct watch *)source;

	if (w->behind || has_room(w))
		list_interfaces(w);
	interface_listener_receive(&w->listener);
	link_events_deliver(&w->events, s);
	if (w->events.first || w->behind || has_room(w))
		interface_listener_wake(&w->listener);
	if (w->behind)
		s->failed = ebpfi_fail(s, -ENOMEM, "out of memory: the next poll looks again for the interfaces of %s",
				       watch_name(w));
}

static struct watch *new_watch(struct ebpfi *s, struct netns *netns, struct module *m)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	w->listener = (struct interface_listener){ { -1, ready }, s, on_change, on_missed };
	w->netns = netns_use(netns);
	w->module = m;
	return w;
}

static int set_request(struct watch *w, const char *pattern, const struct attach_request *request)
{
	w->request = *request;
	w->pattern = strdup(pattern);
	if (request->anchor_name)
		w->request.anchor_name = w->anchor_name = strdup(request->anchor_name);
	return w->pattern && (!request->anchor_name || w->anchor_name)
		       ? 0
		       : ebpfi_fail(w->listener.session, -ENOMEM, "out of memory");
}

/*
 * Listens before it lists, so that no change is missed. From here on the session owns the link: removing it undoes everything.
 */
static int start(struct ebpfi *s, struct link *link, struct watch *w)
{
	int err;

	link->watch = w;
	w->id = link->id;
	err = interface_listener_open(&w->listener, s, w->netns);
	if (!err) {
		err = list_interfaces(w);
		err = err ? err : w->behind ? -ENOMEM : 0;
		if (err)
			ebpfi_fail(s, err, "cannot list the interfaces: %s", strerror(-err));
	}
	if (!err && w->events.first)
		interface_listener_wake(&w->listener);
	if (!err)
		return link->id;
	link_remove(s, link, true);
	return err;
}

static int fail_and_free(struct ebpfi *s, struct watch *w, int err)
{
	watch_free(s, w);
	return err;
}

int watch_pattern(struct ebpfi *s, struct netns *netns, const char *pattern, struct module *m,
		  const struct attach_request *request)
{
	struct interface none = { 0 };
	struct watch *w;
	struct link *link;
	int err = module_program(s, m, &request->choice);

	w = err < 0 ? NULL : new_watch(s, netns, m);
	if (!w)
		return err < 0 ? err : -ENOMEM;
	err = set_request(w, pattern, request);
	if (err)
		return fail_and_free(s, w, err);
	link = link_new(s, netns, &none, m->name, request->choice.hook);
	if (!link)
		return fail_and_free(s, w, -ENOMEM);
	link_keep(s, link);
	return start(s, link, w);
}

int watch_any(struct ebpfi *s, struct link *link, struct module *m)
{
	struct watch *w = new_watch(s, link->netns, m);

	if (w)
		return start(s, link, w);
	link_remove(s, link, true);
	return -ENOMEM;
}

static int replace_made(struct watch *w, struct link *link, struct module *m)
{
	struct ebpfi *s = w->listener.session;
	struct link *made;
	int err = 0;

	for (made = s->links; made && !err; made = made->next)
		if (made->watch_id == w->id)
			err = link_replace(s, made, m);
	if (!err)
		link->inspector = m->name;
	return err;
}

/* The new module must know the link layers before its program runs. */
static int replace_any(struct watch *w, struct link *link, struct module *m)
{
	struct known_interface *known;

	for (known = NULL; (known = interface_table_next(&w->interfaces, known));)
		link_set_layer(w->listener.session, m, known->now.ifindex, known->now.link);
	return link_replace(w->listener.session, link, m);
}

int watch_replace(struct ebpfi *s, struct link *link, struct module *m)
{
	struct watch *w = link->watch;
	struct choice choice = { link->hook, NULL, false };
	int err = module_choose(s, m, &choice);

	if (!err)
		err = module_program(s, m, &choice);
	if (err >= 0)
		err = w->pattern ? replace_made(w, link, m) : replace_any(w, link, m);
	if (err)
		return err;
	w->module = m;
	w->request.choice = choice;
	return 0;
}

void watch_free(struct ebpfi *s, struct watch *w)
{
	struct link *link, *next;

	if (!w)
		return;
	interface_listener_close(&w->listener);
	for (link = w->id ? s->links : NULL; link; link = next) {
		next = link->next;
		if (link->watch_id == w->id)
			link_remove(s, link, true);
	}
	link_events_free(&w->events);
	interface_table_free(&w->interfaces);
	netns_leave(w->netns);
	free(w->anchor_name);
	free(w->pattern);
	free(w);
}

const char *watches_interface_name(const struct ebpfi *s, uint32_t ifindex)
{
	const struct known_interface *known;
	const struct link *link;

	for (link = s->links; link; link = link->next) {
		if (!link->watch || link->watch->pattern)
			continue;
		known = interface_table_find(&link->watch->interfaces, ifindex);
		if (known)
			return known->now.name;
	}
	return NULL;
}

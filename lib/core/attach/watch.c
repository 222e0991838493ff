/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link_type.h"

enum { MESSAGES_MAX = 32768, PER_POLL = 64 };

/* An interface of the watched namespace. */
struct known {
	struct known *next;
	struct interface now;
	struct interface tried; /* as it was when it could not be attached; ifindex 0: it was not tried */
	int link;               /* that was made for it; the host may have detached it */
	bool listed;            /* by the listing under way */
};

struct notice {
	struct notice *next;
	struct ebpfi_link_event event;
};

struct watch {
	struct poll_source source;
	struct ebpfi *session;
	struct netns *netns;
	struct module *module;
	int id;            /* of the link that stands for it */
	char *pattern;     /* NULL: it only knows names and link layers, for "any" */
	char *anchor_name; /* of the wish */
	struct attach_request request;
	struct known *known;
	struct notice *notices; /* oldest first, for the next poll */
	bool behind;            /* memory was lacking: something is left to do, which a listing finds */
};

const char *watch_name(const struct watch *watch)
{
	return watch->pattern ? watch->pattern : "any";
}

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void fill_event(const struct watch *w, struct ebpfi_link_event *event, const struct interface *interface,
		       enum ebpfi_link_what what, int link)
{
	event->event = (struct ebpfi_event){ .len = sizeof(*event),
					     .kind = EBPFI_EVENT_LINK,
					     .hook = (uint8_t)w->request.choice.hook,
					     .time_ns = realtime_ns(),
					     .ifindex = interface->ifindex };
	event->link = link;
	event->watch = w->id;
	event->what = what;
	memcpy(event->name, interface->name, sizeof(event->name));
}

/* Asked for before anything is done of which the host has to be told. */
static struct notice *new_notice(struct watch *w)
{
	struct notice *notice = calloc(1, sizeof(*notice));

	if (!notice)
		w->behind = true;
	return notice;
}

/* Kept until the host polls: attaching happens outside of a poll, too. */
static void tell(struct watch *w, struct notice *notice, const struct interface *interface, enum ebpfi_link_what what, int link,
		 const char *reason)
{
	struct notice **at;

	fill_event(w, &notice->event, interface, what, link);
	snprintf(notice->event.reason, sizeof(notice->event.reason), "%s", reason);
	for (at = &w->notices; *at; at = &(*at)->next)
		;
	*at = notice;
}

static void deliver(struct watch *w)
{
	struct ebpfi *s = w->session;
	struct notice *notice;

	while (!s->stopped && (notice = w->notices)) {
		w->notices = notice->next;
		s->delivered++;
		s->stopped = s->fn && s->fn(s->ctx, &notice->event.event);
		free(notice);
	}
}

/* What is asked for is of no interest: its answer makes the descriptor readable. */
static void be_ready(const struct watch *w)
{
	struct ifinfomsg loopback = { .ifi_family = AF_UNSPEC, .ifi_index = 1 };
	struct netlink_request r;

	netlink_begin(&r, RTM_GETLINK, 0, &loopback, sizeof(loopback));
	netlink_send(w->source.fd, &r);
}

static void attach(struct watch *w, struct known *known)
{
	struct ebpfi *s = w->session;
	struct notice *notice = new_notice(w);
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
		tell(w, notice, &known->now, EBPFI_LINK_ATTACHED, link->id, "");
		return;
	}
	known->tried = known->now;
	if (err != -ENODEV)
		tell(w, notice, &known->now, EBPFI_LINK_FAILED, 0, s->error);
	else
		free(notice);
}

/* False without memory: the link is still known, and a listing comes back to it. */
static bool detach(struct watch *w, struct known *known, const char *reason)
{
	struct link *link = link_find(w->session, known->link);
	struct notice *notice = link ? new_notice(w) : NULL;

	if (link && !notice)
		return false;
	if (link) {
		tell(w, notice, &link->interface, EBPFI_LINK_VANISHED, link->id, reason);
		link_remove(w->session, link, true);
	}
	known->link = 0;
	return true;
}

static void rename_link(struct watch *w, struct known *known)
{
	struct link *link = link_find(w->session, known->link);
	struct notice *notice;

	if (!link || !strcmp(link->interface.name, known->now.name))
		return;
	notice = new_notice(w);
	if (!notice)
		return;
	link->interface = known->now;
	tell(w, notice, &known->now, EBPFI_LINK_RENAMED, link->id, "");
}

/* A refusal stands while nothing has changed that it may have been for. */
static bool is_worth_trying(const struct known *known)
{
	return !known->tried.ifindex || known->tried.up != known->now.up || known->tried.mtu != known->now.mtu ||
	       strcmp(known->tried.name, known->now.name);
}

static void settle(struct watch *w, struct known *known)
{
	bool matches = w->pattern && !fnmatch(w->pattern, known->now.name, 0);
	char reason[64];

	if (!w->pattern)
		link_set_layer(w->session, w->module, known->now.ifindex, known->now.link);
	snprintf(reason, sizeof(reason), "it was renamed to %s", known->now.name);
	if (known->link && !matches)
		detach(w, known, reason);
	else if (known->link)
		rename_link(w, known);
	else if (matches && is_worth_trying(known))
		attach(w, known);
}

/* False without memory. */
static bool forget(struct watch *w, struct known **at)
{
	struct known *known = *at;

	if (!detach(w, known, "the interface is gone"))
		return false;
	if (!w->pattern)
		link_set_layer(w->session, w->module, known->now.ifindex, LINK_ETHERNET);
	*at = known->next;
	free(known);
	return true;
}

static struct known **find(struct watch *w, uint32_t ifindex)
{
	struct known **at;

	for (at = &w->known; *at && (*at)->now.ifindex != ifindex; at = &(*at)->next)
		;
	return at;
}

static struct known *learn(struct watch *w, const struct interface *interface)
{
	struct known **at = find(w, interface->ifindex);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (*at) {
		(*at)->now = *interface;
		(*at)->listed = true;
	} else {
		w->behind = true;
	}
	return *at;
}

static void take_message(struct watch *w, const struct nlmsghdr *message)
{
	struct interface interface;
	struct known **at, *known;

	if (!interface_read(message, &interface))
		return;
	if (message->nlmsg_type == RTM_NEWLINK) {
		known = learn(w, &interface);
		if (known)
			settle(w, known);
		return;
	}
	at = find(w, interface.ifindex);
	if (*at)
		forget(w, at);
}

static void take_listed(void *ctx, const struct nlmsghdr *message)
{
	struct interface interface;

	if (interface_read(message, &interface))
		learn(ctx, &interface);
}

/* A listing that was interrupted by changes may leave out interfaces that are there. */
static bool is_gone(const struct watch *w, const struct known *known)
{
	return !known->listed && interface_ask(w->netns->netlink, known->now.ifindex, NULL, NULL) == -ENODEV;
}

/* Attaching uses the socket that lists, so it waits until the listing is complete. */
static int list(struct watch *w)
{
	struct known *known, **at;
	int err;

	w->behind = false;
	for (known = w->known; known; known = known->next)
		known->listed = false;
	err = interface_ask_all(w->netns->netlink, take_listed, w);
	for (at = &w->known; !err && *at;)
		if (!is_gone(w, *at) || !forget(w, at))
			at = &(*at)->next;
	for (known = w->known; known; known = known->next)
		settle(w, known);
	return err;
}

/* Messages were lost. Those that are left are older than the listing that makes up for them. */
static void resynchronize(struct watch *w, const char *why)
{
	char byte;

	ebpfi_log(w->session, EBPFI_LOG_INFO, "%s: listing the interfaces anew", why);
	while (recv(w->source.fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
	list(w);
}

static bool receive(struct watch *w)
{
	char buf[MESSAGES_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *message = (const void *)buf;
	ssize_t n = recv(w->source.fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
	size_t left = n > 0 ? (size_t)n : 0;

	if (n < 0 && errno != ENOBUFS)
		return errno == EINTR;
	if (n < 0 || left > sizeof(buf)) {
		resynchronize(w, "interfaces came and went too fast");
		return true;
	}
	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
		take_message(w, message);
	return true;
}

static void ready(struct ebpfi *s, struct poll_source *source)
{
	struct watch *w = (struct watch *)source;
	int i;

	if (w->behind)
		resynchronize(w, "memory was lacking");
	for (i = 0; i < PER_POLL && receive(w); i++)
		;
	deliver(w);
	if (w->notices || w->behind)
		be_ready(w);
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
	w->source = (struct poll_source){ -1, ready };
	w->session = s;
	w->netns = netns_use(netns);
	w->module = m;
	return w;
}

/* Listens before it lists, so that nothing comes in between. */
static int start(struct watch *w)
{
	int err, fd = netns_listen(w->netns, RTMGRP_LINK);

	w->source.fd = fd;
	err = fd < 0 ? fd : poll_source_add(w->session, &w->source);
	if (!err)
		err = list(w);
	if (!err && w->behind)
		err = -ENOMEM;
	if (!err && w->notices)
		be_ready(w);
	return err ? ebpfi_fail(w->session, err, "cannot watch for interfaces: %s", strerror(-err)) : 0;
}

static int set_request(struct watch *w, const char *pattern, const struct attach_request *request)
{
	w->request = *request;
	w->pattern = strdup(pattern);
	if (request->anchor_name)
		w->request.anchor_name = w->anchor_name = strdup(request->anchor_name);
	return w->pattern && (!request->anchor_name || w->anchor_name) ? 0 : ebpfi_fail(w->session, -ENOMEM, "out of memory");
}

/* The link is the session's from here on: to remove it is all there is to undo. */
static int start_for(struct ebpfi *s, struct link *link, struct watch *w)
{
	int err;

	link->watch = w;
	w->id = link->id;
	err = start(w);
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
	return start_for(s, link, w);
}

int watch_any(struct ebpfi *s, struct link *link, struct module *m)
{
	struct watch *w = new_watch(s, link->netns, m);

	if (w)
		return start_for(s, link, w);
	link_remove(s, link, true);
	return -ENOMEM;
}

static int replace_made(struct watch *w, struct link *link, struct module *m)
{
	struct link *made;
	int err = 0;

	for (made = w->session->links; made && !err; made = made->next)
		if (made->watch_id == w->id)
			err = link_replace(w->session, made, m);
	if (!err)
		link->inspector = m->name;
	return err;
}

/* The new module must know the link layers before its program runs. */
static int replace_any(struct watch *w, struct link *link, struct module *m)
{
	struct known *known;

	for (known = w->known; known; known = known->next)
		link_set_layer(w->session, m, known->now.ifindex, known->now.link);
	return link_replace(w->session, link, m);
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

static void remove_links(struct ebpfi *s, int id)
{
	struct link *link, *next;

	for (link = s->links; link; link = next) {
		next = link->next;
		if (link->watch_id == id)
			link_remove(s, link, true);
	}
}

void watch_free(struct ebpfi *s, struct watch *w)
{
	struct notice *notice;
	struct known *known;

	if (!w)
		return;
	if (w->source.fd >= 0) {
		poll_source_remove(s, &w->source);
		close(w->source.fd);
	}
	if (w->id)
		remove_links(s, w->id);
	while ((notice = w->notices)) {
		w->notices = notice->next;
		free(notice);
	}
	while ((known = w->known)) {
		w->known = known->next;
		free(known);
	}
	netns_leave(w->netns);
	free(w->anchor_name);
	free(w->pattern);
	free(w);
}

const char *watches_interface_name(const struct ebpfi *s, uint32_t ifindex)
{
	const struct link *link;
	struct known *known;

	for (link = s->links; link; link = link->next) {
		if (!link->watch || link->watch->pattern)
			continue;
		known = *find(link->watch, ifindex);
		if (known)
			return known->now.name;
	}
	return NULL;
}

static const char *what_str(uint32_t what)
{
	static const char *const words[] = { "changed", "attached", "failed", "renamed", "vanished" };

	return words[what < sizeof(words) / sizeof(words[0]) ? what : 0];
}

static void put_str(struct text *t, const struct ebpfi_event *head)
{
	const struct ebpfi_link_event *event = (const struct ebpfi_link_event *)head;

	text_put(t, "interface ");
	text_put(t, what_str(event->what));
	if (event->link)
		text_printf(t, ", link %d", event->link);
	if (*event->reason) {
		text_put(t, ": ");
		text_put(t, event->reason);
	}
}

static void put_json(struct json *j, const struct ebpfi_event *head)
{
	const struct ebpfi_link_event *event = (const struct ebpfi_link_event *)head;

	json_string(j, "event.name", "ebpfi.link");
	json_string(j, "ebpfi.link.state", what_str(event->what));
	if (event->link)
		json_uint(j, "ebpfi.link.id", (uint64_t)event->link);
	json_uint(j, "ebpfi.watch.id", (uint64_t)event->watch);
	if (*event->reason)
		json_string(j, "error.message", event->reason);
}

const struct inspector link_events = {
	.name = "link", .event_size = sizeof(struct ebpfi_link_event), .str = put_str, .json = put_json
};

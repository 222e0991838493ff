/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "attach.h"

#include <errno.h>
#include <string.h>

#include "bundled.h"
#include "link_monitor.h"
#include "opts.h"
#include "plan.h"
#include "watch.h"

static int check_opts(struct ebpfi *s, struct ebpfi_attach_opts *opts, const struct ebpfi_attach_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	if (err)
		return ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_attach_opts)");
	if ((unsigned int)opts->hook >= HOOK_COUNT)
		return ebpfi_fail(s, -EINVAL, "there is no hook number %d", (int)opts->hook);
	if (opts->watch && opts->pin)
		return ebpfi_fail(s, -EINVAL,
				  "a watch cannot be pinned: it makes a link per interface, and a pin holds one link");
	return 0;
}

/* Checks before anything is loaded: a missing right is reported for the hook, not for a map. */
static int make_request(struct ebpfi *s, struct module *m, const struct ebpfi_attach_opts *opts, struct attach_request *request)
{
	int err;

	*request = (struct attach_request){ .choice = { opts->hook, opts->program, false },
					    .mode = opts->mode,
					    .order = opts->order,
					    .anchor = opts->anchor,
					    .anchor_name = opts->anchor_name,
					    .revision = opts->revision,
					    .pin = opts->pin };
	err = module_choose(s, m, &request->choice);
	if (m->inspector)
		request->choice.program = NULL; /* the hook chooses it; the string belongs to the host */
	if (!err)
		err = plan_check_request(s, request);
	return err ? err : plan_check_rights(s, request->choice.hook);
}

static int attach_one(struct ebpfi *s, struct netns *netns, struct module *m, const struct interface *interface,
		      const struct attach_request *request)
{
	struct link_monitor *monitor;
	struct link *link;
	int err = link_monitor_new(s, netns, &monitor);

	if (err)
		return err;
	link = link_attach(s, netns, interface, m, request, &err);
	if (!link) {
		link_monitor_free(monitor);
		return err;
	}
	link_monitor_start(monitor, link);
	return link->id;
}

static int attach_to_any(struct ebpfi *s, struct netns *netns, struct module *m, const struct attach_request *request)
{
	struct interface any = interface_any();
	struct link *link;
	int err;

	if (request->choice.hook != EBPFI_HOOK_SOCKET)
		return ebpfi_fail(s, -EOPNOTSUPP,
				  "\"any\" is for the socket filter: attach to %s by an interface's name, or watch \"*\"",
				  plan_hook_words(request->choice.hook));
	link = link_attach(s, netns, &any, m, request, &err);
	return link ? watch_any(s, link, m) : err;
}

/* Looks the interface up first: a wrong name is the most likely mistake. */
static int attach_in_netns(struct ebpfi *s, struct netns *netns, const char *name, const char *pattern,
			   const struct ebpfi_attach_opts *opts)
{
	bool any = !strcmp(pattern, "any");
	struct interface interface;
	struct module *m;
	struct attach_request request;
	int err = any || opts->watch ? 0 : interface_find(s, netns, pattern, &interface);

	if (err)
		return err;
	m = module_get(s, name, &err);
	if (!m)
		return err;
	err = make_request(s, m, opts, &request);
	if (err)
		return err;
	if (any)
		return attach_to_any(s, netns, m, &request);
	return opts->watch ? watch_pattern(s, netns, pattern, m, &request) : attach_one(s, netns, m, &interface, &request);
}

int ebpfi_attach(struct ebpfi *s, const char *name, const char *interface, const struct ebpfi_attach_opts *theirs)
{
	struct ebpfi_attach_opts opts;
	struct netns *netns;
	int err = check_opts(s, &opts, theirs);

	if (!err)
		err = netns_open(s, opts.netns, opts.netns_pid, &netns);
	if (err)
		return err;
	err = attach_in_netns(s, netns, name, interface, &opts);
	netns_leave(netns);
	return err;
}

int ebpfi_detach(struct ebpfi *s, int id)
{
	struct link *link = link_find(s, id);

	return link ? link_remove(s, link, true) : ebpfi_fail(s, -ENOENT, "there is no link %d", id);
}

int ebpfi_replace(struct ebpfi *s, int id, const char *inspector)
{
	struct link *link = link_find(s, id);
	struct module *m;
	int err;

	if (!link)
		return ebpfi_fail(s, -ENOENT, "there is no link %d", id);
	m = module_get(s, inspector, &err);
	if (!m)
		return err;
	return link->watch ? watch_replace(s, link, m) : link_replace(s, link, m);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Checks one interface without changing it. The driver says whether XDP would attach; nothing is attached. */
#include <stdio.h>
#include <string.h>

#include "link_type.h"
#include "netdev.h"
#include "plan.h"
#include "preflight.h"
#include "rights.h"
#include "text.h"

struct hook {
	const char *id, *name;
	const struct interface *interface;
	struct netns *netns;
	enum ebpfi_hook hook;
};

static void check_link(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.link", .name = "link layer", .state = EBPFI_CHECK_YES };

	f.value = interface->link == LINK_ETHERNET ? "Ethernet" : "none, IP";
	report_add(r, &f);
}

static void check_up(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.up", .name = "up", .state = EBPFI_CHECK_YES };
	char why[64];

	if (!interface->up)
		f.state = EBPFI_CHECK_NO;
	snprintf(why, sizeof(why), "it is down: ip link set %s up", interface->name);
	f.why = why;
	report_add(r, &f);
}

static void check_driver(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.driver", .name = "driver", .state = EBPFI_CHECK_YES };
	char driver[32];

	f.value = driver;
	if (netdev_driver(interface->name, driver, sizeof(driver)))
		f = (struct finding){ f.id, f.name, NULL, "the driver does not report its name", EBPFI_CHECK_UNKNOWN };
	report_add(r, &f);
}

static void check_mtu(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.mtu", .name = "MTU", .state = EBPFI_CHECK_YES };
	char value[16];

	snprintf(value, sizeof(value), "%u", interface->mtu);
	f.value = value;
	report_add(r, &f);
}

/* Drivers report it since 6.3. A trial would disturb drivers that reset their queues. */
static void check_native(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.xdp.native", .name = "XDP in the driver" };
	uint64_t features = 0;

	f.why = "drivers report it since Linux 6.3; attach to find out: generic XDP is used if it does not work";
	if (!netdev_xdp_features(interface->ifindex, &features)) {
		f.state = features & NETDEV_XDP_BASIC ? EBPFI_CHECK_YES : EBPFI_CHECK_NO;
		f.value = features & NETDEV_XDP_FRAGS ? "jumbo frames, too" : NULL;
		f.why = "this driver has none, or not with its present queues: generic XDP is used instead";
	}
	report_add(r, &f);
}

static void check_generic(struct report *r)
{
	struct finding f = { .id = "interface.xdp.generic", .name = "generic XDP", .state = EBPFI_CHECK_YES };

	f.value = "any driver";
	report_add(r, &f);
}

/* Lists the other programs on the hook on one line, without "before": our program is not attached. */
static void list_others(const struct hook *h, char *list, size_t size)
{
	struct link link = { .interface = *h->interface, .netns = h->netns, .hook = h->hook, .fd = -1, .program_fd = -1 };
	struct text t = text_in(link.others, sizeof(link.others));
	char *line, *rest = link.others;

	link.mode = plan_mode(h->hook, 0);
	link.mode->others(&link, &t);
	t = text_in(list, size);
	while ((line = strsep(&rest, "\n")))
		text_printf(&t, "%s%s", t.at > list ? "; " : "", line + (strncmp(line, "before: ", 8) ? 0 : 8));
}

/* XDP has room for one program. */
static void check_xdp(struct report *r, const struct hook *h)
{
	struct finding f = { .id = h->id, .name = h->name, .state = EBPFI_CHECK_YES };
	char value[1024];

	list_others(h, value, sizeof(value));
	if (*value)
		f.state = EBPFI_CHECK_NO;
	f.value = value;
	f.why = "XDP has room for one program: use tc, or detach that one";
	report_add(r, &f);
}

/* tc has room for many. */
static void check_tc(struct report *r, const struct hook *h)
{
	struct finding f = { .id = h->id, .name = h->name, .state = EBPFI_CHECK_YES };
	char value[1024];

	list_others(h, value, sizeof(value));
	if (rights_lacking(RIGHT_NET_ADMIN))
		f.state = EBPFI_CHECK_UNKNOWN;
	f.value = *value ? value : "no other program";
	f.why = rights_missing(RIGHT_NET_ADMIN);
	report_add(r, &f);
}

static void check_hooks(struct report *r, const struct interface *interface, struct netns *netns)
{
	const struct hook hooks[] = {
		{ "interface.xdp.free", "XDP hook free", interface, netns, EBPFI_HOOK_XDP },
		{ "interface.tc.ingress", "tc ingress", interface, netns, EBPFI_HOOK_TC },
		{ "interface.tc.egress", "tc egress", interface, netns, EBPFI_HOOK_TC_EGRESS },
	};

	check_xdp(r, &hooks[0]);
	check_tc(r, &hooks[1]);
	check_tc(r, &hooks[2]);
}

static void check_interface(struct report *r, const struct interface *interface, struct netns *netns)
{
	check_link(r, interface);
	check_up(r, interface);
	check_driver(r, interface);
	check_mtu(r, interface);
	check_native(r, interface);
	check_generic(r);
	check_hooks(r, interface, netns);
}

void preflight_interface(struct report *r, struct ebpfi *s, const char *name)
{
	struct finding f = { .id = "interface", .name = name };
	struct netns *netns = NULL;
	struct interface interface;
	int err = netns_open(s, NULL, 0, &netns);

	if (!err)
		err = interface_find(s, netns, name, &interface);
	f.state = err ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
	f.why = ebpfi_errmsg(s);
	report_add(r, &f);
	if (!err)
		check_interface(r, &interface, netns);
	if (netns)
		netns_leave(netns);
}

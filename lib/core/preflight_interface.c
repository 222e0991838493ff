/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One interface, looked at and not touched: whether XDP attaches is what its driver says, not tried. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "interface.h"
#include "libbpf_log.h"
#include "netdev.h"
#include "probe.h"
#include "report.h"
#include "rights.h"
#include "text.h"

enum { PROGRAMS_MAX = 64 };

static void check_link(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.link", .name = "link layer", .state = EBPFI_CHECK_YES };

	f.value = interface->has_link ? "Ethernet" : "none, IP";
	report_add(r, &f);
}

static void check_up(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.up", .name = "up", .state = EBPFI_CHECK_YES };
	char why[64];

	if (netdev_is_up(interface->name) != 1)
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
		f = (struct finding){ f.id, f.name, NULL, "the driver does not tell its name", EBPFI_CHECK_UNKNOWN };
	report_add(r, &f);
}

static void check_mtu(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.mtu", .name = "MTU", .state = EBPFI_CHECK_YES };
	char value[16];
	int mtu = 0;

	if (netdev_mtu(interface->name, &mtu))
		f.state = EBPFI_CHECK_UNKNOWN;
	snprintf(value, sizeof(value), "%d", mtu);
	f.value = value;
	f.why = "the interface does not tell its MTU";
	report_add(r, &f);
}

/* Before 6.3 no driver tells, and attaching in order to see would disturb those that reset their queues. */
static void check_native(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.xdp.native", .name = "XDP in the driver" };
	uint64_t features = 0;

	f.why = "drivers tell it since Linux 6.3; attach to see, generic XDP is used where it does not work";
	if (!netdev_xdp_features(interface->ifindex, &features)) {
		f.state = features & NETDEV_XDP_BASIC ? EBPFI_CHECK_YES : EBPFI_CHECK_NO;
		f.value = features & NETDEV_XDP_FRAGS ? "jumbo frames, too" : NULL;
		f.why = "this driver has none, or not with its present queues; generic XDP is used instead";
	}
	report_add(r, &f);
}

static void check_generic(struct report *r)
{
	struct finding f = { .id = "interface.xdp.generic", .name = "generic XDP", .state = EBPFI_CHECK_YES };

	f.value = "any driver";
	report_add(r, &f);
}

static void put_mode(struct text *t, const char *start, const char *mode, uint32_t id)
{
	if (id)
		text_printf(t, "%sprogram %u, %s", t->at > start ? "; " : "", id, mode);
}

/* The hook has room for one. */
static void check_xdp(struct report *r, const struct interface *interface)
{
	struct finding f = { .id = "interface.xdp.free", .name = "XDP hook free", .state = EBPFI_CHECK_UNKNOWN };
	struct probe_xdp there = { 0 };
	char value[128];
	struct text t = text_in(value, sizeof(value));
	int err = probe_xdp_programs(interface->ifindex, &there);

	put_mode(&t, value, "native", there.native);
	put_mode(&t, value, "generic", there.generic);
	put_mode(&t, value, "in hardware", there.hardware);
	f.value = value;
	f.why = err ? strerror(-err) : "another program is attached, and XDP has room for one: use tc, or detach it";
	if (!err)
		f.state = *value ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
	report_add(r, &f);
}

/* tc has room for all. */
static void check_tcx(struct report *r, const struct interface *interface, unsigned int egress)
{
	struct finding f = { .id = egress ? "interface.tc.egress" : "interface.tc.ingress",
			     .name = egress ? "tcx egress" : "tcx ingress" };
	uint32_t i, ids[PROGRAMS_MAX], count = PROGRAMS_MAX;
	char value[512];
	struct text t = text_in(value, sizeof(value));
	int err = probe_tcx_programs(interface->ifindex, egress, ids, &count);

	for (i = 0; i < count; i++)
		text_printf(&t, "%s%u", i ? ", " : "programs ", ids[i]);
	f.value = count ? value : "no other program";
	f.state = EBPFI_CHECK_YES;
	if (err)
		f = (struct finding){ f.id, f.name, NULL, NULL, EBPFI_CHECK_UNKNOWN };
	f.why = err == -EPERM    ? rights_missing(RIGHT_NET_ADMIN)
		: err == -EINVAL ? "came with Linux 6.6; \"tc filter show\" lists clsact's programs"
				 : strerror(-err);
	report_add(r, &f);
}

void preflight_interface(struct report *r, struct ebpfi *s, const char *name)
{
	struct finding f = { .id = "interface", .name = name };
	struct interface interface;

	f.state = interface_find(s, name, &interface) ? EBPFI_CHECK_NO : EBPFI_CHECK_YES;
	f.why = ebpfi_errmsg(s);
	report_add(r, &f);
	if (f.state != EBPFI_CHECK_YES)
		return;
	check_link(r, &interface);
	check_up(r, &interface);
	check_driver(r, &interface);
	check_mtu(r, &interface);
	check_native(r, &interface);
	check_generic(r);
	libbpf_log_begin(s);
	check_xdp(r, &interface);
	check_tcx(r, &interface, 0);
	check_tcx(r, &interface, 1);
	libbpf_log_end();
}

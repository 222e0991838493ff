/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "rights.h"

enum { MODES_MAX = 2 };

static const struct {
	const char *words;
	unsigned int rights;
	const struct mode *modes[MODES_MAX];
} plans[HOOK_COUNT] = {
	[EBPFI_HOOK_ANY] = { "no hook", 0, { NULL } },
	[EBPFI_HOOK_XDP] = { "XDP", RIGHT_BPF | RIGHT_NET_ADMIN, { &mode_xdp_native, &mode_xdp_generic } },
	[EBPFI_HOOK_TC] = { "tc ingress", RIGHT_BPF | RIGHT_NET_ADMIN, { &mode_tcx, &mode_clsact } },
	[EBPFI_HOOK_TC_EGRESS] = { "tc egress", RIGHT_BPF | RIGHT_NET_ADMIN, { &mode_tcx, &mode_clsact } },
	[EBPFI_HOOK_SOCKET] = { "a socket filter", RIGHT_BPF | RIGHT_NET_RAW, { &mode_packet_socket } },
};

const char *plan_hook_words(enum ebpfi_hook hook)
{
	return plans[hook].words;
}

const struct mode *plan_mode(enum ebpfi_hook hook, unsigned int index)
{
	return index < MODES_MAX ? plans[hook].modes[index] : NULL;
}

int plan_check_rights(struct ebpfi *s, enum ebpfi_hook hook)
{
	if (!rights_lacking(plans[hook].rights))
		return 0;
	return ebpfi_fail(s, -EPERM, "cannot attach to %s: %s", plans[hook].words, rights_missing(plans[hook].rights));
}

static int check_anchor(struct ebpfi *s, const struct attach_request *request)
{
	bool relative = request->order == EBPFI_ORDER_BEFORE || request->order == EBPFI_ORDER_AFTER;
	bool named = request->anchor || request->anchor_name;

	if (relative && !named)
		return ebpfi_fail(s, -EINVAL, "before or after which program? set anchor or anchor_name");
	if (!relative && named)
		return ebpfi_fail(s, -EINVAL, "an anchor is for the orders BEFORE and AFTER");
	if (request->anchor && request->anchor_name)
		return ebpfi_fail(s, -EINVAL, "name the anchor by its id or by its name, not both");
	return 0;
}

int plan_check_request(struct ebpfi *s, const struct attach_request *request)
{
	enum ebpfi_hook hook = request->choice.hook;
	bool is_tc = hook == EBPFI_HOOK_TC || hook == EBPFI_HOOK_TC_EGRESS;

	if ((unsigned int)request->order > EBPFI_ORDER_AFTER)
		return ebpfi_fail(s, -EINVAL, "there is no order number %d", (int)request->order);
	if (!is_tc && (request->order || request->anchor || request->anchor_name || request->revision))
		return ebpfi_fail(s, -EINVAL, "there is no order on %s: only tc runs one program after another",
				  plans[hook].words);
	if (request->pin && hook == EBPFI_HOOK_SOCKET)
		return ebpfi_fail(s, -EOPNOTSUPP, "%s cannot be pinned: %s", plans[hook].words, mode_packet_socket.no_pin);
	return check_anchor(s, request);
}

bool plan_is_final(int err)
{
	return err == -EPERM || err == -EBUSY || err == -EEXIST || err == -ESTALE || err == -ENODEV;
}

/* Tries one mode, and adds the reason to `refused` if it fails. */
static int try_mode(struct link *link, const struct mode *mode, const struct attach_request *request, struct text *refused)
{
	int err;

	if (refused->at > link->refused)
		text_put_char(refused, '\n');
	text_printf(refused, "%s: ", mode->name);
	if (request->pin && mode->no_pin) {
		text_printf(refused, "cannot be pinned: %s", mode->no_pin);
		return -EOPNOTSUPP;
	}
	err = mode->attach(link, request, refused);
	if (!err)
		link->mode = mode;
	return err;
}

/* Keeps the reasons with the link only if a later mode worked; cuts the line of the last attempt off. */
static int try_modes(struct link *link, void *arg)
{
	struct text refused = text_in(link->refused, sizeof(link->refused));
	const struct attach_request *request = arg;
	const struct mode *mode;
	int i, err = -EOPNOTSUPP;
	char *before;

	for (i = 0; (mode = plan_mode(link->hook, i)) && err && !plan_is_final(err); i++) {
		if (request->mode && mode->mode != request->mode)
			continue;
		before = refused.at;
		err = try_mode(link, mode, request, &refused);
		if (!err)
			*before = '\0';
	}
	return err;
}

static int fail(struct ebpfi *s, struct link *link, int err)
{
	char *newline;

	if (err == -EPERM && rights_lacking(plans[link->hook].rights))
		return ebpfi_fail(s, err, "cannot attach %s to %s on %s: %s", link->inspector, plans[link->hook].words,
				  link->interface.name, rights_missing(plans[link->hook].rights));
	while ((newline = strchr(link->refused, '\n')))
		*newline = ';';
	return ebpfi_fail(s, err, "cannot attach %s to %s on %s: %s", link->inspector, plans[link->hook].words,
			  link->interface.name,
			  *link->refused ? link->refused : "this hook does not have the mode that was asked for");
}

int plan_run(struct ebpfi *s, struct link *link, const struct attach_request *request)
{
	int err = link_run(link, try_modes, (void *)request);

	return err ? fail(s, link, err) : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "module.h"

static const char *const names[HOOK_COUNT] = {
	[EBPFI_HOOK_ANY] = "capture",         [EBPFI_HOOK_XDP] = "xdp",       [EBPFI_HOOK_TC] = "tc",
	[EBPFI_HOOK_TC_EGRESS] = "tc-egress", [EBPFI_HOOK_SOCKET] = "socket",
};

const char *ebpfi_hook_str(enum ebpfi_hook hook)
{
	return (unsigned int)hook < HOOK_COUNT ? names[hook] : "unknown";
}

int ebpfi_hook_named(const char *name)
{
	int hook;

	for (hook = EBPFI_HOOK_XDP; hook < HOOK_COUNT; hook++)
		if (!strcmp(names[hook], name))
			return hook;
	return -EINVAL;
}

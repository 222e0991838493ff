/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "rights.h"

#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"

static const struct {
	unsigned int right, capability;
	const char *name;
} rights[] = {
	{ RIGHT_BPF, CAP_BPF, "CAP_BPF" },
	{ RIGHT_NET_ADMIN, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ RIGHT_NET_RAW, CAP_NET_RAW, "CAP_NET_RAW" },
	{ RIGHT_SYS_ADMIN, CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ RIGHT_PERFMON, CAP_PERFMON, "CAP_PERFMON" },
};

enum { COUNT = sizeof(rights) / sizeof(rights[0]) };

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/* CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON and, for bpf(2), CAP_NET_ADMIN. */
unsigned int rights_lacking(unsigned int wanted)
{
	uint64_t have = effective_capabilities();
	unsigned int i, lacking = 0;

	for (i = 0; i < COUNT; i++)
		if (wanted & rights[i].right && !(have >> rights[i].capability & 1))
			lacking |= rights[i].right;
	if (have >> CAP_SYS_ADMIN & 1)
		lacking &= ~(unsigned int)(RIGHT_BPF | RIGHT_PERFMON);
	return lacking;
}

const char *rights_missing(unsigned int wanted)
{
	static _Thread_local char sentence[256];
	struct text t = text_in(sentence, sizeof(sentence));
	unsigned int i, lacking = rights_lacking(wanted);
	const char *joint = "";

	if (!lacking)
		return "the kernel refused although the capabilities are there (a container, a security module or lockdown?)";
	for (i = 0; i < COUNT; i++)
		if (lacking & rights[i].right) {
			text_printf(&t, "%s%s", joint, rights[i].name);
			joint = " and ";
		}
	text_put(&t, " missing: run as root or grant the capability (setcap, systemd AmbientCapabilities)");
	return sentence;
}

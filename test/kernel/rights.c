/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The rights that each hook needs, and the message if one is missing. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "runner.h"
#include "watch.h"

#define BIT(capability) (1ULL << (capability))

static const uint64_t ALL = BIT(CAP_LAST_CAP + 1) - 1;

/* Changes only the effective set: a test can set permitted capabilities again. */
static void set_effective(uint64_t capabilities)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	ck_assert_int_eq(syscall(SYS_capget, &head, data), 0);
	data[0].effective = (uint32_t)capabilities & data[0].permitted;
	data[1].effective = (uint32_t)(capabilities >> 32) & data[1].permitted;
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

static void become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
}

static const struct {
	enum ebpfi_hook hook;
	uint64_t capabilities;
	const char *interface;
} enough[] = {
	{ EBPFI_HOOK_XDP, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), "veth1" },
	{ EBPFI_HOOK_TC, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), "veth1" },
	{ EBPFI_HOOK_TC_EGRESS, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), "veth0" },
	{ EBPFI_HOOK_SOCKET, BIT(CAP_BPF) | BIT(CAP_NET_RAW), "veth1" },
	{ EBPFI_HOOK_TC, BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_ADMIN), "veth1" },
	{ EBPFI_HOOK_SOCKET, BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_RAW), "veth1" },
};

enum { ENOUGH = sizeof(enough) / sizeof(enough[0]) };

/* Without CAP_PERFMON the verifier is stricter. It checks code behind a knob only if the knob is set. */
static void attach_with_few_rights(int i, struct ebpfi_load_opts opts)
{
	struct ebpfi_attach_opts at = { .sz = sizeof(at), .hook = enough[i].hook };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int link;

	opts.sz = sizeof(opts);
	ck_assert_int_eq(ebpfi_load(s, "packet", &opts), 0);
	set_effective(enough[i].capabilities);
	link = ebpfi_attach(s, "packet", enough[i].interface, &at);
	set_effective(ALL);
	ck_assert_msg(link > 0, "%s", ebpfi_errmsg(s));
	lab_send("veth0", udp.bytes, udp.size);
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	set_effective(enough[i].capabilities);
	ebpfi_free(s);
	set_effective(ALL);
}

START_TEST(hook_attaches_with_the_two_capabilities_it_needs)
{
	lab_veth("veth0", "veth1");
	attach_with_few_rights(_i, (struct ebpfi_load_opts){ 0 });
	attach_with_few_rights(_i, (struct ebpfi_load_opts){ .options = (struct ebpfi_option[]){
								     { "snaplen", 65535 }, { "sample", 1 }, { 0 } } });
}
END_TEST

/* A filter with a load at a variable offset, with one byte of the packet, and with scratch memory. */
START_TEST(filter_needs_no_more_rights_than_its_hook)
{
	static const char *const filters[] = { "tcp port 80", "ether multicast",
					       "ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0" };
	struct ebpfi_attach_opts at = { .sz = sizeof(at), .hook = enough[_i].hook };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	size_t i;

	lab_veth("veth0", "veth1");
	set_effective(enough[_i].capabilities);
	ck_assert_msg(ebpfi_attach(s, "packet", enough[_i].interface, &at) > 0, "%s", ebpfi_errmsg(s));
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		ck_assert_msg(!ebpfi_set_filter(s, "packet", filters[i]), "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
	set_effective(ALL);
}
END_TEST

static const struct {
	enum ebpfi_hook hook;
	uint64_t capabilities;
	const char *sentence;
} lacking[] = {
	{ EBPFI_HOOK_XDP, 0, "CAP_BPF and CAP_NET_ADMIN missing" },
	{ EBPFI_HOOK_TC, BIT(CAP_BPF), "CAP_NET_ADMIN missing" },
	{ EBPFI_HOOK_TC_EGRESS, BIT(CAP_NET_ADMIN), "CAP_BPF missing" },
	{ EBPFI_HOOK_SOCKET, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), "CAP_NET_RAW missing" },
	{ EBPFI_HOOK_SOCKET, BIT(CAP_NET_RAW), "CAP_BPF missing" },
	{ EBPFI_HOOK_XDP, BIT(CAP_SYS_ADMIN), "CAP_NET_ADMIN missing" },
};

enum { LACKING = sizeof(lacking) / sizeof(lacking[0]) };

START_TEST(missing_capability_is_named)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = lacking[_i].hook };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	set_effective(lacking[_i].capabilities);
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ck_assert_msg(strstr(ebpfi_errmsg(s), lacking[_i].sentence) != NULL, "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_capabilities_are_named_to_an_unprivileged_user)
{
	static const char *const words[] = { "CAP_BPF and CAP_NET_RAW", "CAP_BPF and CAP_NET_ADMIN",
					     "CAP_BPF and CAP_NET_ADMIN", "CAP_BPF and CAP_NET_ADMIN",
					     "CAP_BPF and CAP_NET_RAW" };
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = _i };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	become_nobody();
	ck_assert_int_eq(ebpfi_attach(s, "packet", "lo", &opts), -EPERM);
	ck_assert_msg(strstr(ebpfi_errmsg(s), words[_i]) != NULL, "%s", ebpfi_errmsg(s));
	ck_assert_ptr_null(strchr(ebpfi_errmsg(s), '\n'));
	ck_assert_int_eq(ebpfi_poll(s, 0), 0);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const with[] = { hook_attaches_with_the_two_capabilities_it_needs,
				      filter_needs_no_more_rights_than_its_hook };
	const TTest *const without[] = { missing_capability_is_named };
	const TTest *const nobody[] = { missing_capabilities_are_named_to_an_unprivileged_user };

	lab_require();
	return RUN_LOOPS("few rights", lab_setup, with, ENOUGH) | RUN_LOOPS("too few", lab_setup, without, LACKING) |
	       RUN_LOOPS("none", lab_setup, nobody, EBPFI_HOOK_SOCKET + 1);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libbpf_log.h"
#include "module.h"
#include "opts.h"
#include "rights.h"

enum { MODES_MAX = 3 };

/* In the order in which they are tried. */
static const struct mode *const plans[HOOK_COUNT][MODES_MAX] = {
	[EBPFI_HOOK_XDP] = { &mode_xdp_native, &mode_xdp_generic },
	[EBPFI_HOOK_TC] = { &mode_tcx, &mode_clsact },
	[EBPFI_HOOK_TC_EGRESS] = { &mode_tcx, &mode_clsact },
	[EBPFI_HOOK_SOCKET] = { &mode_packet_socket },
};

static const unsigned int rights_of_hook[HOOK_COUNT] = {
	[EBPFI_HOOK_XDP] = RIGHT_BPF | RIGHT_NET_ADMIN,
	[EBPFI_HOOK_TC] = RIGHT_BPF | RIGHT_NET_ADMIN,
	[EBPFI_HOOK_TC_EGRESS] = RIGHT_BPF | RIGHT_NET_ADMIN,
	[EBPFI_HOOK_SOCKET] = RIGHT_BPF | RIGHT_NET_RAW,
};

static const char *const hook_names[HOOK_COUNT] = { "capture", "xdp", "tc", "tc-egress", "socket" };

const char *ebpfi_hook_str(enum ebpfi_hook hook)
{
	return (unsigned int)hook < HOOK_COUNT ? hook_names[hook] : "unknown";
}

int ebpfi_hook_named(const char *name)
{
	int hook;

	for (hook = EBPFI_HOOK_XDP; hook < HOOK_COUNT; hook++)
		if (!strcmp(hook_names[hook], name))
			return hook;
	return -EINVAL;
}

static const char *hook_words(enum ebpfi_hook hook)
{
	static const char *const words[HOOK_COUNT] = { "", "XDP", "tc ingress", "tc egress", "a socket filter" };

	return words[hook];
}

/* Tries one mode, and notes why it was refused. */
static int try_mode(struct link *link, const struct mode *mode, int program_fd, struct text *refused)
{
	int err;

	if (refused->at > link->refused)
		text_put_char(refused, '\n');
	text_put(refused, mode->name);
	text_put(refused, ": ");
	err = mode->attach(link, program_fd, refused);
	if (!err)
		link->mode = mode;
	return err;
}

/* The refusals stay with the link only where a later mode worked; the last attempt's own line is cut off. */
static int run_plan(struct link *link, int program_fd, enum ebpfi_mode wanted)
{
	struct text refused = text_in(link->refused, sizeof(link->refused));
	const struct mode *const *plan = plans[link->hook];
	int i, err = -EOPNOTSUPP;
	char *before;

	for (i = 0; i < MODES_MAX && plan[i] && err && err != -EPERM && err != -EBUSY; i++) {
		if (wanted && plan[i]->mode != wanted)
			continue;
		before = refused.at;
		err = try_mode(link, plan[i], program_fd, &refused);
		if (!err)
			*before = '\0';
	}
	return err;
}

static int fail_attach(struct ebpfi *s, struct link *link, int err)
{
	char *newline;

	if (err == -EPERM)
		return ebpfi_fail(s, err, "cannot attach %s to %s on %s: %s", link->inspector, hook_words(link->hook),
				  link->interface.name, rights_missing(rights_of_hook[link->hook]));
	while ((newline = strchr(link->refused, '\n')))
		*newline = ';';
	return ebpfi_fail(s, err, "cannot attach %s to %s on %s: %s", link->inspector, hook_words(link->hook),
			  link->interface.name,
			  *link->refused ? link->refused : "this hook does not have the mode that was asked for");
}

static int attach_link(struct ebpfi *s, struct link *link, struct module *m, const struct choice *choice,
		       enum ebpfi_mode wanted)
{
	int err, program_fd = module_program(s, m, choice);

	if (program_fd < 0)
		return program_fd;
	if (!link->interface.has_link) {
		err = module_add_l3(s, m, link->interface.ifindex);
		if (err)
			return err;
	}
	link->program_fd = program_fd;
	libbpf_log_begin(s);
	err = run_plan(link, program_fd, wanted);
	libbpf_log_end();
	return err ? fail_attach(s, link, err) : 0;
}

static int check_opts(struct ebpfi *s, struct ebpfi_attach_opts *opts, const struct ebpfi_attach_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	if (err)
		return ebpfi_fail(
			s, err,
			"the attach options are not of this library's kind: set sz to sizeof(struct ebpfi_attach_opts)");
	if ((unsigned int)opts->hook >= HOOK_COUNT)
		return ebpfi_fail(s, -EINVAL, "there is no hook number %d", (int)opts->hook);
	return 0;
}

static struct link *link_new(struct ebpfi *s, const char *inspector, const struct interface *interface, enum ebpfi_hook hook)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	link->inspector = inspector;
	link->interface = *interface;
	link->hook = hook;
	link->fd = link->slot_fd = -1;
	return link;
}

static int keep_link(struct ebpfi *s, struct link *link)
{
	link->id = s->next_link++;
	link->next = s->links;
	s->links = link;
	return link->id;
}

/* Before anything is loaded: a right that is missing is told in one sentence about the hook, not about a map. */
static int check_rights(struct ebpfi *s, enum ebpfi_hook hook)
{
	if (!rights_lacking(rights_of_hook[hook]))
		return 0;
	return ebpfi_fail(s, -EPERM, "cannot attach to %s: %s", hook_words(hook), rights_missing(rights_of_hook[hook]));
}

static int attach_to(struct ebpfi *s, struct module *m, const struct interface *interface, const struct choice *choice,
		     enum ebpfi_mode mode)
{
	struct link *link = link_new(s, m->name, interface, choice->hook);
	int err;

	if (!link)
		return -ENOMEM;
	err = attach_link(s, link, m, choice, mode);
	if (!err)
		return keep_link(s, link);
	free(link);
	return err;
}

int ebpfi_attach(struct ebpfi *s, const char *name, const char *interface_name, const struct ebpfi_attach_opts *theirs)
{
	struct ebpfi_attach_opts opts;
	struct interface interface;
	struct choice choice;
	struct module *m;
	int err = check_opts(s, &opts, theirs);

	if (!err)
		err = interface_find(s, interface_name, &interface);
	if (err)
		return err;
	m = module_get(s, name);
	if (!m)
		return -ENOENT;
	choice = (struct choice){ opts.hook, opts.program };
	err = module_choose(s, m, &choice);
	if (!err)
		err = check_rights(s, choice.hook);
	return err ? err : attach_to(s, m, &interface, &choice, opts.mode);
}

static void link_free(struct link *link)
{
	if (link->mode->detach)
		link->mode->detach(link);
	if (link->fd >= 0)
		close(link->fd);
	if (link->slot_fd >= 0)
		close(link->slot_fd);
	free(link);
}

/* Where the pointer to a link is; it points to NULL when there is no such link. */
static struct link **find_link(struct ebpfi *s, int id)
{
	struct link **at;

	for (at = &s->links; *at && (*at)->id != id; at = &(*at)->next)
		;
	return at;
}

int ebpfi_detach(struct ebpfi *s, int id)
{
	struct link **at = find_link(s, id), *link = *at;

	if (!link)
		return ebpfi_fail(s, -ENOENT, "there is no link %d", id);
	*at = link->next;
	libbpf_log_begin(s);
	link_free(link);
	libbpf_log_end();
	return 0;
}

int ebpfi_link_info(struct ebpfi *s, int id, struct ebpfi_link_info *info)
{
	const struct link *link = *find_link(s, id);
	struct ebpfi_link_info ours = { 0 };

	if (!link)
		return ebpfi_fail(s, -ENOENT, "there is no link %d", id);
	ours.hook = link->hook;
	ours.mode = link->mode->mode;
	ours.ifindex = link->interface.ifindex;
	ours.interface = link->interface.name;
	ours.inspector = link->inspector;
	ours.refused = link->refused;
	if (opts_write(info, &ours, sizeof(ours)))
		return ebpfi_fail(s, -EINVAL, "set sz of struct ebpfi_link_info");
	return 0;
}

void links_free(struct ebpfi *s)
{
	while (s->links)
		ebpfi_detach(s, s->links->id);
}

const char *links_interface_name(const struct ebpfi *s, uint32_t ifindex)
{
	const struct link *link;

	for (link = s->links; link && link->interface.ifindex != ifindex; link = link->next)
		;
	return link ? link->interface.name : NULL;
}

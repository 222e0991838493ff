/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "link_pin.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpfcall.h"
#include "plan.h"

static void parent_of(const char *path, char parent[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(parent, PATH_MAX, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
}

int link_pin_check(struct ebpfi *s, const char *path)
{
	char parent[PATH_MAX];
	struct statfs fs;

	parent_of(path, parent);
	if (statfs(parent, &fs))
		return ebpfi_fail(s, -errno, "cannot pin at %s: %s", path, strerror(errno));
	if ((unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	return ebpfi_fail(s, -EINVAL, "cannot pin at %s: no bpf file system is mounted there (mount -t bpf bpf /sys/fs/bpf)",
			  path);
}

/* Finds the mode of the link's program. Fails for an interface of the same index in another namespace: its hook lacks the program. */
static int find_mode(struct link *link, void *arg)
{
	const struct bpfcall_link *info = arg;
	const struct mode *mode;
	int i;

	for (i = 0; (mode = plan_mode(link->hook, i)); i++)
		if (!mode->no_pin && mode->holds(link, info->program_id))
			link->mode = mode;
	return link->mode ? 0 : -EEXIST;
}

static bool is_of_hook(const struct link *link, const struct bpfcall_link *info)
{
	if (link->hook == EBPFI_HOOK_XDP)
		return info->kind == BPFCALL_LINK_XDP;
	return info->kind == BPFCALL_LINK_TCX &&
	       info->point == (link->hook == EBPFI_HOOK_TC ? BPFCALL_TCX_INGRESS : BPFCALL_TCX_EGRESS);
}

static bool is_defunct(const struct bpfcall_link *info)
{
	return (info->kind == BPFCALL_LINK_XDP || info->kind == BPFCALL_LINK_TCX) && !info->ifindex;
}

/* The tag of a program, or of a link's program: a hash of its instructions. Names of other processes' programs need CAP_SYS_ADMIN. */
static bool read_tag(int fd, char tag[17])
{
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "prog_tag: %16s", tag) == 1;
	if (file)
		fclose(file);
	return found;
}

/* A program of an inspector on the link's hook (INSPECTOR() in kernel.h). The kernel keeps 15 characters of a name. */
static bool is_bundled_name(const struct link *link, const char *name)
{
	const char *suffix = link->hook == EBPFI_HOOK_XDP  ? "xdp"
			     : link->hook == EBPFI_HOOK_TC ? "tc_in"
							   : "tc_out",
		   *inspector;
	char ours[64];
	unsigned int i;

	for (i = 0; (inspector = ebpfi_inspector_name(i)); i++) {
		snprintf(ours, sizeof(ours), "%s_%s", inspector, suffix);
		if (!strncmp(name, ours, 15))
			return true;
	}
	return false;
}

/* A link whose interface is gone was ours if it has the program that is being attached, or an inspector's. */
static bool was_ours(const struct link *link, int fd, const struct bpfcall_link *info)
{
	char theirs[17] = "", ours[17] = "";

	if (!is_of_hook(link, info))
		return false;
	if (!bpfcall_program_name(info->program_id, theirs) &&
	    !bpfcall_program_name(bpfcall_program_id(link->program_fd), ours))
		return *theirs && (!strncmp(theirs, ours, 16) || is_bundled_name(link, theirs));
	return read_tag(fd, theirs) && read_tag(link->program_fd, ours) && !strcmp(theirs, ours);
}

static int check_pinned(struct ebpfi *s, struct link *link, int fd, const struct attach_request *request)
{
	struct bpfcall_link info = { 0 };
	int err = bpfcall_link_info(fd, &info);

	if (!err && is_defunct(&info)) {
		if (!was_ours(link, fd, &info))
			return ebpfi_fail(s, -EEXIST,
					  "%s is taken: the interface of the link pinned there is gone, but its program is not "
					  "known to be ours: remove the pin",
					  request->pin);
		unlink(request->pin);
		return -ENOENT;
	}
	if (err || info.ifindex != link->interface.ifindex || !is_of_hook(link, &info) || link_run(link, find_mode, &info))
		return ebpfi_fail(s, -EEXIST, "%s is taken: what is pinned there is not a link of %s on %s", request->pin,
				  plan_hook_words(link->hook), link->interface.name);
	if (request->mode && link->mode->mode != request->mode)
		return ebpfi_fail(s, -EEXIST, "the link pinned at %s is in another mode than asked for: %s", request->pin,
				  link->mode->name);
	return 0;
}

static int put_program(struct ebpfi *s, struct link *link, int fd, const struct attach_request *request)
{
	char words[256];
	struct text why = text_in(words, sizeof(words));
	int err, program_fd = link->program_fd;

	link->fd = fd;
	link->program_fd = -1;
	err = link->mode->replace(link, program_fd, &why);
	link->program_fd = program_fd;
	if (err)
		ebpfi_fail(s, err, "cannot put %s into the link pinned at %s: %s", link->inspector, request->pin, words);
	return err;
}

int link_pin_adopt(struct ebpfi *s, struct link *link, const struct attach_request *request)
{
	int err, fd = bpfcall_get(request->pin);

	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return ebpfi_fail(s, fd, "cannot open the pin %s: %s", request->pin, strerror(-fd));
	err = check_pinned(s, link, fd, request);
	if (!err)
		err = put_program(s, link, fd, request);
	if (!err)
		link->pin = strdup(request->pin);
	if (!err && link->pin)
		return 0;
	close(fd);
	link->fd = -1;
	link->mode = NULL;
	return err ? err : ebpfi_fail(s, -ENOMEM, "out of memory");
}

int link_pin_make(struct ebpfi *s, struct link *link, const char *path)
{
	int err;

	link->pin = strdup(path);
	err = link->pin ? bpfcall_pin(link->fd, path) : -ENOMEM;
	if (!err)
		return 0;
	free(link->pin);
	link->pin = NULL;
	return ebpfi_fail(s, err, "cannot pin at %s: %s", path, strerror(-err));
}

void link_pin_remove(const struct link *link)
{
	struct bpfcall_link ours, there;
	int fd = bpfcall_get(link->pin);

	if (fd < 0)
		return;
	if (!bpfcall_link_info(link->fd, &ours) && !bpfcall_link_info(fd, &there) && there.kind == ours.kind &&
	    there.id == ours.id)
		unlink(link->pin);
	close(fd);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "bpfcall.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel accepts a structure shorter than its own, and reads the rest as zeros. */
static int call(int command, void *attributes, size_t size)
{
	int result = (int)syscall(SYS_bpf, command, attributes, size);

	return result < 0 ? -errno : result;
}

int bpfcall_link_create(int program_fd, uint32_t ifindex, uint32_t point, const struct bpfcall_place *place)
{
	struct {
		uint32_t program_fd, ifindex, point, flags;
		uint32_t anchor, unused;
		uint64_t revision;
	} attributes = { (uint32_t)program_fd, ifindex, point, place->flags, place->program_id, 0, place->revision };

	return call(BPF_LINK_CREATE, &attributes, sizeof(attributes));
}

int bpfcall_link_update(int link_fd, int program_fd, int old_fd)
{
	struct {
		uint32_t link_fd, program_fd, flags, old_fd;
	} attributes = { (uint32_t)link_fd, (uint32_t)program_fd, old_fd < 0 ? 0 : BPF_F_REPLACE,
			 old_fd < 0 ? 0 : (uint32_t)old_fd };

	return call(BPF_LINK_UPDATE, &attributes, sizeof(attributes));
}

int bpfcall_link_detach(int link_fd)
{
	uint32_t attributes = (uint32_t)link_fd;

	return call(BPF_LINK_DETACH, &attributes, sizeof(attributes));
}

static int info_of(int fd, void *info, size_t size)
{
	struct {
		uint32_t fd, size;
		uint64_t info;
	} attributes = { (uint32_t)fd, (uint32_t)size, (uintptr_t)info };

	return call(BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes));
}

int bpfcall_link_info(int link_fd, struct bpfcall_link *info)
{
	struct {
		uint32_t kind, id, program_id, unused;
		uint32_t ifindex, point;
		uint64_t rest[4];
	} theirs = { 0 };
	int err = info_of(link_fd, &theirs, sizeof(theirs));

	if (!err)
		*info = (struct bpfcall_link){ theirs.kind, theirs.id, theirs.program_id, theirs.ifindex, theirs.point };
	return err;
}

uint32_t bpfcall_program_id(int program_fd)
{
	struct bpf_prog_info info = { 0 };

	return info_of(program_fd, &info, sizeof(info)) ? 0 : info.id;
}

/* For a program or a link the kernel would fill in another structure without an error. Without /proc, assumes a map. */
static bool is_other_than_map(int fd)
{
	char path[32], kind[32] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, kind, sizeof(kind) - 1) > 0 && !strstr(kind, "bpf-map");
}

int bpfcall_map_info(int map_fd, struct bpf_map_info *info)
{
	return is_other_than_map(map_fd) ? -EINVAL : info_of(map_fd, info, sizeof(*info));
}

int bpfcall_program_name(uint32_t id, char name[16])
{
	struct {
		uint32_t id, next, flags;
	} attributes = { .id = id };
	struct bpf_prog_info info = { 0 };
	int err, fd = call(BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(attributes));

	if (fd < 0)
		return fd;
	err = info_of(fd, &info, sizeof(info));
	close(fd);
	memcpy(name, info.name, 16);
	return err;
}

int bpfcall_query(uint32_t ifindex, uint32_t point, struct bpfcall_hook *hook)
{
	struct {
		uint32_t ifindex, point, query_flags, attach_flags;
		uint64_t programs;
		uint32_t count, unused;
		uint64_t program_flags, links, link_flags, revision;
	} attributes = {
		.ifindex = ifindex, .point = point, .programs = (uintptr_t)hook->programs, .count = BPFCALL_PROGRAMS_MAX
	};
	int err = call(BPF_PROG_QUERY, &attributes, sizeof(attributes));

	hook->count = err ? 0 : attributes.count;
	hook->revision = err ? 0 : attributes.revision;
	return err;
}

static int path_call(int command, int fd, const char *path)
{
	struct {
		uint64_t path;
		uint32_t fd, flags;
	} attributes = { (uintptr_t)path, (uint32_t)fd, 0 };

	return call(command, &attributes, sizeof(attributes));
}

int bpfcall_pin(int fd, const char *path)
{
	return path_call(BPF_OBJ_PIN, fd, path);
}

int bpfcall_get(const char *path)
{
	return path_call(BPF_OBJ_GET, 0, path);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#pragma once

#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

/* The newest program with a name: the library has no API for program descriptors. */
static inline int newest_program(const char *name)
{
	struct bpf_prog_info info;
	uint32_t id = 0, size;
	int fd, found = -1;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		size = sizeof(info);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, memset(&info, 0, sizeof(info)), &size) || strcmp(info.name, name)) {
			close(fd);
			continue;
		}
		close(found);
		found = fd;
	}
	return found;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "bpf_link.h"

#include <errno.h>
#include <string.h>

#include "bpfcall.h"

/* An update needs no capability: EPERM means that the link has another program than expected. */
static const char *update_words(int err)
{
	switch (err) {
	case -ENOLINK:
		return "the interface is gone";
	case -EPERM:
		return "another process has put its program into the link";
	case -EINVAL:
	case -EEXIST:
		return "the two programs are not of the same kind, or this one is on the hook already";
	}
	return strerror(-err);
}

int bpflink_replace(struct link *link, int program_fd, struct text *why)
{
	int err = bpfcall_link_update(link->fd, program_fd, link->program_fd);

	if (err)
		text_put(why, update_words(err));
	return err;
}

/* Detaches the link even if another process has a descriptor of it. */
int bpflink_detach(struct link *link, struct text *why)
{
	int err = bpfcall_link_detach(link->fd);

	if (err && err != -ENOLINK)
		text_put(why, strerror(-err));
	return err == -ENOLINK ? 0 : err;
}

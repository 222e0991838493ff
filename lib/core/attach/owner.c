/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { NAME_SIZE = 16 }; /* of a mark, in hexadecimal digits */

static const char prefix[] = "ebpfinspect-";

/* An abstract name begins with a zero byte, and its length is that of the address. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
	int n;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "%s%.*s", prefix, NAME_SIZE, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int owner_new_mark(void)
{
	struct sockaddr_un address;
	unsigned long long number;
	char name[NAME_SIZE + 1];
	socklen_t size;
	int err, fd;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return -EAGAIN;
	snprintf(name, sizeof(name), "%016llx", number);
	size = address_of(name, &address);
	fd = open_socket();
	if (fd < 0 || !bind(fd, (struct sockaddr *)&address, size))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void owner_tag(int mark, const char *inspector, char tag[OWNER_TAG_MAX])
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);
	const char *name = "";

	if (mark >= 0 && !getsockname(mark, (struct sockaddr *)&address, &size))
		name = address.sun_path + sizeof(prefix);
	snprintf(tag, OWNER_TAG_MAX, "ebpfi:@%.*s:%d:%s", NAME_SIZE, name, getpid(), inspector);
}

/* connect() to a datagram socket needs no answer from the owner. It fails if the name is not bound. */
static enum owner ask_owner(const char *name)
{
	struct sockaddr_un address;
	socklen_t size = address_of(name, &address);
	int fd = open_socket();
	enum owner owner = OWNER_ALIVE;

	if (fd < 0)
		return owner;
	if (connect(fd, (struct sockaddr *)&address, size) && errno == ECONNREFUSED)
		owner = OWNER_DEAD;
	close(fd);
	return owner;
}

enum owner owner_of(const char *tag)
{
	char name[NAME_SIZE + 1] = "";
	int end = 0;

	if (sscanf(tag, "ebpfi:@%16[0-9a-f]:%n", name, &end) == 1 && end && strlen(name) == NAME_SIZE)
		return ask_owner(name);
	return strncmp(tag, "ebpfi:@:", 8) ? OWNER_OTHER : OWNER_ALIVE;
}

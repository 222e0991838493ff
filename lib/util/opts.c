/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "opts.h"

#include <errno.h>
#include <string.h>

static size_t size_of(const void *theirs)
{
	size_t size;

	memcpy(&size, theirs, sizeof(size));
	return size;
}

int opts_read(void *ours, size_t our_size, const void *theirs)
{
	size_t i, size;

	memset(ours, 0, our_size);
	if (!theirs)
		return 0;
	size = size_of(theirs);
	if (size < sizeof(size))
		return -EINVAL;
	for (i = our_size; i < size; i++)
		if (((const unsigned char *)theirs)[i])
			return -E2BIG;
	memcpy(ours, theirs, size < our_size ? size : our_size);
	return 0;
}

int opts_write(void *theirs, const void *ours, size_t our_size)
{
	size_t size = size_of(theirs);

	if (size < sizeof(size))
		return -EINVAL;
	memset(theirs, 0, size);
	memcpy(theirs, ours, size < our_size ? size : our_size);
	memcpy(theirs, &size, sizeof(size));
	return 0;
}

/* What the program tells and the host reads: fixed widths, no padding, both compilers agree. */
#pragma once
#include <linux/types.h>

struct connection {
	__u32 source, destination; /* addresses and ports as on the wire */
	__u16 source_port, destination_port;
};

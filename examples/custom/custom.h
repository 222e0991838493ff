/* The record that the program writes and the host reads. Fixed widths and no padding: both compilers agree. */
#pragma once
#include <linux/types.h>

struct connection {
	__u32 source, destination; /* addresses and ports in network order */
	__u16 source_port, destination_port;
};

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Includes the C library's header if there is one. Otherwise, and for linux/if.h, defines the one type that Linux's headers need. */
#if !defined(EBPFI_ONLY_SOCKADDR) && !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<sys/socket.h>)
#include_next <sys/socket.h>
#elif !defined(EBPFI_SOCKADDR)
#define EBPFI_SOCKADDR
#include <linux/socket.h>

struct sockaddr {
	__kernel_sa_family_t sa_family;
	char sa_data[14];
};
#endif

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Interface setup. It is not packed; if the host lacks it, this has the parts that linux/if_arp.h and programs need. */
#pragma once
#if defined(EBPFI_PACKS_HEADERS) || !__has_include_next(<linux/if.h>)
#include <sys/socket.h>

#define IFNAMSIZ 16
#elif defined(_SYS_SOCKET_H)
#include_next <linux/if.h>
#else
/* It includes sys/socket.h for one type. The C library's version defines types that linux/time.h and other Linux headers define too. */
#define EBPFI_ONLY_SOCKADDR
#define sockaddr ebpfi_sockaddr
#include_next <linux/if.h>
#undef sockaddr
#undef EBPFI_ONLY_SOCKADDR
#undef EBPFI_SOCKADDR
#endif

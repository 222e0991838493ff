/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* How interfaces are set up. It is not packed, but taken where it is; here is what linux/if_arp.h and programs need of it. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<linux/if.h>)
#include_next <linux/if.h>
#else
#include <sys/socket.h>

#define IFNAMSIZ 16
#endif

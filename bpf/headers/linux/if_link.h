/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What netlink tells of interfaces. linux/if_arp.h includes it and uses nothing of it; it is not packed, but taken where it is. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<linux/if_link.h>)
#include_next <linux/if_link.h>
#endif

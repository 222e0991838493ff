/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* netlink's interface data. linux/if_arp.h includes it but uses nothing, so it is not packed and may be missing. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<linux/if_link.h>)
#include_next <linux/if_link.h>
#endif

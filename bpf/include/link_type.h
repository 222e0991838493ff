/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#pragma once

/* Link layers, by their LINKTYPE_ number; the kernel hooks see the first three only. */
enum link_type {
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
	LINK_OTHER = 147, /* LINKTYPE_USER0: not decoded */
	LINK_NULL = 0,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_LINUX_SLL2 = 276,
};

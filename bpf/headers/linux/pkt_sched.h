/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Setup of queueing disciplines. It is not packed; if the host lacks it, this has the parts that linux/pkt_cls.h and programs need. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<linux/pkt_sched.h>)
#include_next <linux/pkt_sched.h>
#else
#include <linux/types.h>

#define TC_PRIO_BESTEFFORT 0
#define TC_PRIO_FILLER 1
#define TC_PRIO_BULK 2
#define TC_PRIO_INTERACTIVE_BULK 4
#define TC_PRIO_INTERACTIVE 6
#define TC_PRIO_CONTROL 7
#define TC_PRIO_MAX 15

#define TC_H_MAJ_MASK 0xffff0000U
#define TC_H_MIN_MASK 0x0000ffffU
#define TC_H_MAJ(handle) ((handle)&TC_H_MAJ_MASK)
#define TC_H_MIN(handle) ((handle)&TC_H_MIN_MASK)
#define TC_H_MAKE(major, minor) (TC_H_MAJ(major) | TC_H_MIN(minor))
#define TC_H_UNSPEC 0U
#define TC_H_ROOT 0xffffffffU
#define TC_H_INGRESS 0xfffffff1U
#define TC_H_CLSACT TC_H_INGRESS

struct tc_ratespec {
	unsigned char cell_log;
	__u8 linklayer;
	unsigned short overhead;
	short cell_align;
	unsigned short mpu;
	__u32 rate;
};
#endif

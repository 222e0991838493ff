/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Programs of ebpfi_load_source() can include these headers, and all that they include, on a machine that has only clang. */
#include "compiler_version.h"

#include <bits/floatn.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <ebpfinspect/bpf.h>
#include <ebpfinspect/event.h>
#include <ebpfinspect/filter.bpf.h>
#include <ebpfinspect/record.bpf.h>
#include <errno.h>
#include <gnu/stubs.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

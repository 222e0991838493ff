/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The world as an inspector sees it: one packet, maps, knobs, time. The same inspector source is compiled for the kernel
 * (clang -target bpf) and for this CPU, and this is the only file in which the two part.
 *
 * An inspector X is one function `int X_inspect(struct pkt *)` that returns an enum ebpfi_verdict, and `INSPECTOR(X, HOOK...)`, which
 * names its hooks: XDP, TC, TC_EGRESS, SOCKET.
 */
#pragma once

#ifdef __bpf__
#include "kernel.h"
#else
#include "native.h"
#endif

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The environment of an inspector: packet, maps, knobs, time. The same inspector source is compiled for the kernel (clang -target bpf) and
 * for this CPU; only this file selects between the two.
 *
 * An inspector X is a function `int X_inspect(struct pkt *)` that returns an enum ebpfi_verdict, and `INSPECTOR(X, HOOK...)` with its
 * hooks: XDP, TC, TC_EGRESS, SOCKET.
 */
#pragma once

#ifdef __bpf__
#include "kernel.h"
#else
#include "native.h"
#endif

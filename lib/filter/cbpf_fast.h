/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The fast half of a translated program. XDP and tc programs read the linear part of the packet itself (direct packet access), others
 * copy their first bytes to the stack with one helper call. Loads behind an IPv4 header have constant offsets: it is taken to have no
 * options. If the packet is too short, has an offloaded VLAN tag, IPv4 options, or the bytes outside its linear part, the fast half jumps
 * to the general one, which starts the classic program anew.
 */
#pragma once

#include "cbpf_load.h"

void emit_fast_prologue(struct translation *t);

/* Emits the load from the packet at `at`: BPF_ABS, BPF_IND or BPF_MSH. */
void emit_fast_load(struct translation *t, uint32_t at);

/* A or X = the packet's length. */
void emit_fast_length(struct translation *t, uint8_t to);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A socket filter of a few instructions that jumps into another. A socket is charged for its filter's size, twice while one
 * filter takes the place of another, and may hold 20 KiB by default before Linux 6.8 (net.core.optmem_max): our programs are
 * longer. What it jumps into is exchanged in one step.
 */
#pragma once

/* A program that jumps to where `slot_fd` leads, a map that must stay open as long; negative errno. */
int trampoline_new(int program_fd, int *slot_fd);

/* Makes it jump into another program; negative errno. */
int trampoline_switch(int slot_fd, int program_fd);

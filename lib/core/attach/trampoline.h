/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A socket filter of a few instructions that jumps into another program. A socket pays for the size of its filter, for both during a
 * replacement, from a budget of 20 KiB by default before Linux 6.8 (net.core.optmem_max): our programs are longer. The target of the
 * jump is replaced in one step.
 */
#pragma once

/* Loads a program that jumps through the map `slot_fd`, which must stay open as long as the program; negative errno. */
int trampoline_new(int program_fd, int *slot_fd);

/* Makes it jump into another program; negative errno. */
int trampoline_switch(int slot_fd, int program_fd);

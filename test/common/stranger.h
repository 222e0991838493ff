/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A stranger: programs of another process, attached by bpf(2) alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum stranger_point { STRANGER_XDP = 37, STRANGER_TCX_INGRESS = 46, STRANGER_TCX_EGRESS = 47 };

/* Loads a program that returns a number. Returns its descriptor. */
int stranger_xdp(const char *name, int returns);
int stranger_tc(const char *name, int returns);
uint32_t stranger_id(int program_fd);

/* Makes a bpf_link: XDP in generic mode, or tcx at the tail. Negative errno. */
int stranger_link(int program_fd, const char *interface, enum stranger_point point);
int stranger_pin(int fd, const char *path);

/* Whether this kernel has tcx (Linux 6.6). */
bool stranger_has_tcx(void);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Somebody else: programs that are not the library's, attached by bpf(2) alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum foreign_point { FOREIGN_XDP = 37, FOREIGN_TCX_INGRESS = 46, FOREIGN_TCX_EGRESS = 47 };

/* A program that returns a number; its descriptor. */
int foreign_xdp(const char *name, int returns);
int foreign_tc(const char *name, int returns);
uint32_t foreign_id(int program_fd);

/* A bpf_link, XDP in generic mode or tcx at the tail; negative errno. */
int foreign_link(int program_fd, const char *interface, enum foreign_point point);
int foreign_pin(int fd, const char *path);

/* Whether this kernel has tcx (Linux 6.6). */
bool foreign_has_tcx(void);

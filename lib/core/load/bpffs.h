/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* bpffs: the file system for pins. */
#pragma once

/* 0: the path's directory is in a bpffs. -EXDEV: in another file system. Other negative errno: it cannot be used. */
int bpffs_check(const char *path);

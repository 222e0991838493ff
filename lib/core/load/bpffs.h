/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The file system that pins are in. */
#pragma once

/* 0: the path's directory is in a bpffs. -EXDEV: in another file system. Else why the directory cannot be used. */
int bpffs_check(const char *path);

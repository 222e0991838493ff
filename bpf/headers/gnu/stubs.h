/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* glibc lists its stub functions here, in one file per ABI. It has no file for bpf, whose programs call no glibc functions. */
#pragma once

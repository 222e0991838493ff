/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* glibc lists here which of its functions do nothing, in a file for each ABI; it has none for bpf, and its programs call no functions. */
#pragma once

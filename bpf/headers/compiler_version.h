/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Included before the host's source: puts clang's version into the preprocessed text, which is the key of the object cache. */
#pragma once
#pragma GCC system_header
_Static_assert(1, __VERSION__);

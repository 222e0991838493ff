/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The grammar of HTTP/1.x (RFC 9112) as the table that bpf/include/http_machine.h walks. */
#pragma once

struct http_table;

/* Fills in the table; -ENOMEM, or -E2BIG where the grammar has outgrown the table. */
int http_grammar(struct http_table *table);

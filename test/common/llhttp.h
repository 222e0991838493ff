/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Conformance cases as in the corpus's llhttp/: Markdown with an input and the log of a strict parser. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	LLHTTP_MESSAGES = 16,
	LLHTTP_TEXT = 4096,
	LLHTTP_CASES = 400,
};

/* One message of the log. */
struct llhttp_message {
	char method[64];
	char url[1024];
	int status;
	size_t body;
	bool head, complete;
};

struct llhttp_case {
	char name[256];              /* file: heading */
	bool response, finish, head; /* head: a response to HEAD */
	char input[LLHTTP_TEXT];
	size_t size;
	struct llhttp_message messages[LLHTTP_MESSAGES];
	int count;
	int error; /* 0: none */
	char reason[96];
};

/* Loads all strict cases below a directory; returns their number. The caller frees the array. */
int llhttp_load(const char *directory, struct llhttp_case **cases);

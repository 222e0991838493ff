/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The HTTP/1 messages that are still arriving, from the connections in the programs' map. */
#pragma once

#include "http/connection.h"

/*
 * Makes the event of the message that end `from` of a connection is sending. False: there is none, or it is a request whose head is
 * complete: that waits for a response.
 */
bool http_open_message(const struct tcp_key *key, const struct http_connection *c, unsigned int from,
		       struct http_record *record);

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * usage: http_seeds DIRECTORY LLHTTP: writes a few exchanges and the conformance cases below LLHTTP as inputs of the
 * target `http`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "llhttp.h"

#define TURN "\xff"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const char *const exchanges[] = {
	GET TURN OK,
	GET GET GET TURN OK OK OK,
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" TURN "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
	"POST /p?q=%2e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nT: v\r\n\r\n" TURN
		OK,
	"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n" TURN
	"HTTP/1.1 100 Continue\r\n\r\n" TURN "abc" TURN
	"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
	"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" TURN "HTTP/1.1 200 OK\r\n\r\n" TURN "\x16\x03\x01" TURN "\x16\x03\x03",
	"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" TURN "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" TURN GET TURN OK,
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" TURN
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02ok" TURN "\x81\x82",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	GET TURN "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\nTransfer-Encoding: identity\r\n X: "
	"y\r\n\r\nabcd",
	"\r\nGET /../a HTTP/1.1\nHost : a\n\n" TURN OK TURN "GET /old\r\n" TURN "old",
};

static int write_seed(const char *directory, int number, const struct fuzz_cuts *cuts, const char *before, const char *bytes,
		      size_t size)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/http-%04d", directory, number);
	file = fopen(path, "wb");
	if (!file)
		return 1;
	fwrite(cuts, sizeof(*cuts), 1, file);
	fwrite(before, 1, strlen(before), file);
	fwrite(bytes, 1, size, file);
	return fclose(file);
}

/* One seed per kind of cut. */
static int write_seeds(const char *directory, const char *before, const char *bytes, size_t size)
{
	static const uint16_t flags[] = { 0, FUZZ_EVERYWHERE, FUZZ_TWICE };
	static int number;
	struct fuzz_cuts cuts = { 0 };
	int i, bad = 0;

	for (i = 0; i < 3; i++) {
		cuts.flags = flags[i];
		cuts.at[0] = (uint16_t)(size / 2);
		cuts.at[1] = (uint16_t)(size / 3);
		bad |= write_seed(directory, number++, &cuts, before, bytes, size);
	}
	return bad;
}

static const char *request_before(const struct llhttp_case *c)
{
	return !c->response ? "" : c->head ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" TURN : GET TURN;
}

int main(int argc, char **argv)
{
	struct llhttp_case *cases;
	int i, n, bad = 0;

	if (argc != 3)
		return fprintf(stderr, "usage: http_seeds DIRECTORY LLHTTP\n"), 2;
	for (i = 0; i < (int)(sizeof(exchanges) / sizeof(exchanges[0])); i++)
		bad |= write_seeds(argv[1], "", exchanges[i], strlen(exchanges[i]));
	n = llhttp_load(argv[2], &cases);
	for (i = 0; i < n; i++)
		bad |= write_seeds(argv[1], request_before(&cases[i]), cases[i].input, cases[i].size);
	free(cases);
	return bad ? fprintf(stderr, "%s cannot be written\n", argv[1]), 1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "oracle.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct oracle {
	struct bpf_program program;
	bool rejects_all;
};

static bool compile(struct oracle *o, pcap_t *dead, const char *expression, const char **words)
{
	static char kept[256];

	if (!pcap_compile(dead, &o->program, expression, 1, PCAP_NETMASK_UNKNOWN))
		return true;
	strncpy(kept, pcap_geterr(dead), sizeof(kept) - 1);
	*words = kept;
	return o->rejects_all = strstr(kept, "rejects all packets");
}

struct oracle *oracle_new(const char *expression, uint16_t link, const char **words)
{
	static const struct pcap_file_header head = { 0xa1b2c3d4, 2, 4, 0, 0, 262144, DLT_NULL };
	char ignored[PCAP_ERRBUF_SIZE];
	pcap_t *dead = link == DLT_NULL ? pcap_fopen_offline(fmemopen((void *)&head, sizeof(head), "rb"), ignored)
					: pcap_open_dead(link == 101 ? DLT_RAW : link, 262144);
	struct oracle *o = calloc(1, sizeof(*o));
	bool ok = compile(o, dead, expression, words);

	pcap_close(dead);
	if (ok)
		return o;
	free(o);
	return NULL;
}

void oracle_free(struct oracle *o)
{
	if (!o->rejects_all)
		pcap_freecode(&o->program);
	free(o);
}

bool oracle_matches(const struct oracle *o, const struct packet *p, uint32_t wire_len)
{
	struct pcap_pkthdr head = { .caplen = p->len, .len = wire_len };

	return !o->rejects_all && pcap_offline_filter(&o->program, &head, p->data);
}

bool oracle_validates(const struct cbpf *program)
{
	return bpf_validate((const struct bpf_insn *)program->insns, (int)program->n);
}

bool oracle_runs(const struct cbpf *program, const struct packet *p)
{
	return bpf_filter((const struct bpf_insn *)program->insns, p->data, p->len, p->len);
}

/* Linux's struct sock_fprog, whose header clashes with libpcap's. */
struct fprog {
	unsigned short len;
	struct cbpf_insn *filter;
};

bool socket_filter_open(struct socket_filter *f, const struct cbpf *program)
{
	struct fprog fprog = { (unsigned short)program->n, program->insns };
	int ends[2], room = 1 << 20;

	if (program->n > 4096 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
		return false;
	*f = (struct socket_filter){ ends[0], ends[1] };
	setsockopt(f->out, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (!setsockopt(f->in, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)))
		return true;
	socket_filter_close(f);
	return false;
}

void socket_filter_close(struct socket_filter *f)
{
	close(f->in);
	close(f->out);
}

/* On a Unix socket pair the filter sees the datagram from its first byte. A refused datagram is dropped. */
bool socket_filter_matches(const struct socket_filter *f, const struct packet *p)
{
	char byte;

	if (send(f->out, p->data, p->len, 0) != (ssize_t)p->len)
		abort();
	return recv(f->in, &byte, 1, MSG_TRUNC) >= 0;
}

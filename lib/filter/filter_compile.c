/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "filter_compile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPLEN = 262144, LINKTYPE_RAW = 101 }; /* the snap length is only the return value of a match */

/* libpcap's DLT_RAW differs from LINKTYPE_RAW in files. */
static int dlt_of(uint16_t link)
{
	return link == LINKTYPE_RAW ? DLT_RAW : link;
}

/* The few LINKTYPE_ values of files whose DLT_ has another number (libpcap keeps its table for itself). */
static int dlt_of_file(uint32_t linktype)
{
	switch (linktype) {
	case 100:
		return DLT_ATM_RFC1483;
	case LINKTYPE_RAW:
		return DLT_RAW;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	case 106:
		return DLT_ATM_CLIP;
	}
	return linktype < 65536 ? (int)linktype : -1;
}

const char *filter_link_name(uint32_t linktype)
{
	const char *name = pcap_datalink_val_to_name(dlt_of_file(linktype));

	return name ? name : "unknown";
}

static int copy_program(const struct bpf_program *from, struct cbpf *to)
{
	_Static_assert(sizeof(struct bpf_insn) == sizeof(struct cbpf_insn), "classic BPF has one layout");

	to->insns = calloc(from->bf_len, sizeof(*to->insns));
	if (!to->insns)
		return -ENOMEM;
	memcpy(to->insns, from->bf_insns, from->bf_len * sizeof(*to->insns));
	to->n = from->bf_len;
	return 0;
}

/* libpcap reports an error for a valid expression that never matches. */
static bool rejects_all(pcap_t *dead)
{
	return !strcmp(pcap_geterr(dead), "expression rejects all packets");
}

static int compile_with(pcap_t *dead, const char *expression, struct cbpf *program, char *why, size_t size)
{
	struct bpf_insn nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct bpf_program compiled, reject = { 1, &nothing };
	int err;

	if (pcap_compile(dead, &compiled, expression, 1, PCAP_NETMASK_UNKNOWN)) {
		if (rejects_all(dead))
			return copy_program(&reject, program);
		snprintf(why, size, "%s", pcap_geterr(dead));
		return -EINVAL;
	}
	err = copy_program(&compiled, program);
	pcap_freecode(&compiled);
	return err;
}

/*
 * Captures of BSD's loopback have this link type. Each packet begins with an address family, and the number of AF_INET6 differs
 * between systems. Only for a file does libpcap accept the numbers of all systems, so compile for an in-memory file.
 */
static pcap_t *open_null(void)
{
	static const struct pcap_file_header head = {
		.magic = 0xa1b2c3d4, .version_major = 2, .version_minor = 4, .snaplen = SNAPLEN
	};
	FILE *file = fmemopen((void *)&head, sizeof(head), "rb");
	char ignored[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = file ? pcap_fopen_offline(file, ignored) : NULL;

	if (file && !pcap)
		fclose(file);
	return pcap;
}

int filter_compile(const char *expression, uint16_t link, struct cbpf *program, char *why, size_t size)
{
	pcap_t *dead = link == DLT_NULL ? open_null() : pcap_open_dead(dlt_of(link), SNAPLEN);
	int err = dead ? compile_with(dead, expression, program, why, size) : -ENOMEM;

	if (err == -ENOMEM)
		snprintf(why, size, "out of memory");
	if (dead)
		pcap_close(dead);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_type.h"

struct capture {
	pcap_t *pcap;
	uint16_t link;
};

/* libpcap renumbers a few link types (DLT_) on their way from the file. */
static int link_type(int dlt, uint16_t *link)
{
	switch (dlt) {
	case DLT_EN10MB:
		*link = LINK_ETHERNET;
		return 0;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		*link = LINK_RAW;
		return 0;
	case DLT_NULL:
		*link = LINK_NULL;
		return 0;
	case DLT_LOOP:
		*link = LINK_LOOP;
		return 0;
	case DLT_LINUX_SLL:
		*link = LINK_LINUX_SLL;
		return 0;
	case DLT_LINUX_SLL2:
		*link = LINK_LINUX_SLL2;
		return 0;
	}
	return -EPROTONOSUPPORT;
}

static FILE *open_file(const char *path)
{
	return strcmp(path, "-") ? fopen(path, "rb") : stdin;
}

static int open_pcap(struct capture *c, FILE *file, char *why, size_t size)
{
	char words[PCAP_ERRBUF_SIZE] = "";

	c->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
	if (c->pcap)
		return 0;
	if (file != stdin)
		fclose(file);
	snprintf(why, size, "is no capture that can be read: %s", words);
	return -EBADMSG;
}

static int check_link(struct capture *c, char *why, size_t size)
{
	int dlt = pcap_datalink(c->pcap);
	const char *name = pcap_datalink_val_to_description(dlt);
	int err = link_type(dlt, &c->link);

	if (err)
		snprintf(why, size, "has link type %d (%s), which is none of Ethernet, RAW, LINUX_SLL, LINUX_SLL2, NULL, LOOP",
			 dlt, name ? name : "unknown");
	return err;
}

struct capture *capture_open(const char *path, int *err, char *why, size_t size)
{
	struct capture *c = calloc(1, sizeof(*c));
	FILE *file = c ? open_file(path) : NULL;

	if (!file) {
		*err = -errno;
		snprintf(why, size, "cannot be opened: %s", strerror(errno));
		free(c);
		return NULL;
	}
	*err = open_pcap(c, file, why, size);
	if (!*err)
		*err = check_link(c, why, size);
	if (!*err)
		return c;
	capture_close(c);
	return NULL;
}

void capture_close(struct capture *c)
{
	if (c->pcap)
		pcap_close(c->pcap);
	free(c);
}

/* A capture that says it holds more of a packet than the wire carried lies about one of the two; the shorter is safe. */
static void fill(struct frame *frame, const struct capture *c, const struct pcap_pkthdr *head, const u_char *data)
{
	frame->data = data;
	frame->wire_len = head->len;
	frame->len = head->caplen < head->len ? head->caplen : head->len;
	frame->time_ns = (uint64_t)head->ts.tv_sec * 1000000000 + (uint64_t)head->ts.tv_usec;
	frame->link = c->link;
}

int capture_next(struct capture *c, struct frame *frame, char *why, size_t size)
{
	struct pcap_pkthdr *head;
	const u_char *data;
	int n = pcap_next_ex(c->pcap, &head, &data);

	if (n == 1) {
		fill(frame, c, head, data);
		return 1;
	}
	if (n == PCAP_ERROR_BREAK)
		return 0;
	snprintf(why, size, "is corrupt or cut off: %s", pcap_geterr(c->pcap));
	return -EBADMSG;
}

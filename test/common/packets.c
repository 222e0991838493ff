/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "packets.h"

#include <ftw.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MADE = 4000, FILES_MAX = 2048, SLOTS = 1 << 17, LINKTYPE_RAW = 101 };

static struct packet *packets;
static size_t count, room;
static uint32_t slots[SLOTS]; /* hash table of the packets: index + 1 */
static char *files[FILES_MAX];
static size_t file_count;
static const char *file; /* the file being read */

uint32_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*state >> 33);
}

static uint32_t hash(const uint8_t *data, uint32_t len, uint16_t link)
{
	uint32_t h = 2166136261U ^ link;

	while (len--)
		h = (h ^ *data++) * 16777619U;
	return h;
}

static int same(const struct packet *p, const struct packet *q)
{
	return p->len == q->len && p->link == q->link && !memcmp(p->data, q->data, p->len);
}

static void add(const struct packet *p)
{
	uint32_t at = hash(p->data, p->len, p->link) % SLOTS;
	uint8_t *copy;

	for (; slots[at]; at = (at + 1) % SLOTS)
		if (same(&packets[slots[at] - 1], p))
			return;
	if (count == room)
		packets = realloc(packets, (room = room ? room * 2 : 1024) * sizeof(*packets));
	copy = malloc(p->len + 1);
	memcpy(copy, p->data, p->len);
	packets[count] = *p;
	packets[count].data = copy;
	slots[at] = (uint32_t)++count;
}

static void read_capture(pcap_t *pcap)
{
	int dlt = pcap_datalink(pcap);
	struct packet p = { .file = file, .link = (uint16_t)(dlt == DLT_RAW ? LINKTYPE_RAW : dlt) };
	struct pcap_pkthdr *head;

	while (pcap_next_ex(pcap, &head, &p.data) == 1) {
		p.number++;
		p.len = head->caplen;
		p.wire_len = head->len;
		add(&p);
	}
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char words[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;

	(void)st;
	if (type != FTW_F || file_count == FILES_MAX || !strstr(path + ftw->base, ".pcap"))
		return 0;
	pcap = pcap_open_offline(path, words);
	if (!pcap)
		return 0;
	file = files[file_count++] = strdup(strrchr(path, '/') + 1);
	read_capture(pcap);
	pcap_close(pcap);
	return 0;
}

/* A packet in the making. */
struct maker {
	uint64_t seed;
	uint8_t data[2048];
	uint32_t len;
};

static uint32_t below(struct maker *m, uint32_t n)
{
	return random_next(&m->seed) % n;
}

static void put(struct maker *m, uint32_t value, int size)
{
	while (size--)
		m->data[m->len++] = (uint8_t)(value >> 8 * size);
}

static uint32_t one_of(struct maker *m, const uint32_t *values, uint32_t n)
{
	return values[below(m, n)];
}

#define ONE_OF(m, ...) one_of(m, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void put_bytes(struct maker *m, uint32_t n)
{
	while (n--)
		put(m, below(m, 4) ? below(m, 256) : 0, 1);
}

static void put_payload(struct maker *m)
{
	if (below(m, 3) == 0)
		put(m, ONE_OF(m, 0x47455420, 0x48545450, 0x16030100), 4);
	put_bytes(m, below(m, 4) ? below(m, 64) : below(m, 600));
}

static uint32_t port(struct maker *m)
{
	return below(m, 4) ? ONE_OF(m, 80, 443, 53, 22, 23, 8080, 1024, 2152, 4789, 6081, 67, 68, 5, 0, 65535)
			   : below(m, 65536);
}

static void put_tcp(struct maker *m)
{
	uint32_t words = below(m, 4) ? 5 : 5 + below(m, 11);

	put(m, port(m), 2);
	put(m, port(m), 2);
	put(m, below(m, 4) ? random_next(&m->seed) * 2 : 0, 4);
	put(m, random_next(&m->seed), 4);
	put(m, words << 12 | ONE_OF(m, 2, 16, 18, 24, 17, 4, 32, 0, 63), 2);
	put(m, below(m, 65536), 2);
	put(m, 0, 4);
	put_bytes(m, words * 4 - 20);
	put_payload(m);
}

static void put_packet(struct maker *m, int depth);
static void put_ip(struct maker *m, int depth);

static void put_udp(struct maker *m, int depth)
{
	uint32_t to = port(m), start = m->len;

	put(m, port(m), 2);
	put(m, to, 2);
	put(m, 8 + below(m, 200), 2);
	put(m, 0, 2);
	if (to == 6081 && depth < 2) {
		put(m, below(m, 3) << 24 | ONE_OF(m, 0x6558, 0x0800, 0x86dd), 4);
		put(m, ONE_OF(m, 100, 1, 7) << 8, 4);
		put_bytes(m, 4 * (m->data[start + 8] & 0x3f));
		put_packet(m, depth + 1);
	} else if (to == 4789 && depth < 2) {
		put(m, 0x08000000, 4);
		put(m, 100 << 8, 4);
		put_packet(m, depth + 1);
	} else {
		put_payload(m);
	}
}

static void put_transport(struct maker *m, uint32_t proto, int depth)
{
	switch (proto) {
	case 6:
		put_tcp(m);
		break;
	case 17:
		put_udp(m, depth);
		break;
	case 4:
	case 41:
		put_ip(m, depth + 1);
		break;
	case 47:
		put(m, ONE_OF(m, 0, 0x20000000, 0xb0000000) | ONE_OF(m, 0x0800, 0x86dd, 0x6558), 4);
		put_ip(m, depth + 1);
		break;
	case 132:
		put(m, port(m), 2);
		put(m, port(m), 2);
		put_payload(m);
		break;
	default:
		put(m, ONE_OF(m, 8, 0, 3, 5, 11, 128, 134, 135, 136), 1);
		put(m, below(m, 4), 1);
		put_payload(m);
	}
}

static uint32_t address(struct maker *m)
{
	return below(m, 4) ? ONE_OF(m, 0x0a000001, 0x0a000002, 0x0a000003, 0x7f000001, 0xc0a80101, 0xe0000001, 0xffffffff,
				    0xac100005)
			   : random_next(&m->seed) * 2;
}

static void put_ipv4(struct maker *m, int depth)
{
	uint32_t words = below(m, 4) ? 5 : 5 + below(m, 11), start = m->len, proto;

	proto = ONE_OF(m, 6, 6, 6, 17, 17, 17, 1, 132, 47, 4, 41, 50, 51, 2, 89, 103, 112, 255);
	put(m, 0x40 | words, 1);
	put(m, ONE_OF(m, 0, 0x10, 3, 0xb8), 1);
	put(m, 0, 2);
	put(m, below(m, 65536), 2);
	put(m, below(m, 5) ? ONE_OF(m, 0, 0x4000) : ONE_OF(m, 0x2000, 0x2010, 185, 1), 2);
	put(m, ONE_OF(m, 64, 128, 255, 1, 63), 1);
	put(m, proto, 1);
	put(m, below(m, 65536), 2);
	put(m, address(m), 4);
	put(m, address(m), 4);
	put_bytes(m, words * 4 - 20);
	put_transport(m, depth > 3 ? 6 : proto, depth);
	m->data[start + 2] = (uint8_t)((m->len - start) >> 8);
	m->data[start + 3] = (uint8_t)(m->len - start);
}

static void put_address6(struct maker *m)
{
	put(m, ONE_OF(m, 0x20010db8, 0x20010db8, 0xfe800000, 0xff020000, 0), 4);
	put(m, 0, 4);
	put(m, 0, 4);
	put(m, 1 + below(m, 2), 4);
}

static void put_ipv6(struct maker *m, int depth)
{
	uint32_t proto = ONE_OF(m, 6, 6, 17, 17, 58, 58, 132, 47, 0, 43, 44, 60, 4, 50);

	put(m, 0x60000000, 4);
	put(m, below(m, 2000), 2);
	put(m, proto, 1);
	put(m, ONE_OF(m, 64, 255, 1), 1);
	put_address6(m);
	put_address6(m);
	if (proto == 0 || proto == 43 || proto == 44 || proto == 60) {
		proto = ONE_OF(m, 6, 17, 58);
		put(m, proto << 8, 2);
		put(m, below(m, 3) ? 0 : 0x01000000, 4);
		put(m, 0, 2);
	}
	put_transport(m, depth > 3 ? 6 : proto, depth);
}

static void put_ip(struct maker *m, int depth)
{
	if (below(m, 3))
		put_ipv4(m, depth);
	else
		put_ipv6(m, depth);
}

static void put_arp(struct maker *m)
{
	put(m, 1, 2);
	put(m, 0x08000604, 4);
	put(m, 1 + below(m, 3), 2);
	put_bytes(m, 6);
	put(m, address(m), 4);
	put_bytes(m, 6);
	put(m, address(m), 4);
	put_bytes(m, below(m, 18));
}

static void put_mpls(struct maker *m, int depth)
{
	int more = (int)below(m, 3);

	for (; more >= 0; more--)
		put(m, ONE_OF(m, 100, 200, 1024, 291956) << 12 | (more ? 0 : 0x100) | 64, 4);
	put_ip(m, depth);
}

static void put_pppoe(struct maker *m, int depth)
{
	uint32_t proto = ONE_OF(m, 0x21, 0x57, 0xc021, 0x21);

	put(m, 0x1100, 2);
	put(m, ONE_OF(m, 1, 7, 0x27), 2);
	put(m, below(m, 1500), 2);
	put(m, proto, 2);
	if (proto == 0x21)
		put_ipv4(m, depth);
	else if (proto == 0x57)
		put_ipv6(m, depth);
	else
		put_bytes(m, below(m, 40));
}

static void put_llc(struct maker *m)
{
	put(m, ONE_OF(m, 0x424203, 0xaaaa03, 0xe0e003, 0xf0f003, 0xfefe03, 0x424201, 0xaa0302), 3);
	put_bytes(m, below(m, 60));
}

static void put_network(struct maker *m, uint32_t type, int depth)
{
	switch (type) {
	case 0x0800:
		put_ipv4(m, depth);
		break;
	case 0x86dd:
		put_ipv6(m, depth);
		break;
	case 0x0806:
	case 0x8035:
		put_arp(m);
		break;
	case 0x8847:
		put_mpls(m, depth);
		break;
	case 0x8864:
	case 0x8863:
		put_pppoe(m, depth);
		break;
	default:
		put_llc(m);
	}
}

static void put_mac(struct maker *m)
{
	switch (below(m, 4)) {
	case 0:
		put(m, 0xffffffff, 4);
		put(m, 0xffff, 2);
		break;
	case 1:
		put_bytes(m, 6);
		break;
	default:
		put(m, 0x02000000, 4);
		put(m, 1 + below(m, 2), 2);
	}
}

static void put_packet(struct maker *m, int depth)
{
	uint32_t tags = below(m, 2) ? 0 : below(m, 4);
	uint32_t type =
		ONE_OF(m, 0x0800, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x8847, 0x8864, 0x8863, 60, 0x88cc);

	put_mac(m);
	put_mac(m);
	for (; tags; tags--) {
		put(m, ONE_OF(m, 0x8100, 0x8100, 0x88a8, 0x9100), 2);
		put(m, below(m, 8) << 13 | ONE_OF(m, 1, 100, 200, 300, 120, 4095), 2);
	}
	put(m, type, 2);
	put_network(m, type, depth);
}

/* One in eight ends early. */
static void make(void)
{
	struct packet p = { .file = "made", .link = DLT_EN10MB };
	struct maker m = { .seed = 2026 };

	while (p.number < MADE) {
		m.len = 0;
		put_packet(&m, 0);
		p.number++;
		p.data = m.data;
		p.len = p.wire_len = below(&m, 8) ? m.len : 14 + below(&m, m.len - 13);
		add(&p);
	}
}

static void thin_out(unsigned int stride)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (i % stride == 0)
			packets[kept++] = packets[i];
		else
			free((void *)packets[i].data);
	if (stride > 1)
		printf("Every %u. of %zu packets only.\n", stride, count);
	count = kept;
}

void packets_load(unsigned int stride)
{
	const char *corpus = getenv("EBPFI_CORPUS");
	size_t made;

	make();
	made = count;
	nftw(EBPFI_SOURCE "/test", visit, 16, FTW_PHYS);
	if (corpus)
		nftw(corpus, visit, 16, FTW_PHYS);
	if (count < made + 10000)
		printf("Few captures are here, set EBPFI_CORPUS: %zu packets of captures, %zu made.\n", count - made, made);
	thin_out(stride);
}

const struct packet *packet_at(size_t index)
{
	return index < count ? &packets[index] : NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "pcapng_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "delivery.h"
#include "link_type.h"
#include "options.h"
#include "opts.h"
#include "pcapng_block.h"
#include "pcapng_cooked.h"
#include "table.h"
#include "text.h"

enum {
	INTERFACES_MAX = 65536,
	LEDGER_INTERVAL_NS = 100000000, /* in packet time: reading the losses is a system call */
};

/* Two interfaces with the same name and link type share one interface block. */
struct key {
	char name[64];
	uint64_t link;
};

struct written_interface {
	struct written_interface *next;
	struct key key;
	uint32_t id;
	uint64_t packets;
};

struct ebpfi_pcapng {
	struct ebpfi_pcapng *next;
	struct ebpfi *session;
	struct ebpfi_pcapng_opts opts;
	char *path;
	int fd;
	int failed;      /* errno of the first failure; ends all writing */
	uint32_t number; /* of the file, with rotation */
	uint64_t bytes;  /* in the file */
	uint64_t first_ns, last_ns;
	struct table *interfaces;
	struct written_interface *newest; /* head of the list of all */
	struct written_interface *last;   /* used */
	uint64_t ledger_ns, lost;         /* when the ledger was last read, and its losses */
	bool has_read_ledger;
	struct pcapng_block block;
};

static bool rotates(const struct ebpfi_pcapng *w)
{
	return w->opts.rotate_bytes || w->opts.rotate_seconds;
}

/* "out.pcapng", and with rotation "out_00001.pcapng". */
static void file_name(const struct ebpfi_pcapng *w, char *name, size_t size)
{
	const char *base = strrchr(w->path, '/'), *dot = strrchr(base ? base + 1 : w->path, '.');
	int stem = (int)(dot && dot > w->path ? (size_t)(dot - w->path) : strlen(w->path));

	if (rotates(w))
		snprintf(name, size, "%.*s_%05u%s", stem, w->path, w->number, w->path + stem);
	else
		snprintf(name, size, "%s", w->path);
}

static int fail(struct ebpfi_pcapng *w, const char *what, int err)
{
	char name[4096];

	file_name(w, name, sizeof(name));
	w->failed = err;
	return ebpfi_fail(w->session, err, "cannot %s %s: %s", what, name, strerror(-err));
}

/* Truncates a partly written block, if possible, so that the file stays valid. */
static int write_block(struct ebpfi_pcapng *w)
{
	size_t done = 0;
	ssize_t n;

	while (done < w->block.size) {
		n = write(w->fd, w->block.bytes + done, w->block.size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			if (done && ftruncate(w->fd, (off_t)w->bytes))
				(void)0; /* a pipe: its reader sees a cut block */
			return fail(w, "write to", (int)n);
		}
		done += (size_t)n;
	}
	w->bytes += done;
	return 0;
}

/* Captures contain private communication: only the owner may read them. */
static int open_file(struct ebpfi_pcapng *w)
{
	char name[4096];

	w->number++;
	file_name(w, name, sizeof(name));
	w->fd = strcmp(w->path, "-") ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : STDOUT_FILENO;
	if (w->fd < 0)
		return fail(w, "create", -errno);
	w->bytes = 0;
	w->interfaces = table_new(sizeof(struct key), sizeof(struct written_interface), INTERFACES_MAX);
	if (!w->interfaces)
		return fail(w, "write to", -ENOMEM);
	pcapng_section(&w->block);
	return write_block(w);
}

static int write_statistics(struct ebpfi_pcapng *w)
{
	struct written_interface *i;
	int err = 0;

	for (i = w->newest; i && !err; i = i->next) {
		/* Losses are counted for all interfaces together. */
		pcapng_statistics(&w->block, i->id, w->last_ns, i->packets, w->newest->next ? 0 : w->lost);
		err = write_block(w);
	}
	return err;
}

static int close_file(struct ebpfi_pcapng *w)
{
	int err = w->failed ? w->failed : write_statistics(w);

	if (w->fd > STDOUT_FILENO && close(w->fd) && !err)
		err = fail(w, "write to", -errno);
	w->fd = -1;
	table_free(w->interfaces);
	w->interfaces = NULL;
	w->newest = w->last = NULL;
	return err;
}

static void unlink_writer(struct ebpfi_pcapng *w)
{
	struct ebpfi_pcapng **at;

	for (at = &w->session->pcapngs; *at != w; at = &(*at)->next)
		;
	*at = w->next;
}

int ebpfi_pcapng_close(struct ebpfi_pcapng *w)
{
	int err;

	if (!w)
		return 0;
	err = close_file(w);
	unlink_writer(w);
	free(w->path);
	free(w);
	return err;
}

void pcapngs_close(struct ebpfi *s)
{
	while (s->pcapngs) {
		if (s->close_only)
			s->pcapngs->failed = -EPERM; /* only the process that created the file writes its end */
		ebpfi_pcapng_close(s->pcapngs);
	}
}

static struct ebpfi_pcapng *allocate_writer(struct ebpfi *s, const char *path, const struct ebpfi_pcapng_opts *opts)
{
	struct ebpfi_pcapng *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->path = strdup(path);
	if (!w->path) {
		free(w);
		return NULL;
	}
	w->session = s;
	w->opts = *opts;
	w->fd = -1;
	w->next = s->pcapngs;
	s->pcapngs = w;
	return w;
}

struct ebpfi_pcapng *ebpfi_pcapng_open(struct ebpfi *s, const char *path, const struct ebpfi_pcapng_opts *theirs)
{
	struct ebpfi_pcapng_opts opts;
	struct ebpfi_pcapng *w;
	int err = opts_read(&opts, sizeof(opts), theirs);

	if (err) {
		ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_pcapng_opts)");
		return NULL;
	}
	if (!strcmp(path, "-") && (opts.rotate_bytes || opts.rotate_seconds)) {
		ebpfi_fail(s, -EINVAL, "standard output cannot be rotated: name a file");
		return NULL;
	}
	if (opts.cooked > 1) {
		ebpfi_fail(s, -EINVAL, "cooked is %u: set it to 0 or 1", opts.cooked);
		return NULL;
	}
	w = allocate_writer(s, path, &opts);
	if (!w) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	if (!open_file(w))
		return w;
	ebpfi_pcapng_close(w);
	return NULL;
}

static bool is_rotation_due(const struct ebpfi_pcapng *w, const struct ebpfi_packet *packet)
{
	uint64_t time_ns = packet->event.time_ns;

	if (!w->newest)
		return false;
	if (w->opts.rotate_seconds && time_ns > w->first_ns &&
	    time_ns - w->first_ns >= w->opts.rotate_seconds * UINT64_C(1000000000))
		return true;
	return w->opts.rotate_bytes && w->bytes + packet->data_len >= w->opts.rotate_bytes;
}

static int rotate(struct ebpfi_pcapng *w)
{
	int err = close_file(w);

	return err ? err : open_file(w);
}

static struct written_interface *add_interface(struct ebpfi_pcapng *w, const struct key *key, const struct module *m)
{
	struct written_interface *i = table_add(w->interfaces, key);

	if (!i) {
		fail(w, "describe an interface in", table_count(w->interfaces) < INTERFACES_MAX ? -ENOMEM : -E2BIG);
		return NULL;
	}
	i->key = *key;
	i->id = table_count(w->interfaces) - 1;
	i->next = w->newest;
	w->newest = i;
	pcapng_interface(&w->block, key->name, (uint16_t)key->link, m ? option_value(m, "snaplen") : 0);
	return write_block(w) ? NULL : i;
}

static bool is_cooked(const struct ebpfi_pcapng *w, const struct ebpfi_packet *packet)
{
	return w->opts.cooked && pcapng_is_cooked(packet->link_type);
}

static struct written_interface *interface_of(struct ebpfi_pcapng *w, const struct ebpfi_packet *packet, const struct module *m)
{
	const char *name = ebpfi_interface_name(w->session, packet->event.ifindex);
	struct written_interface *i = w->last;
	struct key key = { .link = packet->link_type };

	if (is_cooked(w, packet))
		key.link = LINK_LINUX_SLL2;
	if (name)
		snprintf(key.name, sizeof(key.name), "%s", name);
	if (i && !memcmp(&i->key, &key, sizeof(key)))
		return i;
	i = table_find(w->interfaces, &key);
	return i ? i : add_interface(w, &key, m);
}

/* Packets that the inspector lost since the previous call. */
static uint64_t count_new_losses(struct ebpfi_pcapng *w, const struct module *m, uint64_t now_ns)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	uint64_t lost, before = w->lost;
	bool first = !w->has_read_ledger;

	if (!m || (w->has_read_ledger && now_ns - w->ledger_ns < LEDGER_INTERVAL_NS))
		return 0;
	w->has_read_ledger = true;
	w->ledger_ns = now_ns;
	if (ebpfi_get_stats(w->session, m->name, &stats))
		return 0;
	lost = stats.ledger.lost_ring + stats.ledger.lost_map;
	w->lost = lost;
	return first || lost < before ? 0 : lost - before;
}

struct comment {
	struct text text;
	const char *inspector;
	bool begun;
};

static void add_word(struct comment *c, const char *word)
{
	text_put(&c->text, c->begun ? ", " : c->inspector);
	text_put(&c->text, c->begun ? "" : ": ");
	text_put(&c->text, word);
	c->begun = true;
}

/* The verdict, its inspector and anomalies; "" for a well-formed packet that was passed. */
static void write_comment(const struct ebpfi_packet *packet, const struct module *m, char *comment, size_t size)
{
	struct comment c = { text_in(comment, size), m ? m->name : "unknown", false };

	if (packet->event.verdict == EBPFI_VERDICT_DROP)
		add_word(&c, "drop");
	if (packet->flags & EBPFI_PACKET_MALFORMED)
		add_word(&c, "malformed");
	if (packet->flags & EBPFI_PACKET_TRUNCATED)
		add_word(&c, "truncated");
	if (packet->flags & EBPFI_PACKET_DEEP)
		add_word(&c, "nested too deeply");
}

static struct module *module_of(struct ebpfi *s, const struct ebpfi_event *event)
{
	const struct inspector *inspector = inspector_of_kind(event->kind);

	return inspector ? module_find(s, inspector->name) : NULL;
}

static int write_packet(struct ebpfi_pcapng *w, const struct ebpfi_packet *packet)
{
	struct module *m = module_of(w->session, &packet->event);
	struct written_interface *i = interface_of(w, packet, m);
	struct pcapng_note note;
	char comment[PCAPNG_TEXT_MAX + 1];
	int err;

	if (!i)
		return w->failed;
	write_comment(packet, m, comment, sizeof(comment));
	note = (struct pcapng_note){ i->id, count_new_losses(w, m, packet->event.time_ns), comment, is_cooked(w, packet) };
	pcapng_packet(&w->block, packet, &note);
	err = write_block(w);
	if (err)
		return err;
	w->last = i;
	w->last_ns = packet->event.time_ns;
	i->packets++;
	return 1;
}

int ebpfi_pcapng_write(struct ebpfi_pcapng *w, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *packet = (const struct ebpfi_packet *)event;
	int err = 0;

	if (event->kind != EBPFI_EVENT_PACKET || event->len < sizeof(*packet))
		return 0;
	if (w->failed)
		return ebpfi_fail(w->session, w->failed, "%s is not written any more after an error: %s", w->path,
				  strerror(-w->failed));
	if (is_rotation_due(w, packet))
		err = rotate(w);
	if (err)
		return err;
	if (!w->newest)
		w->first_ns = packet->event.time_ns;
	return write_packet(w, packet);
}

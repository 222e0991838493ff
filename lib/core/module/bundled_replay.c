/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "bundled_replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bundled.h"
#include "delivery.h"
#include "map.h"
#include "object.h"
#include "reader.h"

struct bundled_replay {
	struct module *module;
	struct bpf_object *object;
	struct reader *events;
	void *live;
	size_t live_size;
	volatile uint64_t *clock; /* in `live`, like the members below */
	volatile uint32_t *len, *wire_len;
	volatile uint16_t *link;
	volatile uint8_t *direction;
	volatile int32_t *filter;
	int program_fd;
};

static volatile void *find_live(struct bundled_replay *r, const char *name, size_t expected)
{
	uint32_t offset, size;
	const char *section;

	if (!r->live || object_find_global(r->object, name, &section, &offset, &size) || size != expected)
		return NULL;
	return (char *)r->live + offset;
}

static int map_live(struct ebpfi *s, struct bundled_replay *r)
{
	r->live = object_map_globals(r->object, ".bss", &r->live_size);
	r->clock = find_live(r, "clock_offset", sizeof(*r->clock));
	r->len = find_live(r, "replay_len", sizeof(*r->len));
	r->wire_len = find_live(r, "replay_wire_len", sizeof(*r->wire_len));
	r->link = find_live(r, "replay_link", sizeof(*r->link));
	r->direction = find_live(r, "replay_direction", sizeof(*r->direction));
	r->filter = find_live(r, "replay_filter", sizeof(*r->filter));
	if (r->clock && r->len && r->wire_len && r->link && r->direction && r->filter)
		return 0;
	return ebpfi_fail(s, -ENOMEM, "cannot map the variables of %s into memory", r->module->name);
}

static int load(struct ebpfi *s, struct bundled_replay *r, enum ebpfi_hook hook)
{
	const uint32_t replaying = 1;
	int err = bundled_set_options(r->module, r->object);

	if (!err)
		err = object_set_global(r->object, "replaying", &replaying, sizeof(replaying));
	if (!err)
		err = object_choose(r->object, bundled_program_name(r->module, hook));
	if (err)
		return ebpfi_fail(s, -EOPNOTSUPP, "%s has no program for this hook", r->module->name);
	if (hook == EBPFI_HOOK_XDP)
		object_take_fragments(r->object, bundled_program_name(r->module, hook));
	err = bundled_ask_kernel(s, r->module, r->object, bundled_program_name(r->module, hook));
	if (!err)
		err = bundled_prepare(s, r->module, r->object);
	if (err)
		return err;
	r->program_fd = object_program_fd(r->object, bundled_program_name(r->module, hook));
	err = reader_of_ring(s, object_map_fd(r->object, "events"), module_deliver, r->module, &r->events);
	return err ? err : map_live(s, r);
}

struct bundled_replay *bundled_replay_new(struct ebpfi *s, struct module *m, enum ebpfi_hook hook, int *err)
{
	struct bundled_replay *r = calloc(1, sizeof(*r));

	if (!r) {
		*err = ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	r->module = m;
	r->object = bundled_open_unit(s, m, hook, err);
	if (r->object)
		*err = load(s, r, hook);
	if (r->object && !*err)
		return r;
	bundled_replay_free(r);
	return NULL;
}

int bundled_replay_finish(struct ebpfi *s, struct bundled_replay *r)
{
	uint64_t sums[sizeof(struct ebpfi_ledger) / sizeof(uint64_t)];
	struct ebpfi_ledger ledger;
	int err = map_sum(object_map_fd(r->object, "ledger"), sums, sizeof(sums) / sizeof(sums[0]));

	if (err)
		return ebpfi_fail(s, err, "cannot read the ledger of %s: %s", r->module->name, strerror(-err));
	memcpy(&ledger, sums, sizeof(ledger));
	ledger_add(&r->module->replayed, &ledger);
	return 0;
}

void bundled_replay_free(struct bundled_replay *r)
{
	reader_free(r->events);
	if (r->live)
		munmap(r->live, r->live_size);
	object_close(r->object);
	free(r);
}

int bundled_replay_program(const struct bundled_replay *r)
{
	return r->program_fd;
}

void bundled_replay_set(struct bundled_replay *r, const struct replay_packet *packet)
{
	*r->clock = packet->time_ns;
	*r->len = packet->len;
	*r->wire_len = packet->wire_len;
	*r->link = packet->link;
	*r->direction = packet->direction;
	*r->filter = packet->filter;
}

struct bpf_object *bundled_replay_object(const struct bundled_replay *r)
{
	return r->object;
}

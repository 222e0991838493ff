/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "hpack_table.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES_FIRST = 16,
	MALLOC_OVERHEAD = 16, /* bytes that the allocator adds to a block */
};

struct hpack_entry {
	uint32_t name_length, value_length;
	uint64_t name_marks, value_marks;
	bool is_unknown; /* its name stood in an entry that is unknown */
	char texts[];    /* name and value */
};

/* RFC 7541, appendix A. */
static const struct {
	const char *name, *value;
} static_table[HPACK_STATIC] = {
	{ ":authority", "" },
	{ ":method", "GET" },
	{ ":method", "POST" },
	{ ":path", "/" },
	{ ":path", "/index.html" },
	{ ":scheme", "http" },
	{ ":scheme", "https" },
	{ ":status", "200" },
	{ ":status", "204" },
	{ ":status", "206" },
	{ ":status", "304" },
	{ ":status", "400" },
	{ ":status", "404" },
	{ ":status", "500" },
	{ "accept-charset", "" },
	{ "accept-encoding", "gzip, deflate" },
	{ "accept-language", "" },
	{ "accept-ranges", "" },
	{ "accept", "" },
	{ "access-control-allow-origin", "" },
	{ "age", "" },
	{ "allow", "" },
	{ "authorization", "" },
	{ "cache-control", "" },
	{ "content-disposition", "" },
	{ "content-encoding", "" },
	{ "content-language", "" },
	{ "content-length", "" },
	{ "content-location", "" },
	{ "content-range", "" },
	{ "content-type", "" },
	{ "cookie", "" },
	{ "date", "" },
	{ "etag", "" },
	{ "expect", "" },
	{ "expires", "" },
	{ "from", "" },
	{ "host", "" },
	{ "if-match", "" },
	{ "if-modified-since", "" },
	{ "if-none-match", "" },
	{ "if-range", "" },
	{ "if-unmodified-since", "" },
	{ "last-modified", "" },
	{ "link", "" },
	{ "location", "" },
	{ "max-forwards", "" },
	{ "proxy-authenticate", "" },
	{ "proxy-authorization", "" },
	{ "range", "" },
	{ "referer", "" },
	{ "refresh", "" },
	{ "retry-after", "" },
	{ "server", "" },
	{ "set-cookie", "" },
	{ "strict-transport-security", "" },
	{ "transfer-encoding", "" },
	{ "user-agent", "" },
	{ "vary", "" },
	{ "via", "" },
	{ "www-authenticate", "" },
};

void hpack_table_init(struct hpack_table *t, struct hpack_memory *memory)
{
	*t = (struct hpack_table){ .memory = memory, .size_max = HPACK_TABLE_FIRST };
}

static size_t beyond_own(size_t held)
{
	return held > HPACK_OWN ? held - HPACK_OWN : 0;
}

static uint32_t size_of(const struct hpack_entry *e)
{
	return e->name_length + e->value_length + HPACK_OVERHEAD;
}

static size_t memory_of(size_t texts)
{
	return sizeof(struct hpack_entry) + texts + MALLOC_OVERHEAD;
}

static struct hpack_entry **place_of(const struct hpack_table *t, uint32_t age)
{
	return &t->ring[(t->newest - age) & (t->places - 1)];
}

static void drop_oldest(struct hpack_table *t)
{
	struct hpack_entry *oldest = *place_of(t, --t->entries);

	t->size -= size_of(oldest);
	hpack_table_give_memory(t, memory_of(oldest->name_length + oldest->value_length));
	free(oldest);
}

bool hpack_table_take_memory(struct hpack_table *t, size_t size)
{
	size_t more = beyond_own(t->held + size) - beyond_own(t->held);

	while (t->memory->shared + more > HPACK_SHARED_MAX) {
		if (!t->entries)
			return false;
		drop_oldest(t);
		t->older_unknown = true;
		more = beyond_own(t->held + size) - beyond_own(t->held);
	}
	t->held += size;
	t->memory->shared += more;
	return true;
}

void hpack_table_give_memory(struct hpack_table *t, size_t size)
{
	t->memory->shared -= beyond_own(t->held) - beyond_own(t->held - size);
	t->held -= size;
}

void hpack_table_forget(struct hpack_table *t)
{
	while (t->entries)
		drop_oldest(t);
	free(t->ring);
	hpack_table_give_memory(t, t->places * sizeof(*t->ring));
	t->ring = NULL;
	t->places = 0;
	t->older_unknown = true;
}

/* Unknown entries are the oldest, so they go first; once a known one went, or the table was emptied, there are none. */
static void evict(struct hpack_table *t, uint32_t room)
{
	while (t->entries && t->size > room) {
		drop_oldest(t);
		t->older_unknown = false;
	}
	if (room < HPACK_OVERHEAD)
		t->older_unknown = false;
}

void hpack_table_resize(struct hpack_table *t, uint32_t size_max)
{
	t->size_max = size_max;
	evict(t, size_max);
}

/* One more place in the ring. */
static bool make_place(struct hpack_table *t)
{
	uint32_t places = t->places ? 2 * t->places : PLACES_FIRST, age;
	struct hpack_entry **ring;

	if (t->entries < t->places)
		return true;
	if (!hpack_table_take_memory(t, places * sizeof(*ring)))
		return false;
	ring = malloc(places * sizeof(*ring));
	if (!ring) {
		hpack_table_give_memory(t, places * sizeof(*ring));
		return false;
	}
	for (age = 0; age < t->entries; age++)
		ring[(t->newest - age) & (places - 1)] = *place_of(t, age);
	free(t->ring);
	hpack_table_give_memory(t, t->places * sizeof(*ring));
	t->ring = ring;
	t->places = places;
	return true;
}

static struct hpack_entry *copy_of(const struct hpack_field *f)
{
	struct hpack_entry *e = malloc(sizeof(*e) + f->name_length + f->value_length);

	if (!e)
		return NULL;
	*e = (struct hpack_entry){ f->name_length, f->value_length, f->name_marks, f->value_marks, !f->name };
	if (f->name)
		memcpy(e->texts, f->name, f->name_length);
	memcpy(e->texts + f->name_length, f->value, f->value_length);
	return e;
}

void hpack_table_add(struct hpack_table *t, const struct hpack_field *f)
{
	uint32_t size = f->name_length + f->value_length + HPACK_OVERHEAD;
	struct hpack_entry *e;

	if (size > t->size_max) {
		evict(t, 0);
		return;
	}
	/* The name may stand in an entry that is evicted. */
	e = copy_of(f);
	evict(t, t->size_max - size);
	if (!e || !hpack_table_take_memory(t, memory_of(f->name_length + f->value_length))) {
		free(e);
		hpack_table_forget(t);
		return;
	}
	if (!make_place(t)) {
		hpack_table_give_memory(t, memory_of(f->name_length + f->value_length));
		free(e);
		hpack_table_forget(t);
		return;
	}
	*place_of(t, UINT32_MAX) = e;
	t->newest++;
	t->entries++;
	t->size += size;
}

bool hpack_table_get(const struct hpack_table *t, uint32_t index, struct hpack_field *field)
{
	uint32_t age = index - HPACK_STATIC - 1;
	const struct hpack_entry *e;

	*field = (struct hpack_field){ .value = "" };
	if (!index)
		return false;
	if (index <= HPACK_STATIC) {
		field->name = static_table[index - 1].name;
		field->value = static_table[index - 1].value;
		field->name_length = (uint32_t)strlen(field->name);
		field->value_length = (uint32_t)strlen(field->value);
		return true;
	}
	if (age >= t->entries)
		return t->older_unknown && age - t->entries < (HPACK_TABLE_MAX - t->size) / HPACK_OVERHEAD;
	e = *place_of(t, age);
	*field = (struct hpack_field){ e->texts,      e->texts + e->name_length, e->name_length, e->value_length, e->name_marks,
				       e->value_marks };
	if (e->is_unknown)
		field->name = NULL;
	return true;
}

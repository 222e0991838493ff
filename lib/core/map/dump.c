/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The entries of a map as text or JSON. */
#include <errno.h>
#include <string.h>

#include "btf_value.h"
#include "map.h"
#include "named_map.h"

enum { BUFFER = 4096 };

struct dump {
	const struct map *map;
	bool json;
	bool first;
	struct text text;
	ebpfi_write_fn write;
	void *ctx;
};

static bool write_text(void *ctx, const char *text, size_t size)
{
	struct dump *d = ctx;

	return !size || !d->write(d->ctx, text, size);
}

/* Writes indexes and ids as numbers even if the type is unknown. */
static void put(struct dump *d, uint32_t type, bool number, const void *bytes, size_t size)
{
	uint32_t n;

	if (type || !number || size != sizeof(n)) {
		btf_value_put(&d->text, d->json, d->map->types, type, bytes, size);
		return;
	}
	memcpy(&n, bytes, sizeof(n));
	text_put_uint(&d->text, n);
}

static void put_value(struct dump *d, const char *value)
{
	const struct object_map *of = &d->map->of;

	put(d, of->value_type, map_has_ids(of->shape.type), value, of->shape.value_size);
}

static void put_values(struct dump *d, const char *values)
{
	const struct map_shape *shape = &d->map->of.shape;
	uint32_t i, n = map_values(shape);

	text_put_char(&d->text, '[');
	for (i = 0; i < n; i++) {
		if (i)
			text_put(&d->text, d->json ? "," : ", ");
		put_value(d, values + i * map_stride(shape));
	}
	text_put_char(&d->text, ']');
}

static void put_entry(struct dump *d, const void *key, const void *values)
{
	const struct object_map *of = &d->map->of;
	bool per_cpu = map_is_per_cpu(of->shape.type);

	put(d, of->key_type, map_is_array(of->shape.type), key, of->shape.key_size);
	if (d->json)
		text_put(&d->text, per_cpu ? ",\"values\":" : ",\"value\":");
	else
		text_put(&d->text, ": ");
	if (per_cpu)
		put_values(d, values);
	else
		put_value(d, values);
}

static int dump_entry(void *ctx, const void *key, const void *values)
{
	struct dump *d = ctx;

	if (d->json)
		text_put(&d->text, d->first ? "\n{\"key\":" : ",\n{\"key\":");
	d->first = false;
	put_entry(d, key, values);
	text_put(&d->text, d->json ? "}" : "\n");
	return d->text.full;
}

static int dump(struct dump *d)
{
	int n;

	if (d->json)
		text_put_char(&d->text, '[');
	n = map_walk(d->map->of.fd, &d->map->of.shape, dump_entry, d);
	if (n < 0)
		return n;
	if (d->json)
		text_put(&d->text, "\n]\n");
	return text_flush(&d->text) ? n : -ECANCELED;
}

int ebpfi_map_dump(struct ebpfi *s, const char *name, enum ebpfi_dump_format format, ebpfi_write_fn write, void *ctx)
{
	char buffer[BUFFER];
	struct map map;
	struct dump d = { .map = &map, .json = format == EBPFI_DUMP_JSON, .first = true, .write = write, .ctx = ctx };
	int n = map_find_entries(s, name, &map);

	if (n < 0)
		return n;
	if (format != EBPFI_DUMP_TEXT && format != EBPFI_DUMP_JSON)
		return ebpfi_fail(s, -EINVAL, "a map is dumped as EBPFI_DUMP_TEXT or EBPFI_DUMP_JSON");
	d.text = text_through(buffer, sizeof(buffer), write_text, &d);
	n = dump(&d);
	return n < 0 ? map_fail(s, &map, n) : n;
}

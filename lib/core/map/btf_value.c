/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "btf_value.h"

#include <bpf/btf.h>
#include <string.h>

#include "json.h"

enum {
	DEPTH_MAX = 32,
	MODIFIERS_MAX = 32, /* libbpf's own bound */
	PARTS_MIN = 1 << 16,
};

/* An array of empty structures has many parts without a byte of data, so the number of parts has a limit, not only the depth. */
struct walk {
	struct text *t;
	const struct btf *btf;
	bool json;
	int depth;
	uint64_t parts;
};

/* The bytes that a part may use: more than its type's size if it ends in a flexible array. */
struct span {
	const unsigned char *at;
	size_t size;
};

static void put(struct walk *w, uint32_t id, struct span in);

static struct span from(struct span in, size_t offset)
{
	return offset > in.size ? (struct span){ in.at, 0 } : (struct span){ in.at + offset, in.size - offset };
}

static struct span cut(struct span in, size_t size)
{
	return (struct span){ in.at, in.size < size ? in.size : size };
}

static bool is_modifier(const struct btf_type *t)
{
	return btf_is_mod(t) || btf_is_typedef(t) || btf_is_var(t) || btf_is_type_tag(t);
}

static const struct btf_type *bare(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	int i;

	for (i = 0; t && is_modifier(t); i++)
		t = i < MODIFIERS_MAX ? btf__type_by_id(btf, t->type) : NULL;
	return t;
}

static const char *name_of(const struct walk *w, uint32_t offset)
{
	const char *name = btf__name_by_offset(w->btf, offset);

	return name ? name : "";
}

static void put_nothing(struct walk *w)
{
	text_put(w->t, w->json ? "null" : "...");
}

/* Before each part but the first. */
static void put_separator(struct walk *w, bool *first)
{
	if (!*first)
		text_put(w->t, w->json ? "," : ", ");
	*first = false;
}

static void put_name(struct walk *w, bool *first, const char *name)
{
	put_separator(w, first);
	if (w->json)
		json_quote(w->t, name, strlen(name));
	else
		text_put(w->t, name);
	text_put(w->t, w->json ? ":" : ": ");
}

/* JSON has no hexadecimal numbers. */
static void put_word(struct walk *w, const char *word)
{
	if (w->json)
		text_put_char(w->t, '"');
	text_put(w->t, word);
	if (w->json)
		text_put_char(w->t, '"');
}

static unsigned int bit_at(const unsigned char *at, size_t bit)
{
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		return at[bit / 8] >> bit % 8 & 1;
	return at[bit / 8] >> (7 - bit % 8) & 1;
}

/* The first bit is the lowest of its byte on little-endian machines, and the highest on big-endian ones. */
static uint64_t read_bits(struct span in, size_t offset, uint32_t bits)
{
	uint64_t bit, value = 0;
	uint32_t i;

	if (bits > 64 || (offset + bits + 7) / 8 > in.size)
		return 0;
	for (i = 0; i < bits; i++) {
		bit = bit_at(in.at, offset + i);
		value = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value | bit << i : value << 1 | bit;
	}
	return value;
}

static void put_signed(struct walk *w, uint64_t raw, uint32_t bits)
{
	bool negative = bits && bits <= 64 && raw >> (bits - 1) & 1;

	if (negative && bits < 64)
		raw |= ~0ULL << bits;
	if (negative)
		text_put_char(w->t, '-');
	text_put_uint(w->t, negative ? 0 - raw : raw);
}

static uint64_t low_bits(uint64_t value, uint32_t bits)
{
	return bits < 64 ? value & ((1ULL << bits) - 1) : value;
}

static const char *enumerator(struct walk *w, const struct btf_type *t, uint64_t raw, uint32_t bits)
{
	uint32_t i, n = btf_vlen(t);

	/* Count the search as well: an array may repeat it for each element. */
	w->parts -= w->parts < n / 64 ? w->parts : n / 64;
	for (i = 0; btf_is_enum(t) && i < n; i++)
		if (low_bits((uint64_t)(int64_t)btf_enum(t)[i].val, bits) == raw)
			return name_of(w, btf_enum(t)[i].name_off);
	for (i = 0; btf_is_enum64(t) && i < n; i++)
		if (low_bits(btf_enum64_value(&btf_enum64(t)[i]), bits) == raw)
			return name_of(w, btf_enum64(t)[i].name_off);
	return NULL;
}

static void put_enum(struct walk *w, const struct btf_type *t, uint64_t raw, uint32_t bits)
{
	const char *name = enumerator(w, t, raw, bits);

	if (name)
		put_word(w, name);
	else if (btf_kflag(t))
		put_signed(w, raw, bits);
	else
		text_put_uint(w->t, raw);
}

/* An integer or enumeration, whole or a bitfield. */
static void put_scalar(struct walk *w, const struct btf_type *t, uint64_t raw, uint32_t bits)
{
	if (btf_is_any_enum(t))
		put_enum(w, t, raw, bits);
	else if (!btf_is_int(t))
		put_nothing(w);
	else if (btf_int_encoding(t) & BTF_INT_BOOL)
		text_put(w->t, raw ? "true" : "false");
	else if (btf_int_encoding(t) & BTF_INT_SIGNED)
		put_signed(w, raw, bits);
	else
		text_put_uint(w->t, raw);
}

static void put_hex(struct walk *w, uint64_t high, uint64_t low)
{
	char word[40];
	struct text t = text_in(word, sizeof(word));

	text_put(&t, "0x");
	if (high)
		text_put_hex(&t, high, 1);
	text_put_hex(&t, low, high ? 16 : 1);
	put_word(w, word);
}

static void put_int(struct walk *w, const struct btf_type *t, struct span in)
{
	uint64_t first, second;

	if (btf_int_bits(t) <= 64) {
		put_scalar(w, t, read_bits(in, btf_int_offset(t), btf_int_bits(t)), btf_int_bits(t));
		return;
	}
	first = read_bits(in, 0, 64);
	second = read_bits(in, 64, 64);
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		put_hex(w, second, first);
	else
		put_hex(w, first, second);
}

/* The C library writes the decimal point of the locale, which may not be a dot. */
static void put_double(struct walk *w, double value, int digits)
{
	char word[40];
	struct text t = text_in(word, sizeof(word));
	const char *c;
	bool point = false;

	text_printf(&t, "%.*g", digits, value);
	if (value - value != 0) {
		put_word(w, word);
		return;
	}
	for (c = word; *c; c++) {
		if (strchr("0123456789+-e", *c))
			text_put_char(w->t, *c);
		else if (!point)
			text_put_char(w->t, '.');
		point = point || !strchr("0123456789+-e", *c);
	}
}

static void put_float(struct walk *w, const struct btf_type *t, struct span in)
{
	double wide;
	float narrow;

	if (t->size == sizeof(narrow)) {
		memcpy(&narrow, in.at, sizeof(narrow));
		put_double(w, (double)narrow, 9);
	} else if (t->size == sizeof(wide)) {
		memcpy(&wide, in.at, sizeof(wide));
		put_double(w, wide, 17);
	} else {
		put_nothing(w);
	}
}

/* clang encodes `char` as any signed integer of one byte, so the name decides. */
static bool is_char(const struct walk *w, uint32_t id)
{
	const struct btf_type *t = bare(w->btf, id);

	return t && btf_is_int(t) && t->size == 1 &&
	       (btf_int_encoding(t) & BTF_INT_CHAR || !strcmp(name_of(w, t->name_off), "char"));
}

static bool is_printable(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* The length of a printable text with only zeros after it, or -1. */
static int64_t text_length(const unsigned char *at, size_t n)
{
	size_t i, length = 0;

	while (length < n && is_printable(at[length]))
		length++;
	for (i = length; i < n; i++)
		if (at[i])
			return -1;
	return (int64_t)length;
}

static void put_elements(struct walk *w, uint32_t type, size_t size, uint32_t n, struct span in)
{
	bool first = true;
	uint32_t i;

	text_put_char(w->t, '[');
	for (i = 0; i < n && w->parts; i++) {
		put_separator(w, &first);
		put(w, type, cut(from(in, i * size), size));
	}
	text_put_char(w->t, ']');
}

/* The type of a flexible array has 0 elements; take as many as fit into the rest of the value. */
static void put_array(struct walk *w, const struct btf_type *t, struct span in)
{
	const struct btf_array *array = btf_array(t);
	int64_t length = -1, size = btf__resolve_size(w->btf, array->type);
	uint32_t n = array->nelems;

	if (size < 0) {
		put_nothing(w);
		return;
	}
	if (!n && size)
		n = (uint32_t)(in.size / (size_t)size);
	if (is_char(w, array->type))
		length = text_length(in.at, n);
	if (length >= 0)
		json_quote(w->t, (const char *)in.at, (size_t)length);
	else
		put_elements(w, array->type, (size_t)size, n, in);
}

static void put_members(struct walk *w, const struct btf_type *t, struct span in, bool *first);

static void put_bitfield(struct walk *w, uint32_t type, struct span in, uint32_t offset, uint32_t bits)
{
	const struct btf_type *t = bare(w->btf, type);

	if (!bits && t && btf_is_int(t))
		bits = btf_int_bits(t);
	if (!t || !bits || (offset + bits + 7) / 8 > in.size)
		put_nothing(w);
	else
		put_scalar(w, t, read_bits(in, offset, bits), bits);
}

/* The last member of a structure and every member of a union may have a flexible tail; others end with their type. */
static struct span span_of_member(const struct walk *w, const struct btf_type *t, uint32_t i, struct span in)
{
	int64_t size = btf__resolve_size(w->btf, btf_members(t)[i].type);
	bool last = i + 1 == btf_vlen(t) || btf_is_union(t);

	in = from(in, btf_member_bit_offset(t, i) / 8);
	return last || size < 0 ? in : cut(in, (size_t)size);
}

/* Members of an anonymous structure or union belong to the surrounding one. */
static void put_member(struct walk *w, const struct btf_type *t, uint32_t i, struct span in, bool *first)
{
	const struct btf_member *member = &btf_members(t)[i];
	uint32_t offset = btf_member_bit_offset(t, i), bits = btf_member_bitfield_size(t, i);
	const struct btf_type *type = bare(w->btf, member->type);
	const char *name = name_of(w, member->name_off);

	if (!*name && type && btf_is_composite(type) && w->depth < DEPTH_MAX) {
		w->depth++;
		put_members(w, type, span_of_member(w, t, i, in), first);
		w->depth--;
		return;
	}
	put_name(w, first, name);
	if (bits || offset % 8)
		put_bitfield(w, member->type, in, offset, bits);
	else
		put(w, member->type, span_of_member(w, t, i, in));
}

static void put_members(struct walk *w, const struct btf_type *t, struct span in, bool *first)
{
	uint32_t i, n = btf_vlen(t);

	for (i = 0; i < n && w->parts; i++) {
		w->parts--;
		put_member(w, t, i, in, first);
	}
}

static void put_struct(struct walk *w, const struct btf_type *t, struct span in)
{
	bool first = true;

	text_put_char(w->t, '{');
	put_members(w, t, in, &first);
	text_put_char(w->t, '}');
}

static void put_section(struct walk *w, const struct btf_type *t, struct span in)
{
	const struct btf_var_secinfo *at = btf_var_secinfos(t);
	const struct btf_type *var;
	bool first = true;
	uint32_t i, n = btf_vlen(t);

	text_put_char(w->t, '{');
	for (i = 0; i < n; i++, at++) {
		var = btf__type_by_id(w->btf, at->type);
		put_name(w, &first, var ? name_of(w, var->name_off) : "");
		put(w, at->type, cut(from(in, at->offset), at->size));
	}
	text_put_char(w->t, '}');
}

static void put_kind(struct walk *w, const struct btf_type *t, struct span in)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		put_int(w, t, in);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		put_scalar(w, t, read_bits(in, 0, t->size * 8), t->size * 8);
		return;
	case BTF_KIND_PTR:
		put_hex(w, 0, read_bits(in, 0, (uint32_t)btf__pointer_size(w->btf) * 8));
		return;
	case BTF_KIND_FLOAT:
		put_float(w, t, in);
		return;
	case BTF_KIND_ARRAY:
		put_array(w, t, in);
		return;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		put_struct(w, t, in);
		return;
	case BTF_KIND_DATASEC:
		put_section(w, t, in);
		return;
	}
	put_nothing(w);
}

static void put(struct walk *w, uint32_t id, struct span in)
{
	const struct btf_type *t = bare(w->btf, id);
	int64_t size = t ? btf__resolve_size(w->btf, id) : -1;

	if (size < 0 || (uint64_t)size > in.size || !w->parts || w->depth == DEPTH_MAX) {
		put_nothing(w);
		return;
	}
	w->parts--;
	w->depth++;
	put_kind(w, t, in);
	w->depth--;
}

/* For a value without a type. */
static void put_bytes(struct walk *w, struct span in)
{
	size_t i;

	if (w->json)
		text_put_char(w->t, '"');
	for (i = 0; i < in.size; i++) {
		if (i)
			text_put_char(w->t, ' ');
		text_put_hex(w->t, in.at[i], 2);
	}
	if (w->json)
		text_put_char(w->t, '"');
}

void btf_value_put(struct text *t, bool json, const struct btf *btf, uint32_t type, const void *value, size_t size)
{
	struct walk w = { .t = t, .btf = btf, .json = json, .parts = PARTS_MIN + 4 * (uint64_t)size };
	struct span in = { value, size };

	if (btf && type)
		put(&w, type, in);
	else
		put_bytes(&w, in);
}

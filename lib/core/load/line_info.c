/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "line_info.h"

#include <elf.h>
#include <libelf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <string.h>

struct bytes {
	const char *at;
	size_t size;
};

/* The parts of .BTF and .BTF.ext with line numbers, and the position of the program. */
struct tables {
	struct bytes strings; /* of BTF */
	struct bytes lines;   /* records by section */
	uint32_t record;      /* size of one */
	char section[64];     /* of the program */
	uint64_t start, size; /* of the program in its section, in bytes */
};

static bool inside(struct bytes b, uint64_t offset, uint64_t size)
{
	return offset <= b.size && size <= b.size - offset;
}

static struct bytes part(struct bytes b, uint64_t offset, uint64_t size)
{
	return inside(b, offset, size) ? (struct bytes){ b.at + offset, size } : (struct bytes){ 0 };
}

static const char *string_at(struct bytes strings, uint32_t offset)
{
	return offset < strings.size && memchr(strings.at + offset, '\0', strings.size - offset) ? strings.at + offset : "";
}

static Elf_Scn *section_named(Elf *elf, const char *name)
{
	Elf_Scn *section = NULL;
	const char *its;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		its = elf64_getshdr(section) ? elf_strptr(elf, names, elf64_getshdr(section)->sh_name) : NULL;
		if (its && !strcmp(its, name))
			return section;
	}
	return NULL;
}

static struct bytes data_of(Elf_Scn *section)
{
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;

	return data && data->d_buf ? (struct bytes){ data->d_buf, data->d_size } : (struct bytes){ 0 };
}

static bool read_strings(struct bytes btf, struct tables *t)
{
	struct btf_header head;

	if (!inside(btf, 0, sizeof(head)))
		return false;
	memcpy(&head, btf.at, sizeof(head));
	t->strings = part(btf, (uint64_t)head.hdr_len + head.str_off, head.str_len);
	return head.magic == BTF_MAGIC && t->strings.at;
}

/* Documentation/bpf/btf.rst; the structure is in a private header of libbpf. */
static bool read_lines(struct bytes ext, struct tables *t)
{
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t header_size, func_offset, func_size, line_offset, line_size;
	} head;

	if (!inside(ext, 0, sizeof(head)))
		return false;
	memcpy(&head, ext.at, sizeof(head));
	t->lines = part(ext, (uint64_t)head.header_size + head.line_offset, head.line_size);
	if (head.magic != BTF_MAGIC || t->lines.size < sizeof(t->record))
		return false;
	memcpy(&t->record, t->lines.at, sizeof(t->record));
	t->lines = part(t->lines, sizeof(t->record), t->lines.size - sizeof(t->record));
	return t->record >= sizeof(struct bpf_line_info);
}

static bool set_position(Elf *elf, const Elf64_Sym *symbol, struct tables *t)
{
	Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
	const char *name = NULL;
	size_t names;

	if (section && elf64_getshdr(section) && !elf_getshdrstrndx(elf, &names))
		name = elf_strptr(elf, names, elf64_getshdr(section)->sh_name);
	if (!name)
		return false;
	snprintf(t->section, sizeof(t->section), "%s", name);
	t->start = symbol->st_value;
	t->size = symbol->st_size;
	return true;
}

static bool find_program(Elf *elf, const char *program, struct tables *t)
{
	Elf_Scn *table = section_named(elf, ".symtab");
	struct bytes symbols = data_of(table);
	const char *name;
	Elf64_Sym symbol;
	size_t at;

	for (at = 0; inside(symbols, at, sizeof(symbol)); at += sizeof(symbol)) {
		memcpy(&symbol, symbols.at + at, sizeof(symbol));
		name = elf_strptr(elf, elf64_getshdr(table)->sh_link, symbol.st_name);
		if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && name && !strcmp(name, program))
			return set_position(elf, &symbol, t);
	}
	return false;
}

/* Called for each line record with its section's name. */
typedef void (*record_fn)(void *ctx, const struct tables *t, const char *section, const struct bpf_line_info *record);

static void each_record(const struct tables *t, record_fn fn, void *ctx)
{
	struct bytes left = t->lines;
	struct bpf_line_info record;
	uint32_t head[2], i; /* the section's name, how many records */

	while (inside(left, 0, sizeof(head))) {
		memcpy(head, left.at, sizeof(head));
		left = part(left, sizeof(head), left.size - sizeof(head));
		for (i = 0; i < head[1] && inside(left, 0, t->record); i++) {
			memcpy(&record, left.at, sizeof(record));
			fn(ctx, t, string_at(t->strings, head[0]), &record);
			left = part(left, t->record, left.size - t->record);
		}
	}
}

struct search {
	uint64_t offset;    /* in the program's section */
	const char *source; /* or by this text */
	struct bpf_line_info best;
	bool found, ambiguous;
};

static const char *text_of(const struct tables *t, const struct bpf_line_info *record)
{
	const char *text = string_at(t->strings, record->line_off);

	return text + strspn(text, " \t");
}

/* Keeps the last record at or before the instruction. Line 0 means that the code has no source line. */
static void keep_by_offset(void *ctx, const struct tables *t, const char *section, const struct bpf_line_info *record)
{
	struct search *s = ctx;

	if (strcmp(section, t->section) || record->insn_off < t->start || record->insn_off > s->offset ||
	    !BPF_LINE_INFO_LINE_NUM(record->line_col))
		return;
	if (s->found && record->insn_off < s->best.insn_off)
		return;
	s->best = *record;
	s->found = true;
}

static void keep_by_text(void *ctx, const struct tables *t, const char *section, const struct bpf_line_info *record)
{
	struct search *s = ctx;
	uint32_t line = BPF_LINE_INFO_LINE_NUM(record->line_col);

	(void)section;
	if (!line || strcmp(text_of(t, record), s->source))
		return;
	s->ambiguous = s->ambiguous || (s->found && BPF_LINE_INFO_LINE_NUM(s->best.line_col) != line);
	s->best = *record;
	s->found = true;
}

static bool find_line(const struct tables *t, uint32_t insn, const char *source, struct source_line *line)
{
	struct search s = { .offset = t->start + (uint64_t)insn * sizeof(struct bpf_insn), .source = source };
	const char *file, *slash;

	each_record(t, s.offset < t->start + t->size ? keep_by_offset : keep_by_text, &s);
	if (!s.found || s.ambiguous)
		return false;
	file = string_at(t->strings, s.best.file_name_off);
	slash = strrchr(file, '/');
	line->line = BPF_LINE_INFO_LINE_NUM(s.best.line_col);
	snprintf(line->file, sizeof(line->file), "%s", slash ? slash + 1 : file);
	snprintf(line->source, sizeof(line->source), "%s", text_of(t, &s.best));
	return true;
}

bool line_info_find(const struct image *image, const char *program, uint32_t insn, const char *source, struct source_line *line)
{
	struct tables t = { 0 };
	bool found = false;
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;
	/* libelf does not write to the bytes; its parameter lacks a const. */
	elf = elf_memory((char *)image->bytes, image->size);
	if (elf && elf64_getehdr(elf))
		found = read_strings(data_of(section_named(elf, ".BTF")), &t) &&
			read_lines(data_of(section_named(elf, ".BTF.ext")), &t) && find_program(elf, program, &t) &&
			find_line(&t, insn, source, line);
	elf_end(elf);
	return found;
}

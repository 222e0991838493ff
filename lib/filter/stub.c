/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "stub.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INSN_SIZE = sizeof(struct bpf_insn) };

/* .BTF.ext has no public header (see libbpf's internal btf.h). Lengths and offsets are in bytes. */
struct ext_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t head_size;
	uint32_t func_at, func_size;
	uint32_t line_at, line_size;
};

/* Followed by its records. Each begins with the offset of an instruction in the section. */
struct ext_section {
	uint32_t name, count;
};

/* One replacement. */
struct stub {
	struct image *image;
	Elf64_Sym *symbol;
	Elf64_Shdr *text;
	uint32_t from, to; /* the function's old and new offset in its section */
};

static bool holds(const struct image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

static Elf64_Ehdr *elf_head(const struct image *image)
{
	return (Elf64_Ehdr *)image->bytes;
}

static Elf64_Shdr *section_at(const struct image *image, unsigned int index)
{
	Elf64_Shdr *sections = (Elf64_Shdr *)(image->bytes + elf_head(image)->e_shoff);

	return index < elf_head(image)->e_shnum ? &sections[index] : NULL;
}

static bool is_well_formed(const struct image *image)
{
	static const unsigned char order = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	const Elf64_Ehdr *head = elf_head(image);
	unsigned int i;

	if (image->size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_ident[EI_DATA] != order || head->e_shentsize != sizeof(Elf64_Shdr) || head->e_shoff % 8 ||
	    !holds(image, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr)))
		return false;
	for (i = 0; i < head->e_shnum; i++)
		if (section_at(image, i)->sh_type != SHT_NOBITS &&
		    !holds(image, section_at(image, i)->sh_offset, section_at(image, i)->sh_size))
			return false;
	return true;
}

/* A string in a string table; "" if the table is too short. */
static const char *string_in(const struct image *image, const Elf64_Shdr *strings, uint64_t offset)
{
	const char *table = (const char *)image->bytes + strings->sh_offset;

	if (strings->sh_type == SHT_NOBITS || offset >= strings->sh_size || table[strings->sh_size - 1])
		return "";
	return table + offset;
}

static Elf64_Shdr *section_named(const struct image *image, const char *name)
{
	const Elf64_Shdr *names = section_at(image, elf_head(image)->e_shstrndx);
	Elf64_Shdr *section;
	unsigned int i;

	for (i = 0; names && (section = section_at(image, i)); i++)
		if (section->sh_type != SHT_NOBITS && !strcmp(string_in(image, names, section->sh_name), name))
			return section;
	return NULL;
}

static Elf64_Sym *function_in(const struct image *image, const Elf64_Shdr *symbols, const char *name)
{
	const Elf64_Shdr *names = section_at(image, symbols->sh_link);
	Elf64_Sym *symbol = (Elf64_Sym *)(image->bytes + symbols->sh_offset);
	uint64_t n = symbols->sh_size / sizeof(*symbol);

	for (; names && n; n--, symbol++)
		if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && !strcmp(string_in(image, names, symbol->st_name), name))
			return symbol;
	return NULL;
}

static int find_function(struct stub *stub, const char *name)
{
	Elf64_Shdr *section;
	unsigned int i;

	for (i = 0; !stub->symbol && (section = section_at(stub->image, i)); i++)
		if (section->sh_type == SHT_SYMTAB && section->sh_offset % 8 == 0)
			stub->symbol = function_in(stub->image, section, name);
	if (!stub->symbol)
		return -ENOENT;
	stub->text = section_at(stub->image, stub->symbol->st_shndx);
	if (!stub->text || stub->text->sh_type != SHT_PROGBITS)
		return -ENOEXEC;
	stub->from = (uint32_t)stub->symbol->st_value;
	stub->to = (uint32_t)stub->text->sh_size;
	return 0;
}

/* Changes the record at `from` to `to` and makes it the last: libbpf expects records in order of offset. */
static void move_record(uint8_t *records, uint32_t count, uint32_t size, const struct stub *stub)
{
	uint8_t *record = records, *end = records + (size_t)count * size;
	uint8_t kept[256];

	while (record < end && memcmp(record, &stub->from, sizeof(stub->from)))
		record += size;
	if (record == end)
		return;
	memcpy(kept, record, size);
	memcpy(kept, &stub->to, sizeof(stub->to));
	memmove(record, record + size, (size_t)(end - record) - size);
	memcpy(end - size, kept, size);
}

static const char *btf_string(const struct image *image, uint32_t offset)
{
	const Elf64_Shdr *btf = section_named(image, ".BTF");
	struct btf_header head;
	uint64_t at;

	if (!btf || btf->sh_size < sizeof(head))
		return "";
	memcpy(&head, image->bytes + btf->sh_offset, sizeof(head));
	at = (uint64_t)head.hdr_len + head.str_off + offset;
	if (at >= btf->sh_size || image->bytes[btf->sh_offset + btf->sh_size - 1])
		return "";
	return (const char *)image->bytes + btf->sh_offset + at;
}

static bool is_of_text(const struct stub *stub, uint32_t name)
{
	const Elf64_Shdr *names = section_at(stub->image, elf_head(stub->image)->e_shstrndx);

	return names && !strcmp(btf_string(stub->image, name), string_in(stub->image, names, stub->text->sh_name));
}

/* One kind of records: the record size, then for each section a head and its records. */
static int move_records(uint8_t *at, uint32_t left, const struct stub *stub)
{
	struct ext_section section;
	uint32_t size;

	if (left < sizeof(size))
		return left ? -ENOEXEC : 0;
	memcpy(&size, at, sizeof(size));
	at += sizeof(size);
	left -= (uint32_t)sizeof(size);
	if (size < sizeof(uint32_t) || size > 256)
		return -ENOEXEC;
	while (left) {
		if (left < sizeof(section))
			return -ENOEXEC;
		memcpy(&section, at, sizeof(section));
		at += sizeof(section);
		left -= (uint32_t)sizeof(section);
		if (section.count > left / size)
			return -ENOEXEC;
		if (is_of_text(stub, section.name))
			move_record(at, section.count, size, stub);
		at += section.count * size;
		left -= section.count * size;
	}
	return 0;
}

/* The kernel requires type information for each function and line information at its first instruction. */
static int move_info(const struct stub *stub)
{
	const Elf64_Shdr *section = section_named(stub->image, ".BTF.ext");
	struct ext_head head;
	uint8_t *at;
	uint64_t room;
	int err;

	if (!section)
		return 0;
	at = stub->image->bytes + section->sh_offset;
	if (section->sh_size < sizeof(head))
		return -ENOEXEC;
	memcpy(&head, at, sizeof(head));
	if (head.head_size > section->sh_size)
		return -ENOEXEC;
	at += head.head_size;
	room = section->sh_size - head.head_size;
	if ((uint64_t)head.func_at + head.func_size > room || (uint64_t)head.line_at + head.line_size > room)
		return -ENOEXEC;
	err = move_records(at + head.func_at, head.func_size, stub);
	return err ? err : move_records(at + head.line_at, head.line_size, stub);
}

/* Writes the section with the new body to the end of the file. */
static void append_section(struct stub *stub, size_t at, const struct bpf_insn *insns, uint32_t n)
{
	uint8_t *bytes = stub->image->bytes;

	memset(bytes + stub->image->size, 0, at - stub->image->size);
	memcpy(bytes + at, bytes + stub->text->sh_offset, stub->text->sh_size);
	memcpy(bytes + at + stub->text->sh_size, insns, (size_t)n * INSN_SIZE);
	stub->text->sh_offset = at;
	stub->text->sh_size += (uint64_t)n * INSN_SIZE;
	stub->symbol->st_value = stub->to;
	stub->symbol->st_size = (uint64_t)n * INSN_SIZE;
	stub->image->size = at + stub->text->sh_size;
}

/* Works on a copy; the caller keeps the image on failure. */
static int replace_body(struct image *copy, size_t at, const char *function, const struct bpf_insn *insns, uint32_t n)
{
	struct stub stub = { .image = copy };
	int err = find_function(&stub, function);

	if (!err)
		err = move_info(&stub);
	if (!err)
		append_section(&stub, at, insns, n);
	return err;
}

int stub_replace(struct image *image, const char *function, const struct bpf_insn *insns, uint32_t n)
{
	size_t at = (image->size + 7) & ~(size_t)7;
	struct image copy = { .size = image->size };
	int err;

	if (!is_well_formed(image))
		return -ENOEXEC;
	/* A section is at most as long as the file. */
	copy.bytes = malloc(at + image->size + (size_t)n * INSN_SIZE);
	if (!copy.bytes)
		return -ENOMEM;
	memcpy(copy.bytes, image->bytes, image->size);
	err = replace_body(&copy, at, function, insns, n);
	if (err) {
		free(copy.bytes);
		return err;
	}
	free(image->bytes);
	*image = copy;
	return 0;
}

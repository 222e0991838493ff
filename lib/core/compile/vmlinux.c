/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "vmlinux.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "libbpf_log.h"
#include "session.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define MARK "struct ebpfi_vmlinux_h_is_nowhere;"

/* Guard and pragma as bpftool writes them. */
static const char placeholder[] = "#define __VMLINUX_H__\n" MARK "\n";
static const char begin[] = "#ifndef __VMLINUX_H__\n"
			    "#define __VMLINUX_H__\n"
			    "#pragma GCC system_header\n"
			    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			    "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
			    "#endif\n";
static const char end[] = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			  "#pragma clang attribute pop\n"
			  "#endif\n"
			  "#endif\n";

int vmlinux_reserve(const char *dir, const char *path)
{
	if (mkdir(dir, 0700))
		return -errno;
	return file_write(path, placeholder, strlen(placeholder));
}

bool vmlinux_is_wanted(const char *text, size_t size)
{
	return memmem(text, size, MARK, strlen(MARK)) != NULL;
}

static void print(void *file, const char *format, va_list args)
{
	vfprintf(file, format, args);
}

static int dump_types(const struct btf *btf, FILE *file)
{
	struct btf_dump *dump = btf_dump__new(btf, print, file, NULL);
	unsigned int id, count = btf__type_cnt(btf);
	int err = dump ? 0 : -errno;

	fputs(begin, file);
	for (id = 1; !err && id < count; id++)
		err = btf_dump__dump_type(dump, id);
	fputs(end, file);
	btf_dump__free(dump);
	return err;
}

static int write_types(const char *path)
{
	struct btf *btf = btf__parse(BTF_FILE, NULL);
	FILE *file = NULL;
	int err = btf ? 0 : -errno;

	if (!err && unlink(path))
		err = -errno;
	if (!err) {
		file = fopen(path, "wxe");
		err = file ? dump_types(btf, file) : -errno;
	}
	if (file && (ferror(file) | fclose(file)) && !err)
		err = -EIO;
	btf__free(btf);
	return err;
}

int vmlinux_write(struct ebpfi *s, const char *name, const char *path)
{
	int err;

	ebpfi_log(s, EBPFI_LOG_INFO, "%s: vmlinux.h is in no directory: made from the running kernel's BTF", name);
	libbpf_log_begin(s);
	err = write_types(path);
	libbpf_log_end();
	return err ? ebpfi_fail(s, err,
				"cannot compile %s: vmlinux.h is in no directory, and cannot be made from " BTF_FILE ": %s",
				name, strerror(-err))
		   : 0;
}

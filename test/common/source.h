/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* For tests of ebpfi_load_source(): a program that tells of a packet, a place to write to, and the library's log. */
#pragma once

#include <dirent.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static const char program[] = "#include <ebpfinspect/bpf.h>\n"
			      "#ifndef VALUE\n"
			      "#define VALUE 1\n"
			      "#endif\n"
			      "EBPFI_RING(records, 4096);\n"
			      "EBPFI_KNOB(__u32, added, 0);\n"
			      "SEC(\"tc/ingress\") int look(struct __sk_buff *skb)\n"
			      "{\n"
			      "	struct ethhdr eth;\n"
			      "	__u32 *value = ebpfi_reserve(records, __u32);\n"
			      "	if (!value)\n"
			      "		return TC_ACT_UNSPEC;\n"
			      "	*value = ebpfi_read(skb, 0, &eth) && eth.h_proto == bpf_htons(0x88b5) ? VALUE + added : 0;\n"
			      "	bpf_ringbuf_submit(value, 0);\n"
			      "	return TC_ACT_UNSPEC;\n"
			      "}\n"
			      "EBPFI_LICENSE(\"Dual BSD/GPL\");\n";

static int compilations, hits;
static char heard[16384];

static inline void on_log(void *ctx, enum ebpfi_log_level level, const char *text)
{
	(void)ctx;
	if (level > EBPFI_LOG_INFO)
		return;
	compilations += strstr(text, "compiling with") != NULL;
	hits += strstr(text, "taken from the cache") != NULL;
	strncat(heard, text, sizeof(heard) - strlen(heard) - 2);
	strcat(heard, "\n");
}

/* A /tmp of the test's own, which goes with it. */
static inline void setup(void)
{
	lab_setup();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(chdir("/tmp"), 0);
	ck_assert_int_eq(mkdir("/tmp/work", 0700), 0);
	setenv("TMPDIR", "/tmp/work", 1);
	setenv("XDG_CACHE_HOME", "/tmp/cache", 1);
}

static inline struct ebpfi *new_session(void)
{
	struct ebpfi_opts opts = { .sz = sizeof(opts), .log = on_log };
	struct ebpfi *s = ebpfi_new(NULL, NULL, &opts);

	ck_assert_ptr_nonnull(s);
	return s;
}

static inline void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	fclose(file);
}

static inline int keep(void *ctx, const void *data, size_t size)
{
	(void)size;
	memcpy(ctx, data, sizeof(uint32_t));
	return 0;
}

/* What the program says about one packet. */
static inline uint32_t value_seen(struct ebpfi *s, const char *name)
{
	char map[64];
	uint32_t value = 0;

	snprintf(map, sizeof(map), "%s.records", name);
	lab_veth("veth0", "veth1");
	ck_assert_msg(ebpfi_attach(s, name, "veth1", NULL) > 0, "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_on_record(s, map, keep, &value), 0);
	lab_send("veth0", frame, sizeof(frame));
	ck_assert_int_eq(ebpfi_poll(s, 5000), 1);
	return value;
}

static inline void load(struct ebpfi *s, const char *name, const char *source, const char *const *cflags)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .cflags = cflags };

	ck_assert_msg(!ebpfi_load_source(s, name, source, &opts), "%s", ebpfi_errmsg(s));
}

static inline void fails(const char *source, const struct ebpfi_object_opts *opts, int err, const char *words)
{
	struct ebpfi *s = new_session();

	ck_assert_int_eq(ebpfi_load_source(s, "mine", source, opts), err);
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "\"%s\" lacks \"%s\"", ebpfi_errmsg(s), words);
	ebpfi_free(s);
}

static inline int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += *entry->d_name != '.';
	if (dir)
		closedir(dir);
	return n;
}

static inline void write_script(const char *path, const char *text)
{
	write_file(path, text);
	ck_assert_int_eq(chmod(path, 0700), 0);
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps of what a session has loaded, by name. A part of ebpfinspect.h, which includes it; the prose there holds here, too. */
#ifndef EBPFINSPECT_MAP_H
#define EBPFINSPECT_MAP_H

#include <ebpfinspect/ebpfinspect.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A map of a loaded object or bundled inspector is named "MODULE.MAP", split at the first dot: "mine.counts", "packet.ledger".
 * Globals are maps too: "mine..bss", "mine..data", "mine..rodata".
 *
 * Sizes are those of the host's variables and must equal the map's. If they differ, the call fails with -EINVAL and the message
 * names both. An entry of a per-CPU map has one value per possible CPU, and `value` holds them all: ebpfi_map_info.values of
 * them, ebpfi_map_info.stride bytes apart, which is the value's size rounded up to 8. Queues and stacks have no keys (NULL, 0):
 * a lookup reads the head, deleting removes it. Values that are maps or programs are descriptors when written and ids when
 * read.
 *
 * All return a negative errno on failure. -ENOENT: no such map, or no entry with this key. -E2BIG: the map is full, or an index
 * is beyond its end. -EBUSY: a program holds the lock of the same bucket: retry. -ENOMEM: the kernel has no memory. -EPERM: the
 * map is read-only. -EOPNOTSUPP: maps of this type cannot do this; ring and perf buffers have no entries (see
 * ebpfi_on_record()).
 */

/* The map's descriptor, for other system calls. The session owns it; it is valid as long as the session. */
EBPFI_API int ebpfi_map_fd(struct ebpfi *session, const char *map);

struct ebpfi_map_info {
	size_t sz;
	const char *type_name; /* "percpu_hash"; "" where the library does not know the type */
	uint32_t type;         /* the kernel's enum bpf_map_type */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags; /* the kernel's BPF_F_ */
	uint32_t id;
	uint32_t values; /* per entry: 1, or in a per-CPU map one per possible CPU */
	uint32_t stride; /* bytes from one value to the next; values * stride bytes are looked up, updated and handed over */
};

/* Fills in `info`, whose `sz` is set. */
EBPFI_API int ebpfi_map_info(struct ebpfi *session, const char *map, struct ebpfi_map_info *info);

EBPFI_API int ebpfi_map_lookup(struct ebpfi *session, const char *map, const void *key, size_t key_size, void *value,
			       size_t value_size);

/* Whether an update may add an entry, or replace one. Other flags go to the kernel unchanged. */
#define EBPFI_UPDATE_ANY 0
#define EBPFI_UPDATE_NEW 1      /* -EEXIST if there is an entry with this key */
#define EBPFI_UPDATE_EXISTING 2 /* -ENOENT if there is none */

EBPFI_API int ebpfi_map_update(struct ebpfi *session, const char *map, const void *key, size_t key_size, const void *value,
			       size_t value_size, uint64_t flags);

/*
 * Updates `count` entries from an array of keys and an array of values, in one system call if the kernel can. Returns `count`.
 * On failure the message says how many were written before.
 */
EBPFI_API int ebpfi_map_update_batch(struct ebpfi *session, const char *map, const void *keys, size_t key_size,
				     const void *values, size_t value_size, uint32_t count, uint64_t flags);

EBPFI_API int ebpfi_map_delete(struct ebpfi *session, const char *map, const void *key, size_t key_size);

/*
 * Receives one entry, valid until the function returns. Non-zero stops. It may call the functions on maps, and delete or update
 * the entry that it received.
 */
typedef int (*ebpfi_map_fn)(void *ctx, const void *key, const void *value);

/*
 * Hands each entry to a function and returns their number; -ECANCELED if the function stopped it. It terminates even while
 * programs add and delete entries. Such entries may or may not be handed over, in maps other than hashes and arrays even twice.
 */
EBPFI_API int ebpfi_map_each(struct ebpfi *session, const char *map, ebpfi_map_fn fn, void *ctx);

/* Adds up the first `n` 64-bit counters of a value over all CPUs. `sums` is written only on success. */
EBPFI_API int ebpfi_map_sum(struct ebpfi *session, const char *map, const void *key, size_t key_size, uint64_t *sums, size_t n);

/*
 * Makes the key of a longest-prefix map, { uint32_t length; uint8_t address[]; }, from "10.0.0.0/8", "2001:db8::/32" or an
 * address. A key of 8 bytes holds IPv4. A key of 20 bytes holds IPv6, and IPv4 as ::ffff:a.b.c.d with 96 added to the length.
 * Bits after the prefix are cleared. -EINVAL: the text is not a prefix. -EAFNOSUPPORT: IPv6 for a key of 8 bytes. -EMSGSIZE:
 * another size.
 */
EBPFI_API int ebpfi_lpm_key(const char *text, void *key, size_t key_size);

/*
 * Pins a map in bpffs, where it outlives the session and the process until it is unpinned. The directory must exist.
 * -EEXIST: the path exists; nothing is replaced. -EINVAL: the path is not in a bpffs.
 */
EBPFI_API int ebpfi_map_pin(struct ebpfi *session, const char *map, const char *path);

/* Removes a pin of this map. -ENOENT: the path does not exist. -EINVAL: it is something else, which stays. */
EBPFI_API int ebpfi_map_unpin(struct ebpfi *session, const char *map, const char *path);

enum ebpfi_dump_format {
	EBPFI_DUMP_TEXT = 0, /* one line per entry: "key: value" */
	EBPFI_DUMP_JSON = 1, /* an array of {"key": ..., "value": ...}; per-CPU maps have "values": [...] */
};

/* Receives a piece of text, not terminated; non-zero stops. */
typedef int (*ebpfi_write_fn)(void *ctx, const char *text, size_t size);

/*
 * Writes all entries according to the map's types (BTF): structures by members, enumerators by name, printable `char` arrays as
 * strings, pointers and 128-bit integers in hexadecimal. Keys and values without a type are written as bytes in hexadecimal.
 * Returns the number of entries; -ECANCELED if the function stopped it.
 */
EBPFI_API int ebpfi_map_dump(struct ebpfi *session, const char *map, enum ebpfi_dump_format format, ebpfi_write_fn write,
			     void *ctx);

#ifdef __cplusplus
}
#endif
#endif

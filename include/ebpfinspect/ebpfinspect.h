/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * libebpfinspect: packets seen by eBPF programs, handed to a C function.
 *
 * A session loads inspectors (eBPF programs that come with the library, by name), attaches them to interfaces and calls one
 * function for each event. The same inspector reads capture files, with no privilege, and calls the same function.
 *
 *     static struct ebpfi *s;
 *
 *     static int print(void *ctx, const struct ebpfi_event *event)
 *     {
 *             char line[EBPFI_STR_MAX];
 *             puts(ebpfi_event_str(s, event, line, sizeof(line)));
 *             return 0;
 *     }
 *
 *     s = ebpfi_new(print, NULL, NULL);
 *     if (ebpfi_attach(s, "packet", "eth0", NULL) < 0)
 *             errx(1, "%s", ebpfi_errmsg(s));
 *     while (ebpfi_poll(s, -1) >= 0)
 *             ;
 *     ebpfi_free(s);
 *
 * Errors. Functions that return int return a negative errno on failure, and ebpfi_errmsg() says in one sentence what failed
 * and what to do. errno itself is neither read nor promised. Results are written only on success.
 *
 * Ownership. A session owns all that is made from it; ebpfi_free() detaches and releases it. Arguments are copied. What a
 * callback receives, and any string a function returns, is valid until the callback returns or the session is used again.
 *
 * Options. Each options structure begins with its size, set by the caller to sizeof of the type it was compiled with. Zero is
 * the default for every member, NULL for all of them. Structures grow at the end; bytes that this library does not know must be
 * zero, else the call fails with -E2BIG.
 *
 * Threads. A session is used by one thread at a time; sessions share nothing, so each thread may have its own. ebpfi_break()
 * may be called from any thread and from signal handlers.
 *
 * Processes. After fork() a session can go on in the parent or in the child, as with daemon(), but not in both. What is attached goes
 * when the process that made the session frees it, or when the last process that inherited the session frees it or ends.
 *
 * Manners. The library never prints, never exits, changes no limit and handles no signal. It attaches beside what others have
 * attached, and replaces or removes nothing that it did not make. When the process dies, the kernel detaches.
 *
 * Kernel. 6.1 or later. Loading needs CAP_BPF, and CAP_NET_ADMIN for XDP and tc or CAP_NET_RAW for the socket filter.
 */
#ifndef EBPFINSPECT_H
#define EBPFINSPECT_H

#include <stddef.h>
#include <stdint.h>

#include <ebpfinspect/event.h>
#include <ebpfinspect/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EBPFI_API __attribute__((visibility("default")))

struct ebpfi;

/* ---- Session ------------------------------------------------------------------------------------------------------------ */

/*
 * Receives each event, in the thread that polls or replays. Return 0 to go on; anything else stops the current ebpfi_poll() or
 * ebpfi_replay(), which then returns -ECANCELED; the few events that came of the same packet are delivered still. From within,
 * only ebpfi_event_*(), ebpfi_errmsg() and ebpfi_break() may be called on the session, and ebpfi_pcapng_write().
 */
typedef int (*ebpfi_event_fn)(void *ctx, const struct ebpfi_event *event);

enum ebpfi_log_level {
	EBPFI_LOG_WARNING = 1,
	EBPFI_LOG_INFO = 2,
	EBPFI_LOG_DEBUG = 3, /* libbpf's own messages and verifier logs */
};

/* Receives what the library would otherwise have printed; `text` has no newline at its end. */
typedef void (*ebpfi_log_fn)(void *ctx, enum ebpfi_log_level level, const char *text);

struct ebpfi_opts {
	size_t sz;
	ebpfi_log_fn log; /* NULL: nothing is logged */
	void *log_ctx;
};

/* A new session, or NULL when memory or descriptors are short or the options are not valid. */
EBPFI_API struct ebpfi *ebpfi_new(ebpfi_event_fn fn, void *ctx, const struct ebpfi_opts *opts);

/*
 * Detaches and releases all that the session made. NULL is allowed. Events not polled yet are lost. In another process than the one that
 * made the session it only closes and frees: links stay attached while any process has them, and open pcapng files get no statistics.
 */
EBPFI_API void ebpfi_free(struct ebpfi *session);

/* Why the last call on this session failed; "" before the first failure. Valid until the next call. */
EBPFI_API const char *ebpfi_errmsg(const struct ebpfi *session);

/* The library's release, "MAJOR.MINOR.PATCH". */
EBPFI_API const char *ebpfi_version(void);

/* ---- Inspectors --------------------------------------------------------------------------------------------------------- */

/* The name of bundled inspector `index`, counted from 0; NULL past the last. */
EBPFI_API const char *ebpfi_inspector_name(unsigned int index);

/*
 * An option of an inspector, by name. `packet` has "snaplen" (bytes of each packet that its event carries, 0 to 65535; default 0) and
 * "sample" (one packet in so many makes an event; 0 and 1: each). `http` has "tunnels" (1: look into VXLAN on UDP ports 4789 and
 * 8472, and into Geneve on 6081) and "connections" (how many are remembered, 64 to 1048576; default 8192; each takes 1.5 KB of memory).
 */
struct ebpfi_option {
	const char *name;
	uint64_t value;
};

struct ebpfi_load_opts {
	size_t sz;
	const struct ebpfi_option *options; /* ends with an option that has no name; NULL: defaults */
	/*
	 * Bytes of the ring buffer, rounded up to a power of two of pages; 0: 4 MiB. With more than 256 KiB, each CPU also has a ring
	 * of 256 KiB to itself (the first 64 CPUs have). The ring buffer then takes the records that find no room there, events with
	 * more than 2048 bytes of a packet, and the pieces of HTTP/2.
	 */
	uint32_t ring_size;
	uint32_t reserved;
};

/*
 * Chooses a bundled inspector and fixes its options. The kernel is asked when it is attached, for each hook's program with the
 * rights which that hook needs, and never for a replay. Loading is optional: attach and replay load with the default options.
 * libbpf has one print function per process. While a call of this library loads something, that is the library's; afterwards it is
 * again the function that was there before. So a host may call libbpf_set_print() at any time; during such a call of another thread
 * it stays set, and that call's messages may lack their reasons.
 * -ENOENT: no such inspector. -EALREADY: loaded before. -EINVAL: the inspector has no option of that name, or the value is out of its
 * range; the message says which and what there is.
 */
EBPFI_API int ebpfi_load(struct ebpfi *session, const char *inspector, const struct ebpfi_load_opts *opts);

struct ebpfi_option_info {
	size_t sz;
	const char *name;
	const char *help; /* one line for people */
	uint64_t min, max, initial;
};

/* Describes option `index`, counted from 0, of an inspector; `info->sz` is set. -ENOENT: no such inspector or option. Any thread. */
EBPFI_API int ebpfi_inspector_option(const char *inspector, unsigned int index, struct ebpfi_option_info *info);

/*
 * Replaces a table of an inspector, "INSPECTOR.TABLE", in one step: while it is attached, each packet sees the one before or this one,
 * and none sees a mixture. Attaches and replays that come later begin with it. `values` are all entries of the table, one behind the
 * other, and are copied. Which tables an inspector has, and what their slots mean, its documentation says; loads as ebpfi_attach() does.
 * -ENOENT: no such inspector or table. -EINVAL: the slot or the size does not fit. -ENOMEM, and others as of ebpfi_map_update().
 */
EBPFI_API int ebpfi_table_set(struct ebpfi *session, const char *table, uint32_t slot, const void *values, size_t size);

/* ---- The host's own objects --------------------------------------------------------------------------------------------- */

/* A `const volatile` global of an object: fixed at load, so that the verifier removes what it switches off. */
struct ebpfi_knob {
	const char *name;
	const void *value;
	size_t size; /* must be the global's own */
};

/* A map that is pinned, to be used instead of a new one. Its type and sizes must be those of the object's map. */
struct ebpfi_reuse {
	const char *map;  /* the object's, without its name: "counts" */
	const char *path; /* in bpffs */
};

/* A program of an object, to be loaded. */
struct ebpfi_program {
	const char *name;
	const char
		*section; /* its type, as a section's name says it ("xdp", "tc", "xdp/cpumap"); NULL: that of its own section */
};

struct ebpfi_object_opts {
	size_t sz;
	const struct ebpfi_knob *knobs;
	size_t knob_count;
	const char *pin_path; /* directory in bpffs for maps that say LIBBPF_PIN_BY_NAME; NULL: /sys/fs/bpf */
	const struct ebpfi_reuse *reuse;
	size_t reuse_count;
	/* The rest is for ebpfi_load_source(). */
	const char *clang; /* a path, or a name to look for in $PATH; NULL: clang, or the newest of clang-14 to clang-21 */
	const char *const *cflags; /* further flags for it, NULL at the end, such as "-DLIMIT=5", "-Iinclude", "-Wall" */
	uint32_t no_cache;         /* 1: compile always, keep nothing */
	uint32_t reserved;
	/* For all three again. The programs to be loaded, and no others; none: all but those in optional sections, SEC("?xdp"). */
	const struct ebpfi_program *programs;
	size_t program_count;
};

/*
 * Loads a BPF object of the host's own, maps and programs, under a name: from a file made by "clang -O2 -g -target bpf -c", or
 * from memory. Sections may have their old or new names ("tc", "classifier", "tc/ingress", "tcx/ingress", "xdp", "xdp.frags",
 * "socket"), whichever libbpf is installed. Maps are then "NAME.MAP" to the functions on maps, so NAME has no dot.
 * -ENOEXEC: no BPF object. -ENOENT: no such file, or no knob, program, map or pin of that name. -EINVAL: a knob's size or a pinned map differs,
 * the section of a program is not known, or the name has a dot. -EALREADY: the name is taken.
 * -EPERM, -EACCES, -E2BIG, -EINVAL from the kernel: the message has the reason; the verifier's log goes to the session's log function.
 */
EBPFI_API int ebpfi_load_file(struct ebpfi *session, const char *name, const char *path, const struct ebpfi_object_opts *opts);
EBPFI_API int ebpfi_load_mem(struct ebpfi *session, const char *name, const void *object, size_t size,
			     const struct ebpfi_object_opts *opts);

/*
 * The same from C: `source` is C text (it has a line end or a brace), or else the path of a .c file. clang runs as
 * "clang -O2 -g -target bpf -mcpu=v3", with `cflags`, in a directory of its own; the headers of BPF programs (ebpfinspect/bpf.h,
 * linux/, bpf/) come with the library, and the machine needs none. What was compiled before, from the same preprocessed text with the
 * same flags and the same clang, is taken from ${XDG_CACHE_HOME:-$HOME/.cache}/ebpfinspect; where that is not the user's alone, or
 * cannot be written to, it is done without. Blocks while clang runs, a minute at most.
 * -ENOPKG: no clang. -EBADMSG: the source has errors; the message is the first, "FILE:LINE:COLUMN: words" (the file of a text is
 * NAME.c), and the log function gets all. -ENOENT, -EACCES: no such file, or it cannot be read. -ETIMEDOUT: clang did not end. Others
 * as of ebpfi_load_mem().
 */
EBPFI_API int ebpfi_load_source(struct ebpfi *session, const char *name, const char *source,
				const struct ebpfi_object_opts *opts);

/*
 * The descriptor of a loaded program, for what is not here: an entry of a program array (a tail call), of a devmap or a cpumap; the
 * session's, valid as long as the session. After ebpfi_set_filter() it is another one.
 * -ENOENT: no such object or program, or the program was not loaded. -EOPNOTSUPP: a bundled inspector.
 */
EBPFI_API int ebpfi_program_fd(struct ebpfi *session, const char *name, const char *program);

/*
 * The name of map `index`, counted from 0, of what is loaded under `name`; NULL past the last, and where nothing is. Valid as long as
 * the session. Sections of globals are maps, too: ".bss", ".data", ".rodata".
 */
EBPFI_API const char *ebpfi_map_name(struct ebpfi *session, const char *name, unsigned int index);

/* ---- Attaching ---------------------------------------------------------------------------------------------------------- */

enum ebpfi_mode {
	EBPFI_MODE_ANY = 0,
	EBPFI_MODE_NATIVE = 1,  /* XDP in the driver */
	EBPFI_MODE_GENERIC = 2, /* XDP in the stack, on any driver */
	EBPFI_MODE_TCX = 3,     /* tc through a bpf_link, Linux 6.6 */
	EBPFI_MODE_CLSACT = 4,  /* tc through a filter on the clsact qdisc */
	EBPFI_MODE_PACKET_SOCKET = 5,
};

/* The name of a hook, "xdp", "tc", "tc-egress", "socket"; and the hook of a name, -EINVAL where there is none. */
EBPFI_API const char *ebpfi_hook_str(enum ebpfi_hook hook);
EBPFI_API int ebpfi_hook_named(const char *name);

/* Where a tc program runs among others on its hook. */
enum ebpfi_order {
	EBPFI_ORDER_TAIL = 0, /* after all that are there now */
	EBPFI_ORDER_HEAD = 1,
	EBPFI_ORDER_BEFORE = 2, /* before the program of `anchor` or `anchor_name` */
	EBPFI_ORDER_AFTER = 3,
};

struct ebpfi_attach_opts {
	size_t sz;
	/* ANY: of an inspector the socket filter, which sees both directions and touches nothing; else the program's own */
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;    /* ANY: the first that works, natively before generically, tcx before clsact */
	const char *program;     /* of the host's own object, by name; NULL: the one that fits the hook */
	enum ebpfi_order order;  /* of tc programs; XDP has room for one, and packet sockets do not come one after another */
	uint32_t anchor;         /* id of a program; 0: none, or `anchor_name` */
	const char *anchor_name; /* its name in the kernel (15 characters); to read others' names needs CAP_SYS_ADMIN */
	uint64_t revision;       /* tcx: only while the hook's revision is this one; 0: any */
	const char *netns;       /* network namespace by path, /run/netns/NAME or /proc/PID/ns/net; NULL: see netns_pid */
	int32_t netns_pid;       /* network namespace of this process; 0: of the calling thread */
	uint32_t watch;          /* non-zero: the interface is a name or pattern, and interfaces may come and go */
	const char *pin;         /* path in a mounted bpffs: the link is pinned there and survives the process */
};

/*
 * Attaches an inspector, or a program of the host's own object, to an interface by name, and returns a link number greater than 0.
 * Where a mode does not work the next is tried; ebpfi_link_info() says which one it became and why. The socket filter takes "any"
 * for all interfaces of the namespace, those to come included.
 *
 * Order. Others on a tc hook see what we let through: the bundled inspectors that observe return TC_ACT_UNSPEC, so that everything
 * behind them still runs. A program before ours that returns TC_ACT_OK hides its packets from ours; attach at the head to see them
 * all. On clsact the order is that of priorities, and a priority must be free where the program is to go.
 *
 * Network namespace. Needs CAP_SYS_ADMIN when it is another than the thread's. The thread stays where it is, and the namespace lives
 * as long as the link. Events carry the index of an interface, which is unique in one namespace only: where a session's links have
 * interfaces of the same index and different names, events are printed without a name. Use a session for each namespace.
 *
 * Pin. Only what has a bpf_link can be pinned: XDP, and tc as tcx. When there is a link at the path already, of this hook on
 * this interface, it is picked up and its program replaced without a lost packet: so a new process takes over from the old. A link whose
 * interface is gone is replaced if its program was ours, else -EEXIST. ebpfi_free() leaves a pinned link and its program at work;
 * ebpfi_detach() removes the pin and detaches.
 *
 * Vanishing. When the interface of a link is deleted, ebpfi_poll() delivers an event (EBPFI_EVENT_LINK, EBPFI_LINK_VANISHED). The link
 * sees nothing more, also when an interface of the same name returns; it stays the session's until it is detached.
 *
 * Watch. `interface` is a name or an fnmatch(3) pattern of which none needs to exist. Each interface that matches, now or later, gets a
 * link of its own; ebpfi_poll() delivers an event (EBPFI_EVENT_LINK) for each that was attached, was refused, was renamed or has
 * vanished. The number that is returned stands for all of them: to detach it ends the watch and its links.
 *
 * -ENODEV: no such interface. -EPERM: the message names the capability. -EBUSY: another program holds the hook and does not share
 * it. -EEXIST: this program is on the hook already, or the pin is something else. -ENOENT: no such anchor. -ESTALE: the hook's
 * revision is another. -EOPNOTSUPP: the interface's link layer is neither Ethernet nor IP, or no mode is supported.
 */
EBPFI_API int ebpfi_attach(struct ebpfi *session, const char *inspector, const char *interface,
			   const struct ebpfi_attach_opts *opts);

/*
 * Puts another inspector, or another of the host's own objects with one program for the hook, in the place of a link's program: each
 * packet sees the one or the other. Of a watch: on each interface, and on those to come. What does not work leaves the link as it was.
 * -ENOENT: no such link or inspector. -ENOLINK: the interface is gone. -EINVAL: the kernel does not exchange the two, for example an XDP
 * program for buffers in fragments and one that is not. -EPERM: a capability is missing, or somebody else has replaced the program.
 */
EBPFI_API int ebpfi_replace(struct ebpfi *session, int link, const char *inspector);

/*
 * Detaches one link, and removes its pin. Records that are not handed over yet stay for ebpfi_poll(). A clsact qdisc stays, for
 * others may rely on it. -ENOENT: no such link. -EPERM: the filter could not be removed, because the capability was dropped; the next
 * session that attaches to the interface removes it.
 */
EBPFI_API int ebpfi_detach(struct ebpfi *session, int link);

struct ebpfi_link_info {
	size_t sz;
	enum ebpfi_hook hook;
	enum ebpfi_mode mode; /* ANY: the link stands for a watch */
	uint32_t ifindex;     /* 0: the interface is gone, or the link stands for more than one */
	uint32_t program_id;
	const char *interface; /* its name as last known; of a watch its pattern */
	const char *inspector;
	const char *refused; /* one line for each mode that was tried before and why it was refused; "" when none was */
	const char *
		others; /* one line for each other program on the hook, in the order in which they run; "" when there is none */
	const char *pin;   /* "" without */
	uint64_t revision; /* of a tcx hook, now */
	uint32_t link_id;  /* of the bpf_link; 0: the mode has none */
	uint32_t priority; /* of a clsact filter */
	int32_t watch;     /* the link that stands for the watch which made this one; 0: the host attached it */
	uint32_t reserved;
};

/* Fills in `info`, whose `sz` is set. The strings are valid until the session is used again. -ENOENT: no such link. */
EBPFI_API int ebpfi_link_info(struct ebpfi *session, int link, struct ebpfi_link_info *info);

/* ---- Filter ------------------------------------------------------------------------------------------------------------- */

/*
 * Lets an inspector see only the packets that an expression matches, pcap-filter(7), as with tcpdump: live in the kernel, so that
 * the rest costs neither an event nor a copy, and in a replay. NULL or "" lets it see all. Before or after ebpfi_attach(); while
 * attached, the programs of all links are exchanged, each in one step, and no packet is missed or seen twice. Packets that
 * are refused count as `filtered`. The host's own objects take a filter where they call ebpfi_filter() (ebpfinspect/filter.bpf.h).
 * VLAN tags that the kernel keeps apart match as if in their place; "inbound" and "outbound" are for live packets only. Names of
 * hosts are looked up once, in this call, which then takes as long as the resolver does.
 * -EINVAL: the message has libpcap's words and where they point to. -EOPNOTSUPP: the expression needs a loop (protochain), or
 * the object has no filter. -E2BIG: the verifier finds it too long. On failure the former filter stays.
 */
EBPFI_API int ebpfi_set_filter(struct ebpfi *session, const char *inspector, const char *expression);

/* ---- Events ------------------------------------------------------------------------------------------------------------- */

/*
 * Waits up to `timeout_ms` (-1: for ever, 0: not at all) for events, hands those that are there to the session's function, and
 * returns their number; 0 after the time, or after a signal. An inspector's events come in the order in which things happened,
 * whichever CPUs saw them; for a moment after the machine's clock was set, in another. -ECANCELED: ebpfi_break(), or the function returned non-zero.
 * -ENOMEM: interfaces came or went that a watch could not take in; the next poll looks for them again.
 */
EBPFI_API int ebpfi_poll(struct ebpfi *session, int timeout_ms);

/* A descriptor that is readable while ebpfi_poll(session, 0) has something to do; it can be put into any event loop. */
EBPFI_API int ebpfi_fd(const struct ebpfi *session);

/* Makes the current ebpfi_poll() or ebpfi_replay(), or else the next one, return -ECANCELED. Async-signal-safe. */
EBPFI_API void ebpfi_break(struct ebpfi *session);

/* The loss ledger, summed over CPUs: seen = delivered + filtered + sampled + lost_ring + lost_map. */
struct ebpfi_stats {
	size_t sz;
	const char *unit;           /* what it counts: "packets", "messages"; a string constant */
	struct ebpfi_ledger ledger; /* last, since it grows at its end */
};

/* Fills in `stats`, whose `sz` is set. -ENOENT: the inspector is not loaded. */
EBPFI_API int ebpfi_get_stats(struct ebpfi *session, const char *inspector, struct ebpfi_stats *stats);

/* One line for people: what was seen, delivered, and what became of the rest. Returns `buf`, cut to `size`. */
EBPFI_API const char *ebpfi_stats_str(const struct ebpfi_stats *stats, char *buf, size_t size);

/* ---- Records and trace lines of the host's own objects ------------------------------------------------------------------ */

/* Receives one record, in ebpfi_poll(); it is valid until the function returns. Non-zero stops the poll, as with events. */
typedef int (*ebpfi_record_fn)(void *ctx, const void *data, size_t size);

/*
 * Hands each record of a ring buffer or perf buffer, "NAME.MAP", to a function, through the same poll as events. Records of perf
 * buffers may have up to 7 bytes of padding at their end, and perf buffers need CAP_PERFMON.
 * -ENOENT: no such map. -EINVAL: it is neither. -EALREADY: it has a function. -EACCES: a perf buffer without CAP_PERFMON.
 */
EBPFI_API int ebpfi_on_record(struct ebpfi *session, const char *map, ebpfi_record_fn fn, void *ctx);

struct ebpfi_record_stats {
	size_t sz;
	uint64_t delivered;
	uint64_t lost; /* of a perf buffer; of a ring buffer those that the program counts (ebpfinspect/record.bpf.h) */
};

/* Fills in `stats`, whose `sz` is set. -ENOENT: the map has no function. */
EBPFI_API int ebpfi_record_stats(struct ebpfi *session, const char *map, struct ebpfi_record_stats *stats);

/* One bpf_printk() line. */
struct ebpfi_trace {
	size_t sz;
	const char *task; /* that the program interrupted */
	const char *text; /* without a newline */
	uint64_t time_ns; /* since boot, to the microsecond */
	uint64_t lost;    /* lines that were lost until now */
	int pid;
	unsigned int cpu;
};

typedef int (*ebpfi_trace_fn)(void *ctx, const struct ebpfi_trace *trace);

/*
 * Hands each line that any BPF program of this machine prints with bpf_printk() to a function, through the same poll. Others who
 * read trace_pipe still get theirs: the session has a tracing instance of its own. Needs root and a mounted tracefs.
 * -ENOENT: no tracefs. -EACCES: no right. -EALREADY: the session has a function.
 */
EBPFI_API int ebpfi_on_trace(struct ebpfi *session, ebpfi_trace_fn fn, void *ctx);

/* ---- Maps --------------------------------------------------------------------------------------------------------------- */

/*
 * Maps of everything that is loaded, the host's own objects and bundled inspectors, are named "MODULE.MAP", split at the first dot:
 * "mine.counts", "packet.ledger"; globals are maps, too: "mine..bss", "mine..data", "mine..rodata".
 *
 * Sizes are those of the host's variables and must be the map's: -EINVAL, and the message names both. An entry of a per-CPU map has
 * one value for each possible CPU: ebpfi_map_info.values of them, each ebpfi_map_info.stride bytes after the one before, which is the
 * size rounded up to 8; `value` holds them all. Queues and stacks have no keys: NULL and 0; a look-up reads the head, which deleting
 * removes. Values that are maps or programs are descriptors when written and ids when read.
 *
 * All return a negative errno on failure. -ENOENT: no such map, or no entry with this key. -E2BIG: the map is full, or an index is
 * beyond its end. -EBUSY: a program is changing the same bucket, try again. -ENOMEM: the kernel has no memory. -EPERM: the map is
 * read-only. -EOPNOTSUPP: a map of this type cannot do this; ring and perf buffers have no entries (ebpfi_on_record()).
 */

/* The map's descriptor, for what is not here; the session's, valid as long as the session. */
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
	uint32_t values; /* that an entry has: 1, or of a per-CPU map one for each possible CPU */
	uint32_t stride; /* bytes from one value to the next; values * stride are looked up, updated and handed over */
};

/* Fills in `info`, whose `sz` is set. */
EBPFI_API int ebpfi_map_info(struct ebpfi *session, const char *map, struct ebpfi_map_info *info);

EBPFI_API int ebpfi_map_lookup(struct ebpfi *session, const char *map, const void *key, size_t key_size, void *value,
			       size_t value_size);

/* Whether an update may add an entry, and may replace one. Other flags go to the kernel as they are. */
#define EBPFI_UPDATE_ANY 0
#define EBPFI_UPDATE_NEW 1      /* -EEXIST where there is an entry with this key */
#define EBPFI_UPDATE_EXISTING 2 /* -ENOENT where there is none */

EBPFI_API int ebpfi_map_update(struct ebpfi *session, const char *map, const void *key, size_t key_size, const void *value,
			       size_t value_size, uint64_t flags);

/*
 * Updates `count` entries, whose keys lie one behind the other, and so their values; in one system call where the kernel can.
 * Returns `count`; on failure the message says how many were written before.
 */
EBPFI_API int ebpfi_map_update_batch(struct ebpfi *session, const char *map, const void *keys, size_t key_size,
				     const void *values, size_t value_size, uint32_t count, uint64_t flags);

EBPFI_API int ebpfi_map_delete(struct ebpfi *session, const char *map, const void *key, size_t key_size);

/*
 * Receives one entry, valid until the function returns; non-zero stops. It may call the functions on maps, and delete or update
 * the entry it received.
 */
typedef int (*ebpfi_map_fn)(void *ctx, const void *key, const void *value);

/*
 * Hands each entry to a function and returns their number; -ECANCELED when the function stopped it. It ends even while entries come
 * and go; those may be handed over or not, in maps other than hashes and arrays even twice.
 */
EBPFI_API int ebpfi_map_each(struct ebpfi *session, const char *map, ebpfi_map_fn fn, void *ctx);

/* Adds up the 64-bit counters, `n` of them, that a value begins with, over all CPUs; `sums` is written on success only. */
EBPFI_API int ebpfi_map_sum(struct ebpfi *session, const char *map, const void *key, size_t key_size, uint64_t *sums, size_t n);

/*
 * Makes the key of a longest-prefix map, { uint32_t length; uint8_t address[]; }, of "10.0.0.0/8", "2001:db8::/32" or an address alone.
 * `key_size` 8 holds IPv4; 20 holds IPv6, and IPv4 as ::ffff:a.b.c.d with 96 bits more. Bits beyond the prefix are cleared.
 * -EINVAL: the text is no prefix. -EAFNOSUPPORT: IPv6 for a key of 8 bytes. -EMSGSIZE: another size.
 */
EBPFI_API int ebpfi_lpm_key(const char *text, void *key, size_t key_size);

/*
 * Pins a map in bpffs, where it outlives the session and the process until it is unpinned; the directory must be there.
 * -EEXIST: something is at that path; it is not replaced. -EINVAL: the path is not in a bpffs.
 */
EBPFI_API int ebpfi_map_pin(struct ebpfi *session, const char *map, const char *path);

/* Removes a pin of this map. -ENOENT: nothing is there. -EINVAL: something else is; it stays. */
EBPFI_API int ebpfi_map_unpin(struct ebpfi *session, const char *map, const char *path);

enum ebpfi_dump_format {
	EBPFI_DUMP_TEXT = 0, /* a line for each entry: "key: value" */
	EBPFI_DUMP_JSON = 1, /* an array of {"key": ..., "value": ...}; "values": [...] of per-CPU maps */
};

/* Receives a piece of text, not terminated; non-zero stops. */
typedef int (*ebpfi_write_fn)(void *ctx, const char *text, size_t size);

/*
 * Writes all entries as the map's types (BTF) say: structures by members, enumerators by name, printable `char` arrays as strings,
 * pointers and integers of 128 bits in hexadecimal; keys and values without a type as bytes in hexadecimal.
 * Returns the number of entries; -ECANCELED when the function stopped it.
 */
EBPFI_API int ebpfi_map_dump(struct ebpfi *session, const char *map, enum ebpfi_dump_format format, ebpfi_write_fn write,
			     void *ctx);

/* ---- Replay ------------------------------------------------------------------------------------------------------------- */

enum ebpfi_backend {
	EBPFI_BACKEND_NATIVE = 0, /* the inspector's twin for this CPU; no privilege, no kernel */
	EBPFI_BACKEND_KERNEL = 1, /* the program itself, through BPF_PROG_TEST_RUN; needs CAP_BPF and the hook's capability */
};

/* Tells how far a replay has come: bytes of the file, as it is stored, and all there are; 0: unknown (a pipe). Non-zero stops it. */
typedef int (*ebpfi_progress_fn)(void *ctx, uint64_t bytes, uint64_t total);

struct ebpfi_replay_opts {
	size_t sz;
	enum ebpfi_backend backend;
	enum ebpfi_hook
		hook; /* native: what events say, ANY is a capture file; kernel: whose program, ANY is the inspector's choice */
	const char *program; /* kernel: of the host's own object, by name; NULL where the hook says enough */
	uint32_t speed;      /* in percent of the capture's own pace, 100: as it was; 0: as fast as possible */
	uint32_t reserved;
	ebpfi_progress_fn progress; /* NULL: none */
	void *progress_ctx;
	uint64_t progress_bytes; /* of the unpacked file between two calls; 0: 1 MiB */
};

/*
 * Runs an inspector over a capture file and hands the same events to the session's function; or, with the kernel backend, a program
 * of the host's own object. pcap and pcapng, plain or packed by gzip or zstd; "-" is standard input. Link types: Ethernet,
 * RAW, LINUX_SLL, LINUX_SLL2, NULL, LOOP; for the host's own programs Ethernet. Time is the capture's; the host's own programs see
 * the kernel's.
 * Returns 0 at the end of the capture, -ECANCELED when stopped. -EBADMSG: the file is no capture, or ends or is corrupt in the middle;
 * the message says at which byte, and what came before it was delivered. -EPROTONOSUPPORT: an unknown link type, or a compression that
 * this library was built without. -EPERM: the message names the capability. Other values: the file could not be read.
 */
EBPFI_API int ebpfi_replay(struct ebpfi *session, const char *inspector, const char *path,
			   const struct ebpfi_replay_opts *opts);

/* What the session's last replay came to. The last three are the kernel backend's: the kernel does not take every packet. */
struct ebpfi_replay_info {
	size_t sz;
	uint64_t packets; /* read from the capture */
	uint64_t padded;  /* with zeros at the end: too short for the kernel */
	uint64_t cut;     /* at the end: too long */
	uint64_t skipped; /* refused, or of a link type that only bundled inspectors know; no program saw them */
};

/* Fills in `info`, whose `sz` is set; all zero before the first replay. -EINVAL: no size. */
EBPFI_API int ebpfi_replay_info(struct ebpfi *session, struct ebpfi_replay_info *info);

/* ---- Evidence ----------------------------------------------------------------------------------------------------------- */

/* A pcapng file being written; the session's, like all that is made from it. */
struct ebpfi_pcapng;

struct ebpfi_pcapng_opts {
	size_t sz;
	uint32_t rotate_seconds; /* a new file when a packet is so much later than the file's first; 0: never */
	uint32_t reserved;
	uint64_t rotate_bytes; /* a new file before one gets larger; 0: never */
};

/*
 * Creates a file, for its owner only, or empties it; "-" is standard output. With rotation its name gets a number: "out.pcapng"
 * becomes "out_00001.pcapng" and so on. NULL: ebpfi_errmsg() of the session says why.
 */
EBPFI_API struct ebpfi_pcapng *ebpfi_pcapng_open(struct ebpfi *session, const char *path, const struct ebpfi_pcapng_opts *opts);

/*
 * Writes the packet of an event, as much of it as the event carries (see snaplen), with its interface, direction and verdict, the
 * number of packets lost before it, and a comment where the inspector dropped it or found something wrong. To be called from
 * the session's event function with what it was given. Each packet is written at once and whole, so a crash loses at most the last one.
 * Returns 1; 0 for an event that is no packet. Negative errno: the file could not be written, and nothing more will be.
 */
EBPFI_API int ebpfi_pcapng_write(struct ebpfi_pcapng *file, const struct ebpfi_event *event);

/* Ends the file with statistics of its interfaces and closes it; what is open still is closed with the session. NULL is allowed. */
EBPFI_API int ebpfi_pcapng_close(struct ebpfi_pcapng *file);

/* ---- Preflight ---------------------------------------------------------------------------------------------------------- */

enum ebpfi_check_state {
	EBPFI_CHECK_UNKNOWN = 0, /* it could not be found out; `why` says what stands in the way */
	EBPFI_CHECK_YES = 1,
	EBPFI_CHECK_NO = 2,
};

/* One thing that was tried. No string is NULL. */
struct ebpfi_check {
	const struct ebpfi_check *next; /* NULL: the last */
	const char *id;    /* for programs, stays the same: "capability.bpf", "map.ringbuf", "inspector.packet.xdp" */
	const char *name;  /* for people */
	const char *value; /* what was found, where there is more to say than yes or no; else "" */
	const char *why;   /* of what is not YES: the reason, and what to do; else "" */
	enum ebpfi_check_state state;
	uint32_t reserved;
};

struct ebpfi_preflight {
	size_t sz;
	const char *interface;            /* set by the caller: an interface to look at, too; NULL: none */
	const struct ebpfi_check *checks; /* set by the library: the first */
};

/*
 * Finds out what this kernel lets this thread do, by trying and not by version: kernel, rights, types of programs and maps, helpers,
 * ways to attach, and whether each bundled inspector passes the verifier at each hook ("inspector.NAME.HOOK"). Everything that is
 * made for that is gone on return; nothing is attached, and an interface is only looked at. Needs no rights: what they hide is
 * UNKNOWN. Takes as long as the verifier does: milliseconds for a small inspector, a second or more for a large one.
 * The caller releases the checks by ebpfi_preflight_free(), which leaves none. -EINVAL: no size. -ENOMEM.
 */
EBPFI_API int ebpfi_preflight(struct ebpfi_preflight *report);
EBPFI_API void ebpfi_preflight_free(struct ebpfi_preflight *report);

/* ---- Text --------------------------------------------------------------------------------------------------------------- */

#define EBPFI_STR_MAX 512
#define EBPFI_JSON_MAX 2048

/*
 * Both take the interface's name from the session that delivered the event; without one (NULL) the name is left out.
 *
 * One line about an event, in the manner of tcpdump, local time. Returns `buf`, cut to `size`.
 */
EBPFI_API const char *ebpfi_event_str(const struct ebpfi *session, const struct ebpfi_event *event, char *buf, size_t size);

/* One JSON object, names as in OpenTelemetry's semantic conventions where there is one. Returns `buf`, or "" where `size` is short. */
EBPFI_API const char *ebpfi_event_json(const struct ebpfi *session, const struct ebpfi_event *event, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif

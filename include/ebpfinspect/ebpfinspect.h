/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * libebpfinspect: eBPF programs see packets, a C function receives them.
 *
 * A session loads inspectors (eBPF programs that are part of the library, by name), attaches them to interfaces and calls one
 * function per event. The same inspectors read capture files, without privilege, and call the same function.
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
 * and what to do. errno itself is not meaningful. Results are written only on success.
 *
 * Ownership. A session owns everything that is made from it; ebpfi_free() detaches and releases it. Arguments are copied. Data
 * that a callback receives is valid until the callback returns, a string that a function returns until the session is used
 * again.
 *
 * Options. Each options structure begins with its size, which the caller sets to sizeof the type it was compiled with. Zero is
 * the default of every member, NULL stands for all defaults. Structures grow at the end. Bytes that this library does not know
 * must be zero, otherwise the call fails with -E2BIG.
 *
 * Threads. One thread at a time uses a session. Sessions share nothing, so each thread may have its own. ebpfi_break() may be
 * called from any thread and from signal handlers.
 *
 * Processes. After fork() either the parent or the child can continue to use a session, as with daemon(), but not both. Links
 * are detached when the process that made the session frees it, or when the last process that inherited it frees it or ends.
 *
 * Manners. The library never prints, never exits, changes no limit and handles no signal. It attaches beside programs of
 * others, and replaces or removes nothing that it did not make. XDP has room for one program per interface: if another is
 * there, attaching fails. When the process ends, however it ends, the kernel detaches what is not pinned. Before Linux 6.6 a
 * killed process can leave a filter on clsact, which passes every packet and which the next session removes.
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
 * Receives each event, in the thread that polls or replays. Return 0 to continue. Any other value stops the current
 * ebpfi_poll() or ebpfi_replay(), which then returns -ECANCELED. Events from the same packet may still be delivered. The
 * function may call only ebpfi_event_str(), ebpfi_event_json(), ebpfi_errmsg() and ebpfi_break() on the session, and
 * ebpfi_pcapng_write().
 */
typedef int (*ebpfi_event_fn)(void *ctx, const struct ebpfi_event *event);

enum ebpfi_log_level {
	EBPFI_LOG_WARNING = 1,
	EBPFI_LOG_INFO = 2,
	EBPFI_LOG_DEBUG = 3, /* libbpf's own messages and verifier logs */
};

/* Receives a message of the library, which prints nothing itself; `text` does not end in a newline. */
typedef void (*ebpfi_log_fn)(void *ctx, enum ebpfi_log_level level, const char *text);

struct ebpfi_opts {
	size_t sz;
	ebpfi_log_fn log; /* NULL: nothing is logged */
	void *log_ctx;
};

/*
 * A new session; NULL if there is not enough memory, no descriptor is left, or the options are not valid. `fn` may be NULL if
 * the host wants no events, only maps, records or statistics.
 */
EBPFI_API struct ebpfi *ebpfi_new(ebpfi_event_fn fn, void *ctx, const struct ebpfi_opts *opts);

/*
 * Detaches and releases everything that the session made. NULL is allowed. Events that were not polled are lost. In a process
 * other than the one that made the session it only closes and frees: links stay attached while any process has them, and open
 * pcapng files get no statistics.
 */
EBPFI_API void ebpfi_free(struct ebpfi *session);

/* The reason of the last failure on this session; "" before the first. Valid until the next call. */
EBPFI_API const char *ebpfi_errmsg(const struct ebpfi *session);

/* The library's release, "MAJOR.MINOR.PATCH". */
EBPFI_API const char *ebpfi_version(void);

/* ---- Inspectors --------------------------------------------------------------------------------------------------------- */

/* The name of the bundled inspector number `index`, from 0; NULL after the last. */
EBPFI_API const char *ebpfi_inspector_name(unsigned int index);

/*
 * An option of an inspector, by name. `packet` has "snaplen" (bytes of each packet in its event, 0 to 65535; default 0) and
 * "sample" (one event per this many packets; 0 and 1: all). `http` has "tunnels" (1: also read what is inside VXLAN, UDP ports
 * 4789 and 8472, and Geneve, UDP port 6081) and "connections" (how many it remembers, 64
 * to 1048576; default 8192; each takes 1.5 KB of memory).
 */
struct ebpfi_option {
	const char *name;
	uint64_t value;
};

struct ebpfi_load_opts {
	size_t sz;
	const struct ebpfi_option *options; /* ends with an option without a name; NULL: defaults */
	/*
	 * Bytes of the shared ring buffer, rounded up to a power of two of pages; 0: 4 MiB. If it is larger than 256 KiB, each
	 * of the first 64 CPUs also has a ring of 256 KiB of its own. The shared buffer then takes events that find no room
	 * there, events with more than 2048 bytes of a packet, and the pieces of HTTP/2.
	 */
	uint32_t ring_size;
	uint32_t reserved;
};

/*
 * Selects a bundled inspector and fixes its options. The kernel loads each hook's program when it is attached, which needs the
 * rights for that hook. A replay with the native backend does not use the kernel. This call is optional: ebpfi_attach() and
 * ebpfi_replay() load with the default options. A filter may be set before.
 *
 * libbpf has one print function per process. This library sets its own during a call that loads something, and restores the
 * host's afterwards, so a host may call libbpf_set_print() at any time. If it does so during such a call of another thread, its
 * function stays set, and the errors of that call may lack their reasons.
 *
 * -ENOENT: no such inspector. -EALREADY: loaded before. -EINVAL: the inspector has no option of that name, or the value is out
 * of range; the message names the options and ranges.
 */
EBPFI_API int ebpfi_load(struct ebpfi *session, const char *inspector, const struct ebpfi_load_opts *opts);

struct ebpfi_option_info {
	size_t sz;
	const char *name;
	const char *help; /* one line for people */
	uint64_t min, max, initial;
};

/* Fills in `info`, whose `sz` is set, for option number `index`, from 0. -ENOENT: no such inspector or option. Any thread. */
EBPFI_API int ebpfi_inspector_option(const char *inspector, unsigned int index, struct ebpfi_option_info *info);

/*
 * Replaces a table of an inspector, "INSPECTOR.TABLE", in one step. While attached, each packet sees either the previous table
 * or this one, never a mixture. Later attaches and replays start with it. `values` is an array of all entries of the table,
 * which is copied. An inspector's documentation describes its tables and their slots. If the inspector is not loaded, it is,
 * with default options.
 * -ENOENT: no such inspector or table. -EINVAL: no such slot, or another size. -ENOMEM, and others like ebpfi_map_update().
 */
EBPFI_API int ebpfi_table_set(struct ebpfi *session, const char *table, uint32_t slot, const void *values, size_t size);

/* ---- The host's own objects --------------------------------------------------------------------------------------------- */

/* The value of a `const volatile` global. It is fixed at load, so the verifier removes code that it disables. */
struct ebpfi_knob {
	const char *name;
	const void *value;
	size_t size; /* of the global */
};

/* A pinned map to use instead of a new one. Its type and sizes must be those of the object's map. */
struct ebpfi_reuse {
	const char *map;  /* in the object, without the object's name: "counts" */
	const char *path; /* in bpffs */
};

/* A program of an object that is to be loaded. */
struct ebpfi_program {
	const char *name;
	const char *section; /* its type by the name of a section ("xdp", "tc", "xdp/cpumap"); NULL: of its own section */
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
	const char *const *cflags; /* further flags, such as "-DLIMIT=5", "-Iinclude", "-Wall"; NULL at the end */
	uint32_t no_cache;         /* 1: always compile, and keep nothing */
	uint32_t reserved;
	/* For all three functions: load only these programs; none: all except those in optional sections, SEC("?xdp"). */
	const struct ebpfi_program *programs;
	size_t program_count;
};

/*
 * Loads a BPF object of the host's own under a name, its maps and programs: from a file made by "clang -O2 -g -target
 * bpf -c", or from memory. Sections may have their old or new names ("tc", "classifier", "tc/ingress", "tcx/ingress", "xdp",
 * "xdp.frags", "socket") with any libbpf. The functions on maps then know a map as "NAME.MAP", so NAME must not contain a dot.
 * -ENOEXEC: not a BPF object. -ENOENT: no such file, or no knob, program, map or pin of that name. -EINVAL: a knob's size or a
 * pinned map differs, the section of a program is not known, or the name has a dot. -EALREADY: the name is in use.
 * -EPERM, -EACCES, -E2BIG, -EINVAL from the kernel: the message has the reason, the session's log function gets the verifier's
 * log.
 */
EBPFI_API int ebpfi_load_file(struct ebpfi *session, const char *name, const char *path, const struct ebpfi_object_opts *opts);
EBPFI_API int ebpfi_load_mem(struct ebpfi *session, const char *name, const void *object, size_t size,
			     const struct ebpfi_object_opts *opts);

/*
 * The same from C. `source` is C text if it contains a newline or a brace, otherwise the path of a .c file. clang runs as
 * "clang -O2 -g -target bpf -mcpu=v3" with `cflags`, in a directory of its own. The headers of BPF programs (ebpfinspect/bpf.h,
 * linux/, bpf/) come with the library; the machine needs none. An object that was compiled before, from the same preprocessed
 * text with the same flags and the same clang, is taken from ${XDG_CACHE_HOME:-$HOME/.cache}/ebpfinspect. If that directory is
 * not writable or not the user's alone, nothing is cached. Blocks while clang runs, at most a minute.
 * -ENOPKG: no clang. -EBADMSG: the source has errors; the message is the first, "FILE:LINE:COLUMN: words" (the file of a text
 * is NAME.c), and the log function gets them all. -ENOENT, -EACCES: no such file, or it cannot be read. -ETIMEDOUT: clang did
 * not finish. Other values: see ebpfi_load_mem().
 */
EBPFI_API int ebpfi_load_source(struct ebpfi *session, const char *name, const char *source,
				const struct ebpfi_object_opts *opts);

/*
 * The descriptor of a loaded program, for an entry of a program array (a tail call), of a devmap or of a cpumap. It belongs to
 * the session and is valid as long as that; ebpfi_set_filter() replaces it.
 * -ENOENT: no such object or program, or the program was not loaded. -EOPNOTSUPP: a bundled inspector.
 */
EBPFI_API int ebpfi_program_fd(struct ebpfi *session, const char *name, const char *program);

/*
 * The name of map number `index`, from 0, of the module that is loaded under `name`; NULL after the last, or if there is no
 * such module. Valid as long as the session. Sections of globals are maps too: ".bss", ".data", ".rodata".
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

/* The name of a hook: "xdp", "tc", "tc-egress", "socket". The hook of a name; -EINVAL if there is none. */
EBPFI_API const char *ebpfi_hook_str(enum ebpfi_hook hook);
EBPFI_API int ebpfi_hook_named(const char *name);

/* Where a tc program runs among others on its hook. */
enum ebpfi_order {
	EBPFI_ORDER_TAIL = 0, /* after all others that are attached now */
	EBPFI_ORDER_HEAD = 1,
	EBPFI_ORDER_BEFORE = 2, /* before the program of `anchor` or `anchor_name` */
	EBPFI_ORDER_AFTER = 3,
};

struct ebpfi_attach_opts {
	size_t sz;
	/* ANY: an inspector's socket filter, which sees both directions; for an object of the host's own, the program's hook */
	enum ebpfi_hook hook;
	enum ebpfi_mode mode;    /* ANY: the first that works: native before generic, tcx before clsact */
	const char *program;     /* in an object of the host's own, by name; NULL: the one that fits the hook */
	enum ebpfi_order order;  /* only of tc programs */
	uint32_t anchor;         /* id of a program; 0: none, or `anchor_name` */
	const char *anchor_name; /* its name in the kernel, 15 characters; reading others' names needs CAP_SYS_ADMIN */
	uint64_t revision;       /* tcx: attach only if the hook has this revision; 0: any */
	const char *netns;       /* path of a network namespace, /run/netns/NAME or /proc/PID/ns/net; NULL: see netns_pid */
	int32_t netns_pid;       /* network namespace of this process; 0: of the calling thread */
	uint32_t watch;          /* non-zero: `interface` is a name or pattern, and interfaces may appear and vanish */
	const char *pin;         /* path in a mounted bpffs: the link is pinned there and outlives the process */
};

/*
 * Attaches an inspector, or a program of an object of the host's own, to an interface by name, and returns a link, a number
 * greater than 0. If a mode does not work, the next is tried; ebpfi_link_info() says which one works and why the earlier ones
 * do not. The socket filter accepts "any" for all interfaces of the namespace, including later ones.
 *
 * Order. The bundled inspectors return TC_ACT_UNSPEC at tc, so all programs after them still run. A program before ours that
 * returns TC_ACT_OK hides its packets from ours: attach at the head to see them all. With clsact the order is that of the
 * filters' priorities, and the place needs a free priority. XDP has no order, because it has room for one program, and neither
 * have packet sockets.
 *
 * Network namespace. One other than the thread's needs CAP_SYS_ADMIN. The thread stays in its namespace; the other one lives at
 * least as long as the link. Events have the index of an interface, which is unique within one namespace. If links of a session
 * have interfaces with the same index and different names, events are printed without a name. Use one session per namespace.
 *
 * Pin. Only a bpf_link can be pinned: XDP, and tc as tcx. If the path already has a link, of this hook on this interface, it is
 * taken over and its program is replaced without losing a packet. So a new process can take over from an old one. A link whose
 * interface is gone is replaced if its program was ours, otherwise the call fails with -EEXIST. ebpfi_free() leaves a pinned
 * link and its program running; ebpfi_detach() removes the pin and detaches.
 *
 * Vanishing. When the interface of a link is deleted, ebpfi_poll() delivers an event (EBPFI_EVENT_LINK, EBPFI_LINK_VANISHED).
 * The link sees no more packets, even if an interface of the same name returns; it exists until it is detached.
 *
 * Watch. `interface` is a name or an fnmatch(3) pattern. No such interface needs to exist yet. Each interface that matches, now
 * or later, gets a link of its own. ebpfi_poll() delivers an event (EBPFI_EVENT_LINK) when one was attached, was refused, was
 * renamed or vanished. The returned number stands for all of them: detaching it ends the watch and its links.
 *
 * -ENODEV: no such interface. -EPERM: the message names the missing capability. -EBUSY: another program holds the hook, which
 * has room for one. -EEXIST: this program is already on the hook (also by this session), or the pin is something else. -ENOENT:
 * no such anchor. -ESTALE: the hook has another revision. -EOPNOTSUPP: the interface's link layer is neither Ethernet nor IP, or
 * no mode works.
 */
EBPFI_API int ebpfi_attach(struct ebpfi *session, const char *inspector, const char *interface,
			   const struct ebpfi_attach_opts *opts);

/*
 * Replaces a link's program by that of another inspector, or of another object of the host's own with one program for the hook.
 * Each packet is seen by one of the two. For a watch: on each interface, and on later ones. On failure the link stays as it
 * was.
 * -ENOENT: no such link or inspector. -ENOLINK: the interface is gone. -EINVAL: the kernel cannot exchange the two, for example
 * an XDP program for fragmented buffers and one without. -EPERM: a capability is missing, or somebody else has replaced the
 * program.
 */
EBPFI_API int ebpfi_replace(struct ebpfi *session, int link, const char *inspector);

/*
 * Detaches one link and removes its pin. ebpfi_poll() still delivers records from before. A clsact qdisc stays, because others
 * may use it. -ENOENT: no such link. -EPERM: the filter could not be removed, because the process has dropped the capability.
 * The next session that attaches to the interface removes the filter.
 */
EBPFI_API int ebpfi_detach(struct ebpfi *session, int link);

struct ebpfi_link_info {
	size_t sz;
	enum ebpfi_hook hook;
	enum ebpfi_mode mode; /* ANY: the link is a watch */
	uint32_t ifindex;     /* 0: the interface is gone, or the link is for more than one */
	uint32_t program_id;
	const char *interface; /* last known name; the pattern of a watch */
	const char *inspector;
	const char *refused; /* one line per mode that was tried before, with the reason why it was refused; "": none */
	const char *others;  /* one line per other program on the hook, in the order in which they run; "": none */
	const char *pin;     /* "": not pinned */
	uint64_t revision;   /* of a tcx hook, now */
	uint32_t link_id;    /* of the bpf_link; 0: the mode has none */
	uint32_t priority;   /* of a clsact filter */
	int32_t watch;       /* the watch that made this link; 0: the host attached it */
	uint32_t reserved;
};

/* Fills in `info`, whose `sz` is set. The strings are valid until the session is used again. -ENOENT: no such link. */
EBPFI_API int ebpfi_link_info(struct ebpfi *session, int link, struct ebpfi_link_info *info);

/* ---- Filter ------------------------------------------------------------------------------------------------------------- */

/*
 * Lets an inspector see only packets that match a pcap-filter(7) expression, as in tcpdump. A live filter runs in the kernel,
 * so other packets cost neither an event nor a copy. It also works in a replay. NULL or "" removes the filter. Call it before
 * or after ebpfi_attach(). While attached, the programs of all links are exchanged, each in one step, and no packet is missed
 * or seen twice. Packets that do not match count as `filtered`. An object of the host's own has a filter if it calls
 * ebpfi_filter() (ebpfinspect/filter.bpf.h). VLAN tags that the kernel keeps in metadata match as if they were in the packet.
 * "inbound" and "outbound" are for live packets only. Host names are resolved once, in this call, which then takes as long as
 * the resolver does.
 * -EINVAL: the message has libpcap's words and the position. -EOPNOTSUPP: the expression needs a loop (protochain), or the
 * object has no filter. -E2BIG: the verifier refuses it as too long. On failure the previous filter stays.
 */
EBPFI_API int ebpfi_set_filter(struct ebpfi *session, const char *inspector, const char *expression);

/* ---- Events ------------------------------------------------------------------------------------------------------------- */

/*
 * Waits up to `timeout_ms` (-1: forever, 0: not at all) for events, hands those that are there to the session's function, and
 * returns their number. Returns 0 on timeout, or if a signal interrupted the wait. Events of an inspector come in the order in
 * which their packets were seen, on any CPU; the order can be wrong for a moment after the machine's clock was set.
 * -ECANCELED: ebpfi_break() was called, or the function returned non-zero. -ENOMEM: a watch could not record an interface that
 * appeared or vanished; the next poll tries again.
 */
EBPFI_API int ebpfi_poll(struct ebpfi *session, int timeout_ms);

/*
 * Delivers what is still open, as the end of a replay does: of the inspector http the requests without a response and the messages that are
 * still arriving. Call it once, after the last ebpfi_poll() and before ebpfi_free(): a later response does not find its request. Events that
 * wait in the kernel are delivered first. Returns the number of events, or -ECANCELED if the event function returned non-zero.
 */
EBPFI_API int ebpfi_finish(struct ebpfi *session);

/* A descriptor that is readable while ebpfi_poll(session, 0) has work. Add it to any event loop; do not read or close it. */
EBPFI_API int ebpfi_fd(const struct ebpfi *session);

/* Makes the current ebpfi_poll() or ebpfi_replay() return -ECANCELED, or the next one if none is running. Async-signal-safe. */
EBPFI_API void ebpfi_break(struct ebpfi *session);

/* The loss ledger, summed over CPUs: seen = delivered + filtered + sampled + lost_ring + lost_map. */
struct ebpfi_stats {
	size_t sz;
	const char *unit;           /* of the counters: "packets", "messages"; a string constant */
	struct ebpfi_ledger ledger; /* last, because it grows at its end */
};

/* Fills in `stats`, whose `sz` is set. -ENOENT: the inspector is not loaded. */
EBPFI_API int ebpfi_get_stats(struct ebpfi *session, const char *inspector, struct ebpfi_stats *stats);

/* One line for people: how many were seen, delivered, lost, filtered and so on. Returns `buf`, cut to `size`. */
EBPFI_API const char *ebpfi_stats_str(const struct ebpfi_stats *stats, char *buf, size_t size);

/* ---- Records and trace lines of the host's own objects ------------------------------------------------------------------ */

/* Receives one record, during ebpfi_poll(). It is valid until the function returns. Non-zero stops the poll, as for events. */
typedef int (*ebpfi_record_fn)(void *ctx, const void *data, size_t size);

/*
 * Hands each record of a ring buffer or perf buffer, "NAME.MAP", to a function, in the same poll as events. Records of perf
 * buffers may end in up to 7 bytes of padding, and perf buffers need CAP_PERFMON.
 * -ENOENT: no such map. -EINVAL: the map is neither. -EALREADY: it already has a function. -EACCES: a perf buffer without
 * CAP_PERFMON.
 */
EBPFI_API int ebpfi_on_record(struct ebpfi *session, const char *map, ebpfi_record_fn fn, void *ctx);

struct ebpfi_record_stats {
	size_t sz;
	uint64_t delivered;
	uint64_t lost; /* perf buffer: counted by the kernel; ring buffer: counted by the program (ebpfinspect/record.bpf.h) */
};

/* Fills in `stats`, whose `sz` is set. -ENOENT: the map has no function. */
EBPFI_API int ebpfi_record_stats(struct ebpfi *session, const char *map, struct ebpfi_record_stats *stats);

/* One bpf_printk() line. */
struct ebpfi_trace {
	size_t sz;
	const char *task; /* name of the task that the program interrupted */
	const char *text; /* without a newline */
	uint64_t time_ns; /* since boot, with a resolution of 1 us */
	uint64_t lost;    /* lines lost so far */
	int pid;
	unsigned int cpu;
};

typedef int (*ebpfi_trace_fn)(void *ctx, const struct ebpfi_trace *trace);

/*
 * Hands each line that any BPF program on this machine prints with bpf_printk() to a function, in the same poll. Other readers
 * of trace_pipe still get the lines: the session has a tracing instance of its own. Needs root and a mounted tracefs.
 * -ENOENT: no tracefs. -EACCES: not root. -EALREADY: the session already has a function.
 */
EBPFI_API int ebpfi_on_trace(struct ebpfi *session, ebpfi_trace_fn fn, void *ctx);

/* ---- Replay ------------------------------------------------------------------------------------------------------------- */

enum ebpfi_backend {
	EBPFI_BACKEND_NATIVE = 0, /* the inspector's native build, for this CPU; no privilege, no kernel */
	EBPFI_BACKEND_KERNEL = 1, /* the program in the kernel, by BPF_PROG_TEST_RUN; needs CAP_BPF and the hook's capability */
};

/* Reports progress: bytes read of the file as stored, and its size; 0: unknown (a pipe). Non-zero stops the replay. */
typedef int (*ebpfi_progress_fn)(void *ctx, uint64_t bytes, uint64_t total);

struct ebpfi_replay_opts {
	size_t sz;
	enum ebpfi_backend backend;
	enum ebpfi_hook hook; /* native: the hook in events, ANY: a capture file; kernel: of the program, ANY: its default */
	const char *program;  /* kernel: a program of an object of the host's own; NULL if the hook is enough */
	uint32_t speed;       /* in percent of the capture's own pace, 100: as captured; 0: as fast as possible */
	uint32_t reserved;
	ebpfi_progress_fn progress; /* NULL: none */
	void *progress_ctx;
	uint64_t progress_bytes; /* of the uncompressed file between two calls; 0: 1 MiB */
};

/*
 * Runs an inspector over a capture file and hands the same events to the session's function. With the kernel backend it can
 * also run a program of an object of the host's own. The file is pcap or pcapng, plain or compressed by gzip or zstd; "-" is
 * standard input. Link types are Ethernet, RAW, LINUX_SLL, LINUX_SLL2, NULL and LOOP; for programs of the host's own only
 * Ethernet. Time is the capture's, except that programs of the host's own see the kernel's. Returns 0 at the end of the
 * capture, -ECANCELED if it was stopped. -EBADMSG: the file is not a capture, is incomplete or corrupt; the message has the
 * position, and earlier packets were delivered. -EPROTONOSUPPORT: no packet has a known link type, or a compression that this library was
 * built without. -EPERM: the message names the missing capability. Other values: the file could not be read.
 */
EBPFI_API int ebpfi_replay(struct ebpfi *session, const char *inspector, const char *path,
			   const struct ebpfi_replay_opts *opts);

/*
 * What the session's last replay came to. `padded` and `cut` are the kernel backend's, as are most of `skipped`: the kernel does not
 * take every packet.
 */
struct ebpfi_replay_info {
	size_t sz;
	uint64_t packets; /* read from the capture */
	uint64_t padded;  /* with zeros at the end: too short for the kernel */
	uint64_t cut;     /* at the end: too long */
	uint64_t skipped; /* refused, or of a link type that is not known, or only to bundled inspectors; no program saw them */
	/*
	 * TCP segments that were recorded too early: the inspector, one that reads byte streams, got them after later ones of their
	 * connection
	 */
	uint64_t reordered;
};

/* Fills in `info`, whose `sz` is set; all zero before the first replay. -EINVAL: no size. */
EBPFI_API int ebpfi_replay_info(struct ebpfi *session, struct ebpfi_replay_info *info);

/* ---- Evidence ----------------------------------------------------------------------------------------------------------- */

/* A pcapng file that is being written. The session owns it. */
struct ebpfi_pcapng;

struct ebpfi_pcapng_opts {
	size_t sz;
	uint32_t rotate_seconds; /* a new file when a packet is so much later than the file's first; 0: never */
	/*
	 * 1: packets that begin with Ethernet or at IP all get a header of LINUX_SLL2 instead, as with tcpdump's "any": a file of
	 * interfaces with different link layers can then be read by libpcap, which takes one link type per file
	 */
	uint32_t cooked;
	uint64_t rotate_bytes; /* a new file before one gets larger; 0: never */
};

/*
 * Creates a file, readable by its owner only, or truncates it; "-" is standard output. With rotation its name gets a number:
 * "out.pcapng" becomes "out_00001.pcapng" and so on. On failure returns NULL, and ebpfi_errmsg() of the session says why.
 */
EBPFI_API struct ebpfi_pcapng *ebpfi_pcapng_open(struct ebpfi *session, const char *path, const struct ebpfi_pcapng_opts *opts);

/*
 * Writes the packet of an event, as many bytes as the event has (see snaplen), with its interface, direction and verdict, the
 * number of packets lost before it, and a comment if the inspector dropped it or found something wrong. Call it from the
 * session's event function with the event that it received. Each packet is written at once and unbuffered, so a crash loses at
 * most the last one.
 * Returns 1, or 0 for an event that is not a packet. Negative errno: the file could not be written, and nothing
 * more will be.
 */
EBPFI_API int ebpfi_pcapng_write(struct ebpfi_pcapng *file, const struct ebpfi_event *event);

/* Ends the file with statistics of its interfaces and closes it, as ebpfi_free() does with open files. NULL is allowed. */
EBPFI_API int ebpfi_pcapng_close(struct ebpfi_pcapng *file);

/* ---- Preflight ---------------------------------------------------------------------------------------------------------- */

enum ebpfi_check_state {
	EBPFI_CHECK_UNKNOWN = 0, /* could not be found out; `why` has the reason */
	EBPFI_CHECK_YES = 1,
	EBPFI_CHECK_NO = 2,
};

/* One check. No string is NULL. */
struct ebpfi_check {
	const struct ebpfi_check *next; /* NULL: the last */
	const char *id;                 /* for programs, stable: "capability.bpf", "map.ringbuf", "inspector.packet.xdp" */
	const char *name;               /* for people */
	const char *value;              /* the finding, if it is more than yes or no; otherwise "" */
	const char *why;                /* if not YES: the reason, and what to do; otherwise "" */
	enum ebpfi_check_state state;
	uint32_t reserved;
};

struct ebpfi_preflight {
	size_t sz;
	const char *interface;            /* set by the caller: an interface to check as well; NULL: none */
	const struct ebpfi_check *checks; /* set by the library: the first check */
};

/*
 * Finds out what this kernel lets this thread do, by trying and not by version: kernel, rights, types of programs and maps,
 * helpers, ways to attach, and whether each bundled inspector passes the verifier at each hook ("inspector.NAME.HOOK"). On
 * return nothing of it is left. Nothing is attached, and an interface is only read. It needs no rights: a check that needs more
 * is UNKNOWN. It takes as long as the verifier does: milliseconds for a small inspector, a second or more for a large one. The
 * caller releases the checks by ebpfi_preflight_free(), which sets `checks` to NULL. -EINVAL: `sz` is not set. -ENOMEM.
 */
EBPFI_API int ebpfi_preflight(struct ebpfi_preflight *report);
EBPFI_API void ebpfi_preflight_free(struct ebpfi_preflight *report);

/* ---- Text --------------------------------------------------------------------------------------------------------------- */

/*
 * A text of an HTTP message, not terminated; its length in *length, 0 if the message has none. It is shorter than http->used[field] if
 * it was cut. It lies behind the structure, in the record that a callback receives: copy `http->event.len` bytes to keep both. Any thread.
 */
EBPFI_API const char *ebpfi_http_text(const struct ebpfi_http *http, enum ebpfi_http_field field, unsigned int *length);

/* Bytes of a buffer in which ebpfi_event_str(), ebpfi_event_json() have room for any event, whatever a client sent. */
#define EBPFI_STR_MAX 4096
#define EBPFI_JSON_MAX 12288

/*
 * Both functions take the interface's name from the session that delivered the event. If it is NULL, the name is left out.
 *
 * One line about an event, like tcpdump's, in local time. Returns `buf`, cut to `size`.
 */
EBPFI_API const char *ebpfi_event_str(const struct ebpfi *session, const struct ebpfi_event *event, char *buf, size_t size);

/*
 * One JSON object, with names of OpenTelemetry's semantic conventions if they exist. Returns `buf`. If `size` is short, long
 * strings are shortened, and then members left out; the object is valid and has "ebpfi.truncated": true. Below 26 bytes it is {} or "".
 * A string that was valid UTF-8 is UTF-8. In any other each character is one byte, and "ebpfi.latin1" lists the names of such strings.
 */
EBPFI_API const char *ebpfi_event_json(const struct ebpfi *session, const struct ebpfi_event *event, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#include <ebpfinspect/map.h>
#include <ebpfinspect/top.h>
#endif

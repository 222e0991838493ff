/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Counts HTTP transactions by method, host and path, for a host that wants the numbers and not the lines. A part of ebpfinspect.h,
 * which includes it; the prose there holds here, too.
 *
 *     static int count(void *top, const struct ebpfi_event *event)
 *     {
 *             ebpfi_top_add(top, event);
 *             return 0;
 *     }
 *
 *     top = ebpfi_top_new(NULL);
 *     s = ebpfi_new(count, top, NULL);
 *
 * A table needs no session: it belongs to the host, which frees it. One thread at a time uses a table. Threads that count in
 * tables of their own merge them. No function keeps a pointer to an event.
 */
#ifndef EBPFINSPECT_TOP_H
#define EBPFINSPECT_TOP_H

#include <ebpfinspect/ebpfinspect.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ebpfi_top;

struct ebpfi_top_opts {
	size_t sz;
	uint32_t
		rows; /* at most so many, besides "other" and "total", 1 to 65536; 0: 1000. A row takes 10 KB once it is used */
	uint32_t reserved;
};

/* A new table; NULL if there is not enough memory, or the options are not valid. */
EBPFI_API struct ebpfi_top *ebpfi_top_new(const struct ebpfi_top_opts *opts);

/* NULL is allowed. */
EBPFI_API void ebpfi_top_free(struct ebpfi_top *top);

/* Forgets all rows and begins at zero. */
EBPFI_API void ebpfi_top_reset(struct ebpfi_top *top);

/*
 * Counts an event of the inspector `http`: EBPFI_EVENT_HTTP_RESPONSE, UNANSWERED or BROKEN. Returns 1, or 0 for any other event,
 * which is ignored.
 *
 * A table that is full counts events of new paths in the row "other", as it does if there is no memory for a row. A row that has
 * counted a single event makes room for a new path, and its event moves to "other": the paths that a scanner tries once do not
 * keep out those that are in use.
 */
EBPFI_API int ebpfi_top_add(struct ebpfi_top *top, const struct ebpfi_event *event);

/* Adds everything that `from` has counted, as if `to` had counted it. -EINVAL: both are the same table. */
EBPFI_API int ebpfi_top_merge(struct ebpfi_top *to, const struct ebpfi_top *from);

/* Begins a new lap, for rates per interval: afterwards `lap` of each row counts from 0. */
EBPFI_API void ebpfi_top_lap(struct ebpfi_top *top);

/* In place of the number of a row: what has no row of its own; the sum of all rows and "other". */
#define EBPFI_TOP_OTHER 0xfffffffeU
#define EBPFI_TOP_TOTAL 0xffffffffU

struct ebpfi_top_row {
	size_t sz;
	/*
	 * Printable ASCII, terminated; other bytes, quotation marks and backslashes are \x and two digits. "": unknown, and in "other" and
	 * "total". A text that is cut ends in "...". The host is in lower case. In the path, a number, a UUID or a hash is "{id}", and the
	 * query is left out. Valid until the table is used again by another function than ebpfi_top_row(), _quantile() or _json().
	 */
	const char *method, *host, *path;
	uint64_t requests; /* responses, unanswered and unseen */
	uint64_t responses;
	uint64_t status[6];  /* responses by the first digit of the status; 0: none from 1 to 5 */
	uint64_t unanswered; /* one that timed out and is answered later is also a response */
	uint64_t
		unseen; /* requests whose response may have come, but not been seen: at XDP, of one direction, of lost segments */
	uint64_t broken;                        /* messages that cannot be read further */
	uint64_t marked;                        /* requests with an anomaly in them or their response, and broken */
	uint64_t request_bytes, response_bytes; /* of bodies, without those of broken messages */
	uint64_t lap;                           /* requests since ebpfi_top_lap() */
	uint64_t first_ns, last_ns;             /* time of the first and the last event, since 1970-01-01; 0: none */
	uint64_t timed; /* responses with a duration, which begins with the request's first byte; not if that was not seen */
	uint64_t duration_sum_ns, duration_min_ns, duration_max_ns; /* of those; 0: none */
};

/*
 * Fills in `row`, whose `sz` is set. Rows have numbers from 0 in no particular order. A number stays with its path until another
 * takes its room (see ebpfi_top_add()).
 * -ENOENT: no such row; all lower numbers exist. Counters that would overflow stay at UINT64_MAX.
 */
EBPFI_API int ebpfi_top_row(const struct ebpfi_top *top, uint32_t number, struct ebpfi_top_row *row);

/*
 * The duration that a share `q` of a row's timed responses did not exceed: 0.5 for the median, 0.99 for the 99th percentile, 0
 * for the least, 1 for the largest. It is at most 1/64 (1.6 %) above or below the exact value; 16 ns below 1 us. Durations above
 * 2^46 ns (19 hours) count as the largest.
 * -ENOENT: no such row. -ENODATA: no response had a duration. -EINVAL: `q` is not from 0 to 1.
 */
EBPFI_API int ebpfi_top_quantile(const struct ebpfi_top *top, uint32_t number, double q, uint64_t *ns);

/* Bytes of a buffer in which ebpfi_top_json() has room for any row. */
#define EBPFI_TOP_JSON_MAX 2048

/*
 * A row as one JSON object, with names of OpenTelemetry's semantic conventions if they exist. What is not known is left out. If
 * `size` is short, strings are shortened and members left out, as by ebpfi_event_json(). Returns `buf`; {} if there is no such row.
 */
EBPFI_API const char *ebpfi_top_json(const struct ebpfi_top *top, uint32_t number, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif

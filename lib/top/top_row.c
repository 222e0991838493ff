/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Rows of a table for the host: as numbers, as JSON. */
#include <errno.h>
#include <string.h>

#include "http_target.h"
#include "json.h"
#include "opts.h"
#include "top.h"

static struct ebpfi_top_row read_row(const struct top_row *row)
{
	struct ebpfi_top_row out = {
		.method = row->key.text,
		.host = row->key.text + row->key.host,
		.path = row->key.text + row->key.path,
		.responses = top_responses(row),
		.requests = top_requests(row),
		.unanswered = row->unanswered,
		.unseen = row->unseen,
		.broken = row->broken,
		.marked = row->marked,
		.request_bytes = row->request_bytes,
		.response_bytes = row->response_bytes,
		.first_ns = row->first,
		.last_ns = row->last,
		.timed = row->durations.count,
		.duration_sum_ns = row->durations.sum,
		.duration_min_ns = row->durations.min,
		.duration_max_ns = row->durations.max,
	};

	memcpy(out.status, row->status, sizeof(out.status));
	out.lap = out.requests - row->lap;
	return out;
}

int ebpfi_top_row(const struct ebpfi_top *top, uint32_t number, struct ebpfi_top_row *theirs)
{
	const struct top_row *row = top_row_at(top, number);
	struct ebpfi_top_row ours;

	if (!row)
		return -ENOENT;
	ours = read_row(row);
	return opts_write(theirs, &ours, sizeof(ours));
}

int ebpfi_top_quantile(const struct ebpfi_top *top, uint32_t number, double q, uint64_t *ns)
{
	const struct top_row *row = top_row_at(top, number);

	if (!row)
		return -ENOENT;
	if (!(q >= 0 && q <= 1))
		return -EINVAL;
	if (!row->durations.count)
		return -ENODATA;
	*ns = histogram_quantile(&row->durations, q);
	return 0;
}

static void json_text(struct json *j, const char *name, const char *text)
{
	if (*text)
		json_string(j, name, text);
}

static void json_host(struct json *j, const char *host)
{
	struct http_authority authority = http_authority_parts((struct http_part){ host, strlen(host) });
	struct http_part address = http_host_address(authority.host);

	if (address.size)
		json_bytes(j, "server.address", address.at, address.size);
	if (authority.port)
		json_uint(j, "server.port", authority.port);
}

static void json_durations(struct json *j, const struct histogram *h)
{
	if (!h->count)
		return;
	json_uint(j, "http.duration_ns.p50", histogram_quantile(h, 0.5));
	json_uint(j, "http.duration_ns.p95", histogram_quantile(h, 0.95));
	json_uint(j, "http.duration_ns.p99", histogram_quantile(h, 0.99));
	json_uint(j, "http.duration_ns.min", h->min);
	json_uint(j, "http.duration_ns.max", h->max);
	json_uint(j, "http.duration_ns.sum", h->sum);
	json_uint(j, "http.duration_ns.count", h->count);
}

/* Per second of the time from the table's first event to its last. Not by printf, whose decimal point depends on the locale. */
static void json_rate(struct json *j, uint64_t requests, const struct top_row *total)
{
	uint64_t thousandths;

	if (total->last <= total->first)
		return;
	thousandths = (uint64_t)((double)requests * 1e12 / (double)(total->last - total->first));
	json_name(j, "http.request.rate");
	text_put_uint(j->text, thousandths / 1000);
	text_put_char(j->text, '.');
	text_put_padded(j->text, thousandths % 1000, 3);
}

static void json_row(struct json *j, const struct top_row *row, const char *kind, const struct top_row *total)
{
	static const char *const classes[] = { "http.response.count.unknown", "http.response.count.1xx",
					       "http.response.count.2xx",     "http.response.count.3xx",
					       "http.response.count.4xx",     "http.response.count.5xx" };
	struct ebpfi_top_row r = read_row(row);
	size_t i;

	json_string(j, "event.name", "http.top");
	json_string(j, "http.top.kind", kind);
	json_text(j, "http.request.method", r.method);
	json_host(j, r.host);
	json_text(j, "url.template", r.path);
	json_uint(j, "http.request.count", r.requests);
	json_rate(j, r.requests, total);
	json_uint(j, "http.response.count", r.responses);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		json_uint(j, classes[i], r.status[i]);
	json_uint(j, "http.unanswered.count", r.unanswered);
	json_uint(j, "http.unseen.count", r.unseen);
	json_uint(j, "http.broken.count", r.broken);
	json_uint(j, "http.marked.count", r.marked);
	json_uint(j, "http.request.body.size", r.request_bytes);
	json_uint(j, "http.response.body.size", r.response_bytes);
	json_durations(j, &row->durations);
	if (r.first_ns) {
		json_uint(j, "http.first_time_ns", r.first_ns);
		json_uint(j, "http.last_time_ns", r.last_ns);
	}
}

const char *ebpfi_top_json(const struct ebpfi_top *top, uint32_t number, char *buf, size_t size)
{
	static const unsigned int limits[] = { JSON_WHOLE, 64, 16 };
	const struct top_row *row = top_row_at(top, number);
	const char *kind = number == EBPFI_TOP_OTHER ? "other" : number == EBPFI_TOP_TOTAL ? "total" : "row";
	struct text t = text_in(buf, size);
	struct json j;
	size_t i;

	if (!row || size < JSON_LEAST) {
		text_put(&t, size < sizeof("{}") ? "" : "{}");
		return buf;
	}
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		t = text_in(buf, size);
		j = json_begin(&t, limits[i]);
		json_row(&j, row, kind, &top->total);
		if (json_end(&j))
			break;
	}
	return buf;
}

/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_request_check.h"

#include <string.h>
#include <strings.h>

#include "http/record.h"

#define BIT(anomaly) (1ULL << EBPFI_HTTP_##anomaly)

struct checked {
	const struct ebpfi_http *request;
	struct http_part method, target, host;
	bool target_cut, host_cut;
};

static struct http_part part_of(const struct ebpfi_http *h, enum ebpfi_http_field field, bool *cut)
{
	unsigned int length;
	const char *text = http_field_text(h, field, &length);

	*cut = h->used[field] > length;
	while (!*cut && length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	return (struct http_part){ text, length };
}

static bool is_equal(struct http_part part, const char *text)
{
	return part.size == strlen(text) && !memcmp(part.at, text, part.size);
}

static bool is_scheme(struct http_part part, const char *scheme)
{
	return part.size == strlen(scheme) && !strncasecmp(part.at, scheme, part.size);
}

/* The bytes of an IP literal, and those of a registered name without "," (RFC 3986 3.2.2): readers take that for a list. */
static bool has_only_host_bytes(struct http_part host)
{
	static const char literal[] = "[]:.-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  name[] = "_~%!$&'()*+;=";
	size_t i;

	for (i = 0; i < host.size; i++)
		if (!host.at[i] || (!strchr(literal, host.at[i]) && !strchr(name, host.at[i])))
			return false;
	return true;
}

static bool is_literal(struct http_part host)
{
	return host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']' &&
	       !memchr(host.at + 1, '[', host.size - 1) && !memchr(host.at, ']', host.size - 1);
}

/* host [ ":" port ]: what is left over contains a bracket or a colon. */
bool http_is_host(struct http_part host, bool cut)
{
	struct http_part name = http_authority_parts(host).host;

	if (!has_only_host_bytes(host))
		return false;
	return cut || is_literal(name) ||
	       (!memchr(name.at, '[', name.size) && !memchr(name.at, ']', name.size) && !memchr(name.at, ':', name.size));
}

/* The four forms of RFC 9112 3.2. A user name in an authority is deprecated, and hides the host (RFC 9110 4.2.4). */
static bool is_target(const struct checked *c, const struct http_target *parts)
{
	if (is_equal(c->method, "CONNECT"))
		return !parts->scheme.size && c->target.size && http_is_host(c->target, c->target_cut);
	if (is_equal(c->target, "*"))
		return is_equal(c->method, "OPTIONS");
	if (c->target.size && *c->target.at == '/')
		return true;
	return (is_scheme(parts->scheme, "http") || is_scheme(parts->scheme, "https")) && parts->authority.size &&
	       !memchr(parts->authority.at, '@', parts->authority.size);
}

static bool is_same_host(const struct http_target *target, struct http_part host)
{
	uint32_t usual = target->scheme.size == 5 ? 443 : 80;
	struct http_authority one = http_authority_parts(target->authority), other = http_authority_parts(host);

	return one.host.size == other.host.size && !strncasecmp(one.host.at, other.host.at, one.host.size) &&
	       (one.port ? one.port : usual) == (other.port ? other.port : usual);
}

static __u64 check(const struct checked *c)
{
	struct http_target parts = http_target_parts(c->target, is_equal(c->method, "CONNECT"));
	__u64 anomalies = 0;

	if (!is_target(c, &parts))
		anomalies |= BIT(BAD_TARGET);
	if (!http_is_host(c->host, c->host_cut))
		anomalies |= BIT(BAD_HOST);
	if (parts.scheme.size && c->request->used[EBPFI_HTTP_HOST] && !c->host_cut && !c->target_cut &&
	    !is_same_host(&parts, c->host))
		anomalies |= BIT(HOST_DIFFERS);
	return anomalies;
}

__u64 http_request_check(const struct ebpfi_http *request)
{
	struct checked c = { .request = request };
	bool method_cut;

	if (!request->number || request->major > 1 || request->anomalies & BIT(TEXT_LOST))
		return 0;
	c.method = part_of(request, EBPFI_HTTP_METHOD, &method_cut);
	c.target = part_of(request, EBPFI_HTTP_TARGET, &c.target_cut);
	c.host = part_of(request, EBPFI_HTTP_HOST, &c.host_cut);
	return check(&c);
}

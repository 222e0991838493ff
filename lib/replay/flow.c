/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "flow.h"

#include <stdlib.h>

#include "connection_hash.h"

enum {
	WAYS = 4,
	WORDS = 4,           /* of both addresses */
	SETS = 1024,         /* 4,096 flows: the table fits in the L2 cache */
	FAR_AWAY = 64 << 20, /* as TCP_BACK_MAX: a number so far from the next one belongs to another connection */
};

struct flows {
	struct flow flow[SETS][WAYS];
	uint64_t factor[WORDS + 1]; /* of the hash: random */
	uint32_t now;               /* look-ups so far */
	bool is_one_way;            /* no SYN came for the last SYN-ACK that waited for one */
};

struct flows *flows_new(void)
{
	struct flows *flows = calloc(1, sizeof(*flows));
	unsigned int i;

	for (i = 0; flows && i <= WORDS; i++)
		flows->factor[i] = connection_seed() | 1;
	return flows;
}

void flows_free(struct flows *flows)
{
	free(flows);
}

static uint64_t load64_of(const struct tcp_key *key, unsigned int word)
{
	return load64(&key->address[word / 2][word % 2 * 8]);
}

/*
 * The products do not depend on each other, so that a processor computes them at once. Connections of one set evict each other and make
 * nothing slower; the author of a capture cannot choose them, since the factors are secret.
 */
static struct flow *set_of(struct flows *flows, const struct tcp_key *key)
{
	uint64_t hash = load32(key->port) * flows->factor[WORDS];
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		hash += load64_of(key, i) * flows->factor[i];
	return flows->flow[hash >> 54];
}

_Static_assert(SETS == 1 << (64 - 54), "the hash's upper bits number the sets");

static bool is_key(const struct tcp_key *a, const struct tcp_key *b)
{
	uint64_t differ = load32(a->port) ^ load32(b->port);
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		differ |= load64_of(a, i) ^ load64_of(b, i);
	return !differ;
}

static bool is_free(const struct flow *f)
{
	return !f->waiting[0] && !f->waiting[1];
}

static struct flow *evict(struct flows *flows, struct flow *set)
{
	struct flow *oldest = NULL, *f;

	for (f = set; f < set + WAYS; f++) {
		if (!f->used)
			return f;
		if (is_free(f) && (!oldest || flows->now - f->last > flows->now - oldest->last))
			oldest = f;
	}
	return oldest;
}

struct flow *flows_get(struct flows *flows, const struct segment *s)
{
	struct flow *set = set_of(flows, &s->key), *f;

	flows->now++;
	for (f = set; f < set + WAYS; f++)
		if (f->used && is_key(&f->key, &s->key)) {
			f->last = flows->now;
			return f;
		}
	f = evict(flows, set);
	if (f)
		*f = (struct flow){ .key = s->key, .used = 1, .last = flows->now };
	return f;
}

static bool is_ahead(uint32_t number, uint32_t next)
{
	return number - next - 1 < FAR_AWAY;
}

static bool is_behind(uint32_t number, uint32_t next)
{
	return next - number <= FAR_AWAY;
}

static bool is_syn(const struct segment *s)
{
	return (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool is_syn_ack(const struct segment *s)
{
	return (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

static bool is_repeated_syn(const struct flow *f, const struct segment *s)
{
	return f->known[s->direction] && f->next[s->direction] == s->end;
}

/* Its SYN was seen, or the bytes that it carried. */
static bool answers_known_syn(const struct flow *f, const struct segment *s)
{
	uint32_t other = s->direction ^ 1;

	return f->known[other] && is_behind(s->ack, f->next[other]);
}

/* A capture of one direction does not wait for the other: one that never came is not waited for again. */
static bool acknowledges_unseen(const struct flows *flows, const struct flow *f, const struct segment *s)
{
	uint32_t other = s->direction ^ 1;

	if (is_syn_ack(s))
		return !flows->is_one_way && !answers_known_syn(f, s);
	return s->flags & TCP_ACK && f->known[other] && (!f->silent[other] || f->waiting[other]) &&
	       is_ahead(s->ack, f->next[other]);
}

bool flow_answers(const struct segment *s, const struct segment *syn)
{
	return is_syn_ack(s) && is_syn(syn) && s->ack - syn->first - 1 < syn->end - syn->first;
}

bool flow_must_wait(const struct flows *flows, const struct flow *f, const struct segment *s)
{
	uint32_t d = s->direction;

	if (!(s->flags & TCP_SYN) && f->known[d] && !f->silent[d] && is_ahead(s->first, f->next[d]))
		return true;
	return acknowledges_unseen(flows, f, s);
}

bool flow_ends(const struct flow *f, const struct segment *s)
{
	uint32_t d = s->direction;

	if (s->flags & TCP_RST)
		return true;
	if (is_syn(s))
		return !is_repeated_syn(f, s);
	return f->known[d] && !is_ahead(s->first, f->next[d]) && !is_behind(s->first, f->next[d]);
}

void flow_forget(struct flow *f, uint32_t direction)
{
	f->known[direction] = f->silent[direction] = 0;
}

void flow_take(struct flows *flows, struct flow *f, const struct segment *s)
{
	uint32_t d = s->direction;

	if (is_syn_ack(s) && answers_known_syn(f, s))
		flows->is_one_way = false;
	if (flow_ends(f, s)) {
		flow_forget(f, 0);
		flow_forget(f, 1);
	}
	if (s->flags & TCP_RST)
		return;
	if (!f->known[d] || !is_behind(s->end, f->next[d]))
		f->next[d] = s->end;
	f->known[d] = 1;
	f->silent[d] = 0;
}

void flow_give_up(struct flows *flows, struct flow *f, const struct segment *s)
{
	uint32_t other = s->direction ^ 1;

	if (!acknowledges_unseen(flows, f, s))
		return;
	if (is_syn_ack(s)) {
		flows->is_one_way = true;
		return;
	}
	f->next[other] = s->ack;
	f->silent[other] = 1;
}

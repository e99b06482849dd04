/* Which server is asked, and which are down: what is known of servers in the memory that all
 * workers share. */
#include <inttypes.h>
#include <string.h>

#include "service/ask_private.h"
#include "util/log.h"
#include "util/memory.h"

#define GRACE_PROBE_MS 1000u
#define PROBE_LIMIT_MS 5000u
#define REVIVE_MAX_MS  300000u

static struct server_state *
state_of(const struct asker *a, const struct service *s, size_t i)
{
	return &a->setup.state->servers[s->servers[i].number];
}

static uint64_t
down_since(const struct asker *a, const struct service *s, size_t i)
{
	return atomic_load_explicit(&state_of(a, s, i)->down_since_ms, memory_order_relaxed);
}

/* Since when no server is up: when the last one went down. 0: one is up. */
static uint64_t
all_down_since(const struct asker *a, const struct service *s)
{
	uint64_t since = 0;

	for (size_t i = 0; i < s->n; i++) {
		uint64_t ms = down_since(a, s, i);

		if (ms == 0)
			return 0;
		since = ms > since ? ms : since;
	}
	return since;
}

static bool
is_in_grace(const struct asker *a, const struct service *s)
{
	uint64_t since = all_down_since(a, s);

	return since != 0 && asker_now(a) < since + s->down_grace_ms;
}

static bool
is_usable(const struct question *q, size_t i)
{
	return (q->tried >> i & 1) == 0 && down_since(q->asker, q->service, i) == 0;
}

bool
has_untried_server(const struct question *q)
{
	for (size_t i = 0; i < q->service->n; i++)
		if (is_usable(q, i))
			return true;
	return false;
}

/* Of leastconn: each search begins behind the server that the last one has found. */
static size_t
first_to_look_at(const struct question *q)
{
	return q->service->leastconn ? q->asker->queues[q->service->number].turn % q->service->n
				     : 0;
}

/* The index, or -1; *ret_full: some have no place. */
static int
find_free_server(const struct question *q, bool *ret_full)
{
	const struct service *s = q->service;
	size_t first = first_to_look_at(q);
	uint32_t least = UINT32_MAX;
	int found = -1;

	for (size_t k = 0; k < s->n; k++) {
		size_t i = (first + k) % s->n;
		uint32_t n;

		if (!is_usable(q, i))
			continue;
		n = service_state_in_flight(q->asker->setup.state, s->servers[i].number);
		if (s->max_connections > 0 && n >= s->max_connections) {
			*ret_full = true;
			continue;
		}
		if (!s->leastconn)
			return (int)i;
		if (n < least) {
			least = n;
			found = (int)i;
		}
	}
	return found;
}

int
choose_server(struct question *q)
{
	bool is_full = false;
	int found = find_free_server(q, &is_full);

	if (found < 0 && !is_full && q->tried != q->erred) {
		q->tried = q->erred; /* the others went down while it was queued */
		found = find_free_server(q, &is_full);
	}
	if (found >= 0)
		q->asker->queues[q->service->number].turn = (unsigned)found + 1;
	if (found >= 0)
		return found;
	if (is_full)
		return NO_SERVER_FREE;
	if (all_down_since(q->asker, q->service) == 0)
		return NO_SERVER_LEFT;
	return is_in_grace(q->asker, q->service) ? NO_SERVER_YET : NO_SERVER;
}

/* How servers do. */

static uint64_t
probe_interval(const struct asker *a, const struct service *s, const struct server_state *state)
{
	return is_in_grace(a, s) ? GRACE_PROBE_MS : atomic_load(&state->revive_ms);
}

static void
log_down(const struct question *q, enum ask_outcome why, uint32_t failures)
{
	const struct server_state *state = server_state_of(q);
	uint64_t next_ms = probe_interval(q->asker, q->service, state);
	bool has_error = why == ASK_CONNECT && q->error < 0;

	log_write(LOG_WARNING,
		  "service \"%s\" server %u: down (%s%s%s, %" PRIu32
		  " in a row), asked again in %" PRIu64 " s",
		  q->service->name, q->server, ask_outcome_reason(why), has_error ? ": " : "",
		  has_error ? strerror(-q->error) : "", failures, (next_ms + 999) / 1000);
}

/* One of the workers sees it go down. */
void
count_server_failure(struct question *q, enum ask_outcome why)
{
	const struct service *s = q->service;
	struct server_state *state = server_state_of(q);
	uint32_t failures = atomic_fetch_add(&state->failures, 1) + 1;
	uint64_t now = asker_now(q->asker), up = 0;

	if (s->max_failures == 0 || failures < s->max_failures ||
	    !atomic_compare_exchange_strong(&state->down_since_ms, &up, now))
		return;
	atomic_store(&state->revive_ms, (uint32_t)s->revive_ms);
	atomic_store(&state->probed_ms, now);
	log_down(q, why, failures);
}

void
count_server_success(struct question *q)
{
	struct server_state *state = server_state_of(q);
	uint64_t since;

	if (atomic_load_explicit(&state->failures, memory_order_relaxed) != 0)
		atomic_store(&state->failures, 0);
	if (atomic_load_explicit(&state->down_since_ms, memory_order_relaxed) == 0)
		return;
	since = atomic_exchange(&state->down_since_ms, 0);
	if (since != 0)
		log_write(LOG_NOTICE, "service \"%s\" server %u: up again, after %" PRIu64 " s",
			  q->service->name, q->server,
			  (asker_now(q->asker) - since + 500) / 1000);
}

/* Probes. */

void
free_probe(struct asker *a, size_t server)
{
	struct probe *p = a->probes[server];

	if (p == NULL)
		return;
	a->probes[server] = NULL;
	p->question.exchange->ops->release(p->question.exchange);
	memory_free(p, sizeof(*p) + p->memory_size);
}

static void
double_revive_time(const struct asker *a, const struct service *s, struct server_state *state)
{
	uint32_t ms = atomic_load(&state->revive_ms);

	if (!is_in_grace(a, s) && ms < REVIVE_MAX_MS)
		atomic_store(&state->revive_ms,
			     ms < REVIVE_MAX_MS / 2 ? ms * 2 : REVIVE_MAX_MS);
}

static void
finish_probe(struct question *q)
{
	struct asker *a = q->asker;
	const struct service *s = q->service;

	if (q->outcome != ASK_ANSWERED)
		double_revive_time(a, s, server_state_of(q));
	free_probe(a, s->servers[q->server - 1].number);
}

static void
on_probe_done(void *ctx)
{
	finish_probe(ctx);
}

static void
begin_probe(struct asker *a, const struct service *s, size_t i)
{
	size_t number = s->servers[i].number, size = s->kind->ping_size;
	struct probe *p = memory_zalloc(sizeof(*p) + size);
	struct question *q = &p->question;

	p->memory_size = size;
	a->probes[number] = p;
	q->service = s;
	q->exchange = s->kind->ping(p->memory);
	q->max_wait_ms = PROBE_LIMIT_MS;
	q->done = on_probe_done;
	q->ctx = q;
	if (ask_server(a, q, (unsigned)i + 1))
		finish_probe(q);
}

/* Of all workers one moves probed_ms on, and asks. */
static void
look_at_server(struct asker *a, const struct service *s, size_t i)
{
	struct server_state *state = state_of(a, s, i);
	uint64_t now = asker_now(a), probed = atomic_load(&state->probed_ms);

	if (down_since(a, s, i) == 0 || a->probes[s->servers[i].number] != NULL ||
	    now < probed + probe_interval(a, s, state))
		return;
	if (atomic_compare_exchange_strong(&state->probed_ms, &probed, now))
		begin_probe(a, s, i);
}

void
look_at_servers(struct asker *a, const struct service *s)
{
	for (size_t i = 0; i < s->n && s->kind != NULL; i++)
		look_at_server(a, s, i);
}

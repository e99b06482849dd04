/* The set of workers of one configuration: when workers are forked and replaced, and when the
 * generation is ready, has failed or has ended. */
#include "master/generation.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "chain/fatal_message.h"
#include "master/balance.h"
#include "master/loader_process.h"
#include "master/services.h"
#include "master/totals.h"
#include "master/worker_end.h"
#include "master/worker_process.h"
#include "service/state.h"
#include "util/log.h"
#include "worker/worker.h"

#define FORK_RETRY_MS 1000u
#define NO_LOADER_MS  30000u /* between two calls of on_lost_loader() */

static int order_next_worker(struct generation *g);

/* Replacing workers. */

static void
on_respawn(void *ctx)
{
	struct generation *g = ctx;

	if (g->loader == NULL) {
		timer_arm(g->host->timers, &g->respawn, NO_LOADER_MS);
		g->host->on_lost_loader(g->host->ctx, g);
		return;
	}
	for (; g->n_to_fork > 0; g->n_to_fork--) {
		if (order_next_worker(g) < 0) {
			timer_arm(g->host->timers, &g->respawn, FORK_RETRY_MS);
			return;
		}
	}
}

static void
replace_worker_later(struct generation *g, uint64_t delay_ms)
{
	g->n_to_fork++;
	if (!timer_is_armed(&g->respawn))
		timer_arm(g->host->timers, &g->respawn, delay_ms);
}

static void
replace_worker_at_once(struct generation *g)
{
	if (g->loader == NULL)
		replace_worker_later(g, NO_LOADER_MS);
	else if (order_next_worker(g) < 0)
		replace_worker_later(g, FORK_RETRY_MS);
}

static void
replace_crashed_worker(struct generation *g, uint64_t forked_ms)
{
	uint64_t now_ms = timers_now(g->host->timers);
	uint64_t delay_ms = backoff_count_death(&g->backoff, forked_ms, now_ms);

	if (delay_ms == 0) {
		replace_worker_at_once(g);
		return;
	}
	if (!timer_is_armed(&g->respawn))
		log_write(LOG_WARNING, "the next worker starts in %" PRIu64 " s gen=%u",
			  delay_ms / 1000, g->id);
	replace_worker_later(g, delay_ms);
}

/* What a worker process reports. */

static void
on_worker_ready(struct worker_process *w)
{
	struct generation *g = w->generation;

	if (g->state == GENERATION_SERVING)
		g->host->on_capacity(g->host->ctx, g);
	if (g->state != GENERATION_STARTING)
		return;
	for (const struct worker_process *i = g->workers; i != NULL; i = i->next)
		if (!i->ready)
			return;
	g->state = GENERATION_SERVING;
	g->host->on_ready(g->host->ctx, g);
}

static void
on_worker_retires(struct worker_process *w)
{
	struct generation *g = w->generation;

	if (w->draining)
		return;
	worker_process_drain(w, true);
	if (g->state != GENERATION_SERVING)
		return;
	log_write(LOG_INFO, "worker %d retires gen=%u", (int)w->pid, g->id);
	replace_worker_at_once(g);
}

static void
on_worker_capacity(struct worker_process *w)
{
	struct generation *g = w->generation;

	if (g->state == GENERATION_SERVING)
		g->host->on_capacity(g->host->ctx, g);
}

static void
on_passed_connection(struct worker_process *w, uint32_t listener, int fd)
{
	struct generation *g = w->generation;

	g->host->on_connection(g->host->ctx, g, listener, fd);
}

/* The counters of a worker that has ended still count. */
static void
add_worker_to_totals(const struct worker_process *w)
{
	struct generation_host *host = w->generation->host;

	for (size_t i = 0; i < STAT_COUNT; i++)
		host->totals[i] += counter_get(&w->shared->count[i]);
	if (host->by_name != NULL)
		totals_add_ended(host->by_name, w->generation->places, w->shared);
}

static void
remove_worker(struct worker_process *w)
{
	struct worker_process **at = &w->generation->workers;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->generation->n_workers--;
	service_state_clear_row(w->generation->services, w->row);
	worker_process_free(w);
}

static void
record_fatal_message(const struct worker_process *w)
{
	const struct generation_host *host = w->generation->host;
	struct worker_end end = worker_end_read(w->shared);

	if (end.in_policy && host->fatal != NULL)
		fatal_messages_record(host->fatal, &end.key, end.title,
				      timers_now(host->timers));
}

static bool
worker_ended_as_told(const struct worker_process *w, const siginfo_t *status)
{
	return w->killed ||
	       (w->draining && status->si_code == CLD_EXITED && status->si_status == EX_OK);
}

static void
count_crash(const struct worker_process *w, const siginfo_t *status)
{
	struct generation_host *host = w->generation->host;

	host->crashes++;
	if (w->heartbeat.aborted)
		host->crash_hangs++;
	else if (status->si_code == CLD_EXITED)
		host->crash_exits++;
}

static void
on_worker_end(struct worker_process *w, const siginfo_t *status)
{
	struct generation *g = w->generation;
	uint64_t forked_ms = w->forked_ms;
	bool was_draining = w->draining;

	worker_process_receive_connections(w);
	(void)worker_process_revoke(w);
	if (!worker_ended_as_told(w, status)) {
		worker_process_log_crash(w, status);
		record_fatal_message(w);
		count_crash(w, status);
	}
	add_worker_to_totals(w);
	if (!was_draining) /* else another worker may have the slot */
		loads_set(g->loads, w->slot, 0);
	remove_worker(w);
	if (g->state == GENERATION_STARTING)
		g->host->on_failed(g->host->ctx, g);
	else if (g->state == GENERATION_SERVING && !was_draining)
		replace_crashed_worker(g, forked_ms);
	else if (g->state == GENERATION_DRAINING && g->n_workers == 0)
		g->host->on_ended(g->host->ctx, g);
}

static const struct worker_process_ops worker_ops = {
	.on_ready = on_worker_ready,
	.on_retires = on_worker_retires,
	.on_capacity = on_worker_capacity,
	.on_connection = on_passed_connection,
	.on_exit = on_worker_end,
};

/* Beginning. */

static bool
slot_is_taken(const struct generation *g, size_t slot)
{
	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		if (!w->draining && w->slot == slot)
			return true;
	return false;
}

/* There are as many slots as workers that do not drain. */
static size_t
find_free_slot(const struct generation *g)
{
	size_t slot = 0;

	while (slot_is_taken(g, slot))
		slot++;
	assert(slot < g->loads->n);
	return slot;
}

static bool
row_is_taken(const struct generation *g, size_t row)
{
	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		if (w->row == row)
			return true;
	return false;
}

/* n_rows: none is free. */
static size_t
find_free_row(const struct generation *g)
{
	size_t row = 0;

	while (row < g->services->n_rows && row_is_taken(g, row))
		row++;
	return row;
}

static int
order_next_worker(struct generation *g)
{
	struct worker_process *w = NULL;
	size_t row = find_free_row(g);
	int r;

	if (row == g->services->n_rows) {
		log_write(LOG_WARNING,
			  "%zu workers have not ended yet: the next one waits gen=%u", row,
			  g->id);
		return -EAGAIN;
	}
	r = worker_process_order(g, find_free_slot(g), row, &worker_ops, &w);
	if (r < 0)
		return r;
	w->next = g->workers;
	g->workers = w;
	g->n_workers++;
	return 0;
}

/* What the loader reports. */

static struct worker_process *
find_ordered_worker(const struct generation *g, uint32_t number)
{
	struct worker_process *w = g->workers;

	while (w != NULL && (w->number != number || w->pid != 0))
		w = w->next;
	return w;
}

/* There is no process: an order that had no effect. */
static void
on_worker_missing(struct worker_process *w)
{
	struct generation *g = w->generation;
	bool was_draining = w->draining;

	(void)worker_process_revoke(w);
	remove_worker(w);
	if (g->state == GENERATION_STARTING)
		g->host->on_failed(g->host->ctx, g);
	else if (g->state == GENERATION_SERVING && !was_draining)
		replace_worker_later(g, g->loader != NULL ? FORK_RETRY_MS : NO_LOADER_MS);
	else if (g->state == GENERATION_DRAINING && g->n_workers == 0)
		g->host->on_ended(g->host->ctx, g);
}

static bool
on_worker_forked(void *ctx, uint32_t number, int32_t pid)
{
	struct generation *g = ctx;
	struct worker_process *w = find_ordered_worker(g, number);

	if (w == NULL)
		return false;
	if (pid < 0) {
		log_write(LOG_ERR, "cannot start a worker: %s gen=%u", strerror(-pid), g->id);
		g->fork_error = pid;
	}
	if (pid < 0 || worker_process_forked(w, pid) < 0)
		on_worker_missing(w);
	return true;
}

/* Those whose pid the loader has not reported, and will not. Returns how many they were. */
static unsigned
remove_missing_workers(struct generation *g)
{
	unsigned n = 0;

	for (struct worker_process *w = g->workers, *next; w != NULL; w = next) {
		next = w->next;
		if (w->pid != 0)
			continue;
		remove_worker(w);
		n++;
	}
	return n;
}

static void
on_loader_death(void *ctx)
{
	struct generation *g = ctx;
	unsigned n = remove_missing_workers(g);

	g->loader = NULL;
	if (g->state == GENERATION_STARTING) {
		g->host->on_failed(g->host->ctx, g);
	} else if (g->state == GENERATION_SERVING) {
		for (; n > 0; n--)
			replace_worker_later(g, NO_LOADER_MS);
		g->host->on_lost_loader(g->host->ctx, g);
	} else if (n > 0 && g->n_workers == 0) {
		g->host->on_ended(g->host->ctx, g);
	}
}

static const struct loader_ops loader_ops = {
	.on_forked = on_worker_forked,
	.on_lost = on_loader_death,
};

static int
open_memory(struct generation *g, const struct generation *before, struct loader_memory *ret)
{
	int r = history_open(&g->history, &g->host->history, g->cfg->history);

	if (r < 0)
		return r;
	ret->history = g->history.messages > 0 ? g->history.fd : -1;
	g->loads = loads_new(g->cfg->workers, &ret->loads);
	if (g->loads == NULL)
		return -ENOMEM;
	g->services = service_state_new(g->cfg->n_servers, service_state_rows(g->cfg->workers),
					&ret->services);
	if (g->services == NULL) {
		close(ret->loads);
		return -ENOMEM;
	}
	if (before != NULL)
		services_take_over(g->cfg, g->services, before->cfg, before->services);
	return 0;
}

static int
join_loader(struct generation *g, const struct generation *before)
{
	struct loader_memory memory;
	int r = open_memory(g, before, &memory);

	if (r < 0)
		return r;
	r = loader_process_join(g->loader, g->id, &memory, &loader_ops, g);
	close(memory.loads);
	close(memory.services);
	return r;
}

int
generation_new(unsigned id, struct config *cfg, struct loader_process *loader,
	       struct generation_host *host, const struct generation *before,
	       struct generation **ret)
{
	struct generation *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		abort();
	*g = (struct generation){.id = id,
				 .state = GENERATION_STARTING,
				 .cfg = cfg,
				 .loader = loader,
				 .host = host,
				 .dump = -EBADF,
				 .last_look_ms = timers_now(host->timers)};
	g->respawn = (struct timer){.fn = on_respawn, .ctx = g};
	r = join_loader(g, before);
	for (unsigned i = 0; i < cfg->workers && r == 0; i++)
		r = order_next_worker(g);
	if (r < 0) {
		g->cfg = NULL;
		g->loader = NULL;
		generation_free(g);
		return r;
	}
	g->dump = loader_process_take_dump(loader);
	*ret = g;
	return 0;
}

struct generation *
generation_free(struct generation *g)
{
	if (g == NULL)
		return NULL;
	for (struct worker_process *w = g->workers, *next; w != NULL; w = next) {
		next = w->next;
		worker_process_kill(w);
		add_worker_to_totals(w);
		worker_process_free(w);
	}
	timer_disarm(g->host->timers, &g->respawn);
	loader_process_release(g->loader);
	loads_free(g->loads);
	service_state_free(g->services);
	history_close(&g->history);
	if (g->dump >= 0)
		close(g->dump);
	free(g->places);
	config_free(g->cfg);
	free(g);
	return NULL;
}

/* Ending. */

static void
signal_workers(const struct generation *g, int number)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		worker_process_signal(w, number);
}

/* replaced: another generation takes the connections. */
static void
drain_workers(struct generation *g, bool replaced)
{
	g->state = GENERATION_DRAINING;
	timer_disarm(g->host->timers, &g->respawn);
	generation_report_capacity(g, false);
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		worker_process_drain(w, replaced);
}

void
generation_drain(struct generation *g)
{
	drain_workers(g, true);
}

void
generation_expire_drain(struct generation *g)
{
	g->drain_is_over = true;
	signal_workers(g, WORKER_SIGNAL_END_DRAIN);
}

void
generation_set_log_level(struct generation *g, int level)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->log_level, level);
}

void
generation_stop_passing(struct generation *g)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next) {
		atomic_store(&w->shared->stopping, true);
		worker_process_receive_connections(w);
	}
}

void
generation_stop(struct generation *g)
{
	drain_workers(g, false);
	signal_workers(g, WORKER_SIGNAL_STOP);
}

void
generation_kill(struct generation *g)
{
	drain_workers(g, false);
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		w->killed = true;
	signal_workers(g, SIGKILL);
}

/* Sessions. */

size_t
generation_sessions(const struct generation *g)
{
	size_t n = 0;

	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		n += worker_process_sessions(w);
	return n;
}

size_t
generation_sessions_at(const struct generation *g, size_t listener)
{
	size_t n = 0;

	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		n += worker_process_sessions_at(w, listener);
	return n;
}

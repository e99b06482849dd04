/* Reads the workers' heartbeats from shared memory and sends the signals. */
#include "master/heartbeat.h"

#include <inttypes.h>
#include <signal.h>

#include "master/generation.h"
#include "master/loader_process.h"
#include "master/worker_process.h"
#include "util/log.h"
#include "util/process_state.h"

#define LOOKS_IN_TIMEOUT 8u /* at a heartbeat, within hang_timeout */
#define LATE_MS		 1000u
#define INTERVAL_MIN_MS	 50u
#define INTERVAL_MAX_MS	 250u
#define ABORT_TO_KILL_MS 200u
#define CPU_LACK_MS	 100u	/* of CPU time: a worker with less may only lack it */
#define ORDER_LIMIT_MS	 20000u /* from the order of a worker to its fork */
#define LOOK_PAUSE_MS	 500u	/* between two looks, beside a quarter of hang_timeout */

uint64_t
heartbeat_interval_ms(const struct generation *g)
{
	uint64_t ms = g->cfg->hang_timeout_ms / LOOKS_IN_TIMEOUT;

	if (ms < INTERVAL_MIN_MS)
		return INTERVAL_MIN_MS;
	return ms > INTERVAL_MAX_MS ? INTERVAL_MAX_MS : ms;
}

/* A heartbeat that is later than now was written since the loop took its time. */
static bool
heartbeat_is_older(uint64_t beat_ms, uint64_t limit_ms, uint64_t now_ms)
{
	return beat_ms < now_ms && now_ms - beat_ms > limit_ms;
}

static uint64_t
late_after_ms(uint64_t limit_ms)
{
	return limit_ms / 2 < LATE_MS ? limit_ms / 2 : LATE_MS;
}

bool
heartbeat_is_late(uint64_t beat_ms, uint64_t limit_ms, uint64_t now_ms)
{
	return heartbeat_is_older(beat_ms, late_after_ms(limit_ms), now_ms);
}

enum heartbeat_action
heartbeat_next_action(struct heartbeat_check *check, uint64_t beat_ms, uint64_t limit_ms,
		      uint64_t now_ms)
{
	if (!heartbeat_is_older(beat_ms, limit_ms, now_ms)) {
		check->since_ms = 0;
		return HEARTBEAT_NOTHING;
	}
	if (check->since_ms == 0) {
		check->since_ms = now_ms;
		return HEARTBEAT_NOTHING;
	}
	if (!check->aborted) {
		check->since_ms = now_ms;
		check->aborted = true;
		return HEARTBEAT_ABORT;
	}
	return now_ms - check->since_ms >= ABORT_TO_KILL_MS ? HEARTBEAT_KILL
							    : HEARTBEAT_NOTHING;
}

static void
abort_hung_worker(struct worker_process *w, uint64_t age_ms)
{
	log_write(LOG_ERR, "worker %d made no progress for %" PRIu64 " ms: killed gen=%u",
		  (int)w->pid, age_ms, w->generation->id);
	w->generation->host->hangs++;
	worker_process_signal(w, SIGABRT);
}

/* Its heartbeat, or when hang_timeout began anew. */
static uint64_t
last_beat_ms(const struct worker_process *w)
{
	uint64_t beat_ms = counter_get(&w->shared->heartbeat_ms),
		 from = w->generation->resumed_ms;

	return beat_ms < from ? from : beat_ms;
}

static bool
last_beat_is_late(const struct worker_process *w, uint64_t now_ms)
{
	return heartbeat_is_late(last_beat_ms(w), w->generation->cfg->hang_timeout_ms, now_ms);
}

bool
heartbeat_worker_is_late(const struct worker_process *w, uint64_t now_ms)
{
	return w->heartbeat.is_late && last_beat_is_late(w, now_ms);
}

bool
heartbeat_worker_answers(const struct worker_process *w, uint64_t now_ms)
{
	uint64_t proved_ms = w->forked_ms + late_after_ms(w->generation->cfg->hang_timeout_ms);

	return counter_get(&w->shared->heartbeat_ms) >= proved_ms &&
	       !heartbeat_worker_is_late(w, now_ms);
}

uint64_t
heartbeat_age_ms(const struct worker_process *w, uint64_t now_ms)
{
	uint64_t beat_ms = last_beat_ms(w);

	return beat_ms < now_ms ? now_ms - beat_ms : 0;
}

/* Whether a worker whose heartbeat is late could run, but has hardly had a CPU since. */
static bool
worker_lacks_cpu(struct worker_process *w)
{
	struct heartbeat_check *check = &w->heartbeat;
	uint64_t beat_ms = last_beat_ms(w);
	struct process_state now;

	if (process_state_read(w->pid, &now) < 0 || now.letter != 'R')
		return false;
	if (check->late_beat_ms != beat_ms) {
		check->late_beat_ms = beat_ms;
		check->late_cpu_ms = now.cpu_ms;
	}
	return now.cpu_ms - check->late_cpu_ms < CPU_LACK_MS;
}

/* One that does not run any more may have written its heartbeat just before. */
static bool
look_whether_late(struct worker_process *w, uint64_t now_ms)
{
	return last_beat_is_late(w, now_ms) && !worker_lacks_cpu(w) &&
	       last_beat_is_late(w, now_ms);
}

/* What a late worker has not taken goes to others. */
static void
settle_connections(struct worker_process *w, uint64_t now_ms)
{
	size_t n;

	w->heartbeat.is_late = look_whether_late(w, now_ms);
	worker_process_settle(w);
	if (w->sent.n == 0 || !w->heartbeat.is_late)
		return;
	n = worker_process_revoke(w);
	log_write(LOG_NOTICE,
		  "worker %d makes no progress: %zu connections go to others gen=%u",
		  (int)w->pid, n, w->generation->id);
}

/* The loader should have forked this worker by now: a loader that hangs is killed, and another
 * one is started (generation.h). */
static void
check_order(const struct worker_process *w, uint64_t now_ms)
{
	struct loader_process *loader = w->generation->loader;

	if (loader == NULL || now_ms - w->forked_ms <= ORDER_LIMIT_MS)
		return;
	log_write(LOG_ERR, "the loader has not started a worker in %u s: killed gen=%u",
		  ORDER_LIMIT_MS / 1000, w->generation->id);
	loader_process_kill(loader);
}

static void
check_heartbeat(struct worker_process *w, uint64_t now_ms)
{
	uint64_t beat_ms = last_beat_ms(w);

	if (w->pid == 0) {
		check_order(w, now_ms);
		return;
	}
	settle_connections(w, now_ms);
	if (!w->heartbeat.is_late && !w->heartbeat.aborted) { /* or it lacks CPU time */
		w->heartbeat.since_ms = 0;
		return;
	}
	switch (heartbeat_next_action(&w->heartbeat, beat_ms,
				      w->generation->cfg->hang_timeout_ms, now_ms)) {
	case HEARTBEAT_NOTHING:
		break;
	case HEARTBEAT_ABORT:
		abort_hung_worker(w, now_ms - beat_ms);
		break;
	case HEARTBEAT_KILL:
		worker_process_signal(w, SIGKILL);
		break;
	}
}

void
heartbeat_check_generation(struct generation *g, uint64_t now_ms)
{
	if (now_ms - g->last_look_ms > g->cfg->hang_timeout_ms / 4 + LOOK_PAUSE_MS)
		g->resumed_ms = now_ms;
	g->last_look_ms = now_ms;
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		check_heartbeat(w, now_ms);
}

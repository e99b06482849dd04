/* The fewest sessions first, by what the workers write of themselves in shared memory. */
#include "master/balance.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "worker/worker.h"

#define SESSIONS_MAX 1000000u /* of a worker, as the configuration allows */

/* Counting. The worker's half may be anything. */

/* Looks at the end first: what begins meanwhile is counted, what ends is still there. */
static size_t
still_there(const _Atomic uint64_t *ended, const _Atomic uint64_t *taken, uint64_t handed)
{
	uint64_t gone = atomic_load(ended), came = handed + atomic_load(taken);

	if (gone >= came)
		return 0;
	return came - gone < SESSIONS_MAX ? (size_t)(came - gone) : SESSIONS_MAX;
}

size_t
worker_sessions(const struct worker_proc *w)
{
	return still_there(&w->shared->sessions_ended, &w->shared->sessions_accepted,
			   w->handed);
}

size_t
generation_sessions(const struct generation *g)
{
	size_t n = 0;

	for (const struct worker_proc *w = g->workers; w != NULL; w = w->next)
		n += worker_sessions(w);
	return n;
}

size_t
generation_sessions_at(const struct generation *g, size_t listener)
{
	size_t n = 0;

	for (const struct worker_proc *w = g->workers; w != NULL; w = w->next)
		n += still_there(&w->shared->per_listener[listener].sessions_ended,
				 &w->shared->per_listener[listener].sessions_accepted,
				 w->handed_at[listener]);
	return n;
}

/* Connections. */

void
worker_watch_channel(struct worker_proc *w, uint32_t events)
{
	int r = sd_event_source_set_io_events(w->channel_io, events);

	assert(r >= 0);
}

static bool
takes(const struct worker_proc *w, size_t max)
{
	return w->ready && !w->leaving && !w->stuffed && !w->killed && w->channel_io != NULL &&
	       worker_sessions(w) < max;
}

bool
generation_has_room(const struct generation *g, size_t max)
{
	for (const struct worker_proc *w = g->workers; w != NULL; w = w->next)
		if (takes(w, max))
			return true;
	return false;
}

/* Idle, it would have turned by now: perhaps it hangs. */
static bool
is_late(const struct worker_proc *w, uint64_t now_ms)
{
	uint64_t beat = stat_get(&w->shared->heartbeat_ms);

	return beat < now_ms && now_ms - beat > w->gen->cfg->hang_timeout_ms / 2;
}

/* Fewer sessions; of equals, whose last one was given the longest time ago. */
static bool
goes_before(const struct worker_proc *w, const struct worker_proc *other, uint64_t now_ms)
{
	bool late = is_late(w, now_ms);
	size_t n = worker_sessions(w), n_other = worker_sessions(other);

	if (late != is_late(other, now_ms))
		return !late;
	return n != n_other ? n < n_other : w->turn < other->turn;
}

static struct worker_proc *
least_loaded(const struct generation *g, size_t max)
{
	struct worker_proc *best = NULL;
	uint64_t now = timers_now(g->host->timers);

	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		if (takes(w, max) && (best == NULL || goes_before(w, best, now)))
			best = w;
	return best;
}

/* Its channel took no more. */
static void
wait_for_channel(struct worker_proc *w, int error)
{
	w->stuffed = true; /* or dead, and we shall hear of it */
	if (error == -EAGAIN)
		worker_watch_channel(w, EPOLLIN | EPOLLOUT);
}

static void
lend(struct worker_proc *w, const struct shared_listener *what, size_t n, size_t max)
{
	atomic_store(&w->shared->return_listeners, false);
	for (size_t i = 0; i < n; i++) {
		struct worker_listener_record at = {
			.listener = what[i].listener,
			.max_sessions = max < UINT32_MAX ? (uint32_t)max : UINT32_MAX,
		};
		int r = channel_send(w->channel, WORKER_LISTENER, &at, sizeof(at), what[i].fd);

		if (r < 0) {
			wait_for_channel(w, r);
			return;
		}
	}
	w->has_listeners = true;
}

void
generation_recall_listeners(struct generation *g)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->return_listeners, true);
	generation_listeners_changed(g);
}

void
generation_share_listeners(struct generation *g, const struct shared_listener *what, size_t n,
			   size_t max)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		if (!w->has_listeners && takes(w, SIZE_MAX))
			lend(w, what, n, max);
}

void
generation_listeners_changed(struct generation *g)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		w->has_listeners = false;
}

int
generation_assign(struct generation *g, int fd, uint32_t listener, size_t max)
{
	struct worker_proc *w;
	int r;

	while ((w = least_loaded(g, max)) != NULL) {
		r = channel_send(w->channel, WORKER_CONNECTION, &listener, sizeof(listener),
				 fd);
		if (r == 0) {
			w->turn = ++g->turns;
			w->handed++;
			w->handed_at[listener]++;
			close(fd);
			return 0;
		}
		wait_for_channel(w, r);
	}
	return -EAGAIN;
}

void
generation_set_full(struct generation *g, bool full)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->report_capacity, full);
}

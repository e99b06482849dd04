/* Picks the worker with the fewest sessions, and sends listeners and connections. */
#include "master/balance.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/channel.h"
#include "master/generation.h"
#include "master/worker_process.h"
#include "worker/session_count.h"
#include "worker/worker.h"

/* Which worker. */

static bool
worker_can_receive(const struct worker_process *w)
{
	return w->ready && !w->draining && !w->channel_full && !w->heartbeat.aborted &&
	       w->channel_source != NULL;
}

static bool
worker_can_take(const struct worker_process *w, size_t max_sessions)
{
	return worker_can_receive(w) && !w->revoked &&
	       worker_process_sessions(w) < max_sessions &&
	       !heartbeat_worker_is_late(w, timers_now(w->generation->host->timers));
}

bool
generation_has_capacity(const struct generation *g, size_t max_sessions)
{
	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		if (worker_can_take(w, max_sessions))
			return true;
	return false;
}

/* The number of sessions counts, then the turn. */
static bool
worker_comes_before(const struct worker_process *w, const struct worker_process *other)
{
	size_t n = worker_process_sessions(w), n_other = worker_process_sessions(other);

	return n != n_other ? n < n_other : w->last_assigned < other->last_assigned;
}

static struct worker_process *
find_least_loaded(const struct generation *g, size_t max_sessions)
{
	struct worker_process *best = NULL;

	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		if (worker_can_take(w, max_sessions) &&
		    (best == NULL || worker_comes_before(w, best)))
			best = w;
	return best;
}

/* Sending. */

/* With another error the worker has ended: its end of the channel is closed. */
static void
wait_for_channel(struct worker_process *w, int error)
{
	w->channel_full = true;
	if (error == -EAGAIN)
		worker_process_watch_channel(w, EPOLLIN | EPOLLOUT);
}

int
generation_assign(struct generation *g, int fd, uint32_t listener, size_t max_sessions)
{
	struct worker_process *w;
	int r;

	while ((w = find_least_loaded(g, max_sessions)) != NULL) {
		if (!session_count_add(&w->shared->sessions, max_sessions))
			continue; /* it has accepted one meanwhile */
		r = channel_send(w->channel, WORKER_CONNECTION, &listener, sizeof(listener),
				 fd);
		if (r == 0) {
			w->last_assigned = ++g->assignments;
			w->assigned_at[listener]++;
			sent_add(&w->sent, fd, listener);
			return 0;
		}
		session_count_remove(&w->shared->sessions);
		wait_for_channel(w, r);
	}
	return -EAGAIN;
}

static void
send_listeners(struct worker_process *w, const struct shared_listener *listeners, size_t n,
	       size_t max_sessions)
{
	struct worker_listener_record record = {
		.max_sessions = max_sessions < UINT32_MAX ? (uint32_t)max_sessions : UINT32_MAX,
	};
	int r;

	atomic_store(&w->shared->return_listeners, false);
	for (size_t i = 0; i < n; i++) {
		record.listener = listeners[i].listener;
		r = channel_send(w->channel, WORKER_LISTENER, &record, sizeof(record),
				 listeners[i].fd);
		if (r < 0) { /* all of them are sent again later */
			wait_for_channel(w, r);
			return;
		}
	}
	w->has_listeners = true;
}

void
generation_share_listeners(struct generation *g, const struct shared_listener *listeners,
			   size_t n, size_t max_sessions)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		if (!w->has_listeners && worker_can_receive(w))
			send_listeners(w, listeners, n, max_sessions);
}

void
generation_listeners_changed(struct generation *g)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		w->has_listeners = false;
}

void
generation_recall_listeners(struct generation *g)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->return_listeners, true);
	generation_listeners_changed(g);
}

void
generation_drain_listener(struct generation *g, size_t listener)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->per_listener[listener].drains, true);
}

void
generation_report_capacity(struct generation *g, bool on)
{
	for (struct worker_process *w = g->workers; w != NULL; w = w->next)
		atomic_store(&w->shared->report_capacity, on);
}

/* Accepts in the master, shares the other listeners with the workers, pauses and resumes. */
#include "master/acceptor.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "master/balance.h"
#include "master/generation.h"
#include "master/listen.h"
#include "util/log.h"
#include "worker/accept.h"

#define ACCEPTS_PER_TURN   16u
#define ACCEPTS_AT_STOP	   4096u /* of each listener */
#define RESUME_MS	   100u
#define RESUME_NO_FILES_MS 1000u

static const struct listener_conf *
serving_conf(const struct acceptor *a, const struct listener *l)
{
	return &a->serving->cfg->listeners[l->index];
}

/* Else the master accepts there, and counts. */
static bool
is_shared_listener(const struct acceptor *a, const struct listener *l)
{
	return serving_conf(a, l)->max_sessions == 0;
}

static bool
listener_accepts(const struct listener *l)
{
	return l->configured && !l->drains && l->fd >= 0;
}

/* Pausing. */

static void
enable_listener(const struct listener *l, bool on)
{
	int r;

	if (l->source == NULL)
		return;
	r = sd_event_source_set_enabled(l->source, on ? SD_EVENT_ON : SD_EVENT_OFF);
	assert(r >= 0);
}

static void
pause_acceptor(struct acceptor *a, uint64_t ms)
{
	if (!a->paused)
		a->pauses++;
	a->paused = true;
	for (const struct listener *l = a->listeners; l != NULL; l = l->next)
		enable_listener(l, false);
	if (a->serving != NULL) {
		generation_recall_listeners(a->serving);
		generation_report_capacity(a->serving, true);
		timer_arm(a->timers, &a->resume_timer, ms);
	}
}

/* Its sessions may be in any generation. */
static void
pause_listener(struct acceptor *a, const struct listener *l)
{
	enable_listener(l, false);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_report_capacity(g, true);
	timer_arm(a->timers, &a->resume_timer, RESUME_MS);
}

static size_t
count_sessions_at(const struct acceptor *a, const struct listener *l)
{
	size_t n = 0;

	for (const struct generation *g = a->serving; g != NULL; g = g->older)
		for (size_t i = 0; i < g->cfg->n_listeners; i++)
			if (listener_fits(l, &g->cfg->listeners[i]))
				n += generation_sessions_at(g, i);
	return n;
}

static bool
listener_is_full(const struct acceptor *a, const struct listener *l)
{
	size_t max = serving_conf(a, l)->max_sessions;

	return max != 0 && count_sessions_at(a, l) >= max;
}

/* Assigning. */

static void
keep_waiting(struct acceptor *a, struct listener *l, int fd)
{
	a->waiting = realloc(a->waiting, (a->n_waiting + 1) * sizeof(*a->waiting));
	if (a->waiting == NULL)
		abort();
	a->waiting[a->n_waiting++] = (struct waiting_connection){l, fd};
	a->full_ms = timers_now(a->timers);
	pause_acceptor(a, RESUME_MS);
}

void
acceptor_assign(struct acceptor *a, struct listener *l, int fd)
{
	if (a->serving == NULL)
		close(fd);
	else if (generation_assign(a->serving, fd, (uint32_t)l->index, a->max_sessions) < 0)
		keep_waiting(a, l, fd);
}

/* Some may have to wait once more. */
static void
assign_waiting(struct acceptor *a)
{
	struct waiting_connection *waiting = a->waiting;
	size_t n = a->n_waiting;

	a->waiting = NULL;
	a->n_waiting = 0;
	for (size_t i = 0; i < n; i++)
		acceptor_assign(a, waiting[i].listener, waiting[i].fd);
	free(waiting);
}

/* Accepting. */

/* Accepts one connection, if there is one. Whether there may be another one to accept now. */
static bool
accept_and_assign(struct acceptor *a, struct listener *l)
{
	int fd;

	if (!generation_has_capacity(a->serving, a->max_sessions)) {
		a->full_ms = timers_now(a->timers);
		pause_acceptor(a, RESUME_MS);
		return false;
	}
	if (listener_is_full(a, l)) {
		a->full_ms = timers_now(a->timers);
		pause_listener(a, l);
		return false;
	}
	fd = accept_connection(l->fd, serving_conf(a, l));
	if (fd >= 0)
		acceptor_assign(a, l, fd);
	else if (accept_lacks_resources(fd, serving_conf(a, l)))
		pause_acceptor(a, RESUME_NO_FILES_MS);
	/* any other error is of that connection, which is gone */
	return fd != -EAGAIN && !a->paused;
}

static void
accept_up_to(struct acceptor *a, struct listener *l, unsigned max)
{
	for (unsigned i = 0; i < max; i++)
		if (!accept_and_assign(a, l))
			break;
}

static int
on_listener_readable(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct acceptor *a = ctx;
	struct listener *l = a->listeners;

	assert(revents != 0);
	while (l != NULL && l->source != source)
		l = l->next;
	assert(l != NULL && l->fd == fd && a->serving != NULL);
	accept_up_to(a, l, ACCEPTS_PER_TURN);
	return 0;
}

static void
watch_limited_listener(struct acceptor *a, struct listener *l)
{
	int r = l->source != NULL ? 0
				  : sd_event_add_io(a->loop, &l->source, l->fd, EPOLLIN,
						    on_listener_readable, a);

	if (r < 0)
		log_write(LOG_ERR, "listener %s: cannot watch it: %s", l->name, strerror(-r));
	else
		enable_listener(l,
				true); /* if it is full it is paused at the next connection */
}

/* Each listener of the serving configuration: watched here, or shared with the workers. */
static void
open_listeners(struct acceptor *a)
{
	size_t max = a->serving->cfg->n_listeners, n = 0;
	struct shared_listener *shared = calloc(max, sizeof(*shared));

	if (shared == NULL)
		abort();
	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		bool is_open = listener_accepts(l);

		if (is_open && !is_shared_listener(a, l)) {
			watch_limited_listener(a, l);
			continue;
		}
		enable_listener(l, false);
		assert(!is_open || n < max);
		if (is_open)
			shared[n++] = (struct shared_listener){(uint32_t)l->index, l->fd};
	}
	generation_share_listeners(a->serving, shared, n, a->max_sessions);
	free(shared);
}

void
acceptor_resume(struct acceptor *a)
{
	if (a->serving == NULL)
		return;
	a->paused = false;
	timer_disarm(a->timers, &a->resume_timer);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_report_capacity(g, false);
	assign_waiting(a);
	if (!a->paused)
		open_listeners(a);
}

/* Whether a connection is in the backlog now and one was at the last look. It may be another
 * one: then the workers are slow, and to accept it here does no harm. */
static bool
connection_is_overdue(struct listener *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	bool before = l->had_backlog;

	l->had_backlog = l->fd >= 0 && poll(&p, 1, 0) == 1;
	return before && l->had_backlog;
}

void
acceptor_accept_overdue(struct acceptor *a)
{
	if (a->serving == NULL || a->paused)
		return;
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		if (listener_accepts(l) && is_shared_listener(a, l) && connection_is_overdue(l))
			accept_up_to(a, l, ACCEPTS_PER_TURN);
}

void
acceptor_accept_backlogs(struct acceptor *a)
{
	for (struct listener *l = a->listeners; l != NULL && !a->paused; l = l->next)
		if (!listener_is_systemds(l) && listener_accepts(l))
			accept_up_to(a, l, ACCEPTS_AT_STOP);
}

void
acceptor_drain(struct acceptor *a, struct listener *l, bool closes)
{
	if (a->serving == NULL)
		return;
	generation_drain_listener(a->serving, l->index);
	if (closes && listener_accepts(l) && !a->paused)
		accept_up_to(a, l, ACCEPTS_AT_STOP);
	l->drains = true;
	acceptor_unwatch(a, l);
	acceptor_resume(a);
}

size_t
acceptor_sessions_at(const struct acceptor *a, const struct listener *l)
{
	size_t n = count_sessions_at(a, l);

	for (size_t i = 0; i < a->n_waiting; i++)
		n += a->waiting[i].listener == l;
	return n;
}

static void
on_resume_timer(void *ctx)
{
	acceptor_resume(ctx);
}

void
acceptor_init(struct acceptor *a, struct sd_event *loop, struct timers *timers)
{
	*a = (struct acceptor){.loop = loop, .timers = timers};
	a->resume_timer = (struct timer){.fn = on_resume_timer, .ctx = a};
}

void
acceptor_free(struct acceptor *a)
{
	timer_disarm(a->timers, &a->resume_timer);
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		acceptor_forget(a, l);
	free(a->waiting);
	a->waiting = NULL;
	a->serving = NULL;
}

void
acceptor_serve(struct acceptor *a, struct generation *g, size_t max_sessions)
{
	a->serving = g;
	a->max_sessions = max_sessions;
	if (g == NULL)
		pause_acceptor(a, 0);
	else
		acceptor_resume(a);
}

void
acceptor_unwatch(struct acceptor *a, struct listener *l)
{
	l->source = sd_event_source_disable_unref(l->source);
	if (a->serving != NULL)
		generation_listeners_changed(a->serving);
}

void
acceptor_forget(struct acceptor *a, struct listener *l)
{
	size_t n = 0;

	acceptor_unwatch(a, l);
	for (size_t i = 0; i < a->n_waiting; i++)
		if (a->waiting[i].listener == l)
			close(a->waiting[i].fd);
		else
			a->waiting[n++] = a->waiting[i];
	a->n_waiting = n;
}

/* Lending the listeners to the workers, accepting at those that have a limit, handing on, and
 * pausing when nobody has room. */
#include "master/accept.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "master/balance.h"
#include "util/log.h"
#include "worker/accept.h"

#define ACCEPTS_PER_TURN 16u
#define ACCEPTS_AT_END	 4096u
#define RETRY_MS	 100u
#define NO_FDS_MS	 1000u

static const struct listener_conf *
conf_of(const struct acceptor *a, const struct listener *l)
{
	return &a->serving->cfg->listeners[l->index];
}

/* The workers accept there themselves: a limit for all of them together is only counted here.
 */
static bool
is_lent(const struct acceptor *a, const struct listener *l)
{
	return conf_of(a, l)->max_sessions == 0;
}

static void
enable(const struct listener *l, bool on)
{
	int r;

	if (l->source == NULL)
		return;
	r = sd_event_source_set_enabled(l->source, on ? SD_EVENT_ON : SD_EVENT_OFF);
	assert(r >= 0);
}

static void
disable_all(const struct acceptor *a)
{
	for (const struct listener *l = a->listeners; l != NULL; l = l->next)
		enable(l, false);
}

static void
pause_all(struct acceptor *a, uint64_t ms)
{
	if (!a->paused)
		a->pauses++;
	a->paused = true;
	disable_all(a);
	if (a->serving != NULL) {
		generation_recall_listeners(a->serving);
		generation_set_full(a->serving, true);
		timer_arm(a->timers, &a->retry, ms);
	}
}

static bool
listener_is_full(const struct acceptor *a, const struct listener *l)
{
	size_t max = conf_of(a, l)->max_sessions, n = 0;

	if (max == 0)
		return false;
	for (const struct generation *g = a->serving; g != NULL; g = g->older)
		for (size_t i = 0; i < g->cfg->n_listeners; i++)
			if (listener_fits(l, &g->cfg->listeners[i]))
				n += generation_sessions_at(g, i);
	return n >= max;
}

static void
pause_listener(struct acceptor *a, const struct listener *l)
{
	enable(l, false);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_set_full(g, true);
	timer_arm(a->timers, &a->retry, RETRY_MS);
}

/* When nobody can take it, it waits here, and nothing more is accepted. */
static void
keep(struct acceptor *a, struct listener *l, int fd)
{
	a->kept = realloc(a->kept, (a->n_kept + 1) * sizeof(*a->kept));
	if (a->kept == NULL)
		abort();
	a->kept[a->n_kept++] = (struct acceptor_kept){l, fd};
	pause_all(a, RETRY_MS);
}

void
acceptor_hand(struct acceptor *a, struct listener *l, int fd)
{
	if (a->serving == NULL)
		close(fd);
	else if (generation_assign(a->serving, fd, (uint32_t)l->index, a->max_sessions) < 0)
		keep(a, l, fd);
}

/* Those that were kept; some may be kept again. */
static void
hand_kept(struct acceptor *a)
{
	struct acceptor_kept *kept = a->kept;
	size_t n = a->n_kept;

	a->kept = NULL;
	a->n_kept = 0;
	for (size_t i = 0; i < n; i++)
		acceptor_hand(a, kept[i].at, kept[i].fd);
	free(kept);
}

/* One connection. False: the turn is over. */
static bool
accept_one(struct acceptor *a, struct listener *l)
{
	int fd;

	if (!generation_has_room(a->serving, a->max_sessions)) {
		pause_all(a, RETRY_MS);
		return false;
	}
	if (listener_is_full(a, l)) {
		pause_listener(a, l);
		return false;
	}
	fd = accept_connection(l->fd, conf_of(a, l));
	if (fd >= 0)
		acceptor_hand(a, l, fd);
	else if (accept_lacks_resources(fd, conf_of(a, l)))
		pause_all(a, NO_FDS_MS);
	/* what else failed was that connection's: it is gone */
	return fd != -EAGAIN && !a->paused;
}

static void
accept_some(struct acceptor *a, struct listener *l, unsigned max)
{
	for (unsigned i = 0; i < max; i++)
		if (!accept_one(a, l))
			break;
}

static int
on_connection(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct acceptor *a = ctx;
	struct listener *l = a->listeners;

	assert(revents != 0);
	while (l != NULL && l->source != source)
		l = l->next;
	assert(l != NULL && l->fd == fd && a->serving != NULL);
	accept_some(a, l, ACCEPTS_PER_TURN);
	return 0;
}

/* At a listener that is not has_listeners. */
static void
watch(struct acceptor *a, struct listener *l)
{
	int r = l->source != NULL ? 0
				  : sd_event_add_io(a->loop, &l->source, l->fd, EPOLLIN,
						    on_connection, a);

	if (r < 0)
		log_write(LOG_ERR, "listener %s: cannot watch it: %s", l->name, strerror(-r));
	else
		enable(l, true); /* who is full switches itself off again */
}

/* Each listener to those who accept there. */
static void
open_all(struct acceptor *a)
{
	size_t max = a->serving->cfg->n_listeners, n = 0;
	struct shared_listener *has_listeners = calloc(max, sizeof(*has_listeners));

	if (has_listeners == NULL)
		abort();
	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		bool here = l->served && l->fd >= 0;

		if (here && !is_lent(a, l)) {
			watch(a, l);
			continue;
		}
		enable(l, false);
		assert(!here || n < max);
		if (here)
			has_listeners[n++] =
				(struct shared_listener){(uint32_t)l->index, l->fd};
	}
	generation_share_listeners(a->serving, has_listeners, n, a->max_sessions);
	free(has_listeners);
}

void
acceptor_retry(struct acceptor *a)
{
	if (a->serving == NULL)
		return;
	a->paused = false;
	timer_disarm(a->timers, &a->retry);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_set_full(g, false);
	hand_kept(a);
	if (!a->paused)
		open_all(a);
}

/* Was somebody there when we last looked, and is now? Perhaps it is another one; then the
 * workers have more than they can take, and we do no harm. */
static bool
waits_long(struct listener *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	bool before = l->somebody;

	l->somebody = l->fd >= 0 && poll(&p, 1, 0) == 1;
	return before && l->somebody;
}

void
acceptor_look(struct acceptor *a)
{
	if (a->serving == NULL || a->paused)
		return;
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		if (l->served && is_lent(a, l) && waits_long(l))
			accept_some(a, l, ACCEPTS_PER_TURN);
}

void
acceptor_take_waiting(struct acceptor *a)
{
	for (struct listener *l = a->listeners; l != NULL && !a->paused; l = l->next)
		if (!listener_is_systemds(l) && l->served && l->fd >= 0)
			accept_some(a, l, ACCEPTS_AT_END);
}

static void
on_retry(void *ctx)
{
	acceptor_retry(ctx);
}

void
acceptor_init(struct acceptor *a, struct sd_event *loop, struct timers *timers)
{
	*a = (struct acceptor){.loop = loop, .timers = timers};
	a->retry = (struct timer){.fn = on_retry, .ctx = a};
}

void
acceptor_free(struct acceptor *a)
{
	timer_disarm(a->timers, &a->retry);
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		acceptor_forget(a, l);
	free(a->kept);
}

void
acceptor_serve(struct acceptor *a, struct generation *g, size_t max_sessions)
{
	a->serving = g;
	a->max_sessions = max_sessions;
	if (g == NULL)
		pause_all(a, 0);
	else
		acceptor_retry(a);
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
	for (size_t i = 0; i < a->n_kept; i++)
		if (a->kept[i].at == l)
			close(a->kept[i].fd);
		else
			a->kept[n++] = a->kept[i];
	a->n_kept = n;
}

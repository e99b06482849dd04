/* Accepting in a worker, one connection in a turn of the loop. Input: readiness of listening
 * sockets; output: calls of accepted().
 *
 * After each connection the watch is removed and added again. So the worker goes to the end of
 * the kernel's queue of those that wait at the socket, and the next connection wakes another.
 */
#include "worker/listeners.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "worker/accept.h"

#define RETRY_AFTER_MS 1000u /* when descriptors or memory have run out */
#define DEFER_MS       100u
#define ACCEPT_ALL_MAX 64u /* at one listener that is given up */

struct watched_listener {
	struct listeners *all;
	struct loop_watch watch;
	int fd;		   /* -1: none */
	uint32_t listener; /* its number */
};

static void on_listener_ready(void *ctx, uint32_t revents);

static void
unwatch_fd(struct watched_listener *w)
{
	if (w->watch.loop != NULL)
		loop_remove(&w->watch, w->fd);
}

static void
close_watched_fd(struct watched_listener *w)
{
	unwatch_fd(w);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

static void
watch_fd(struct watched_listener *w)
{
	if (w->fd < 0 || w->watch.loop != NULL || w->all->paused)
		return;
	if (loop_add(w->all->loop, &w->watch, w->fd, EPOLLIN | EPOLLEXCLUSIVE,
		     on_listener_ready, w) < 0)
		close_watched_fd(w);
}

static void
pause_for_a_while(struct listeners *ls, uint64_t ms)
{
	listeners_pause(ls);
	timer_arm(ls->timers, &ls->retry_timer, ms);
}

/* Whether a connection was accepted, so that there may be more. */
static bool
accept_waiting(struct watched_listener *w)
{
	struct listeners *ls = w->all;
	const struct listener_conf *conf = &ls->cfg->listeners[w->listener];
	int fd;

	if (!ls->may_accept(ls->owner, w->listener)) {
		close_watched_fd(w);
		return false;
	}
	if (!ls->reserve(ls->owner)) {
		pause_for_a_while(ls, DEFER_MS);
		return false;
	}
	fd = accept_connection(w->fd, conf);
	if (fd >= 0) {
		ls->accepted(ls->owner, fd, w->listener);
		return true;
	}
	ls->cancel(ls->owner);
	if (accept_lacks_resources(fd, conf))
		pause_for_a_while(ls, RETRY_AFTER_MS);
	return false;
}

static void
on_listener_ready(void *ctx, uint32_t revents)
{
	struct watched_listener *w = ctx;

	if (revents & (EPOLLERR | EPOLLHUP)) { /* the master has shut the socket */
		close_watched_fd(w);
		return;
	}
	if (accept_waiting(w)) {
		unwatch_fd(w);
		watch_fd(w);
	}
}

static void
on_retry_timer(void *ctx)
{
	struct listeners *ls = ctx;

	ls->retry(ls->owner);
}

void
listeners_init(struct listeners *ls)
{
	ls->watched = calloc(ls->cfg->n_listeners, sizeof(*ls->watched));
	if (ls->watched == NULL)
		abort();
	for (size_t i = 0; i < ls->cfg->n_listeners; i++)
		ls->watched[i] =
			(struct watched_listener){.all = ls, .fd = -1, .listener = (uint32_t)i};
	ls->retry_timer = (struct timer){.fn = on_retry_timer, .ctx = ls};
}

void
listeners_free(struct listeners *ls)
{
	for (size_t i = 0; i < ls->cfg->n_listeners; i++)
		close_watched_fd(&ls->watched[i]);
	timer_disarm(ls->timers, &ls->retry_timer);
	free(ls->watched);
	ls->watched = NULL;
}

void
listeners_add(struct listeners *ls, uint32_t listener, int fd)
{
	struct watched_listener *w = &ls->watched[listener];

	close_watched_fd(w);
	w->fd = fd;
	watch_fd(w);
}

void
listeners_pause(struct listeners *ls)
{
	ls->paused = true;
	for (size_t i = 0; i < ls->cfg->n_listeners; i++)
		unwatch_fd(&ls->watched[i]);
}

void
listeners_resume(struct listeners *ls)
{
	timer_disarm(ls->timers, &ls->retry_timer);
	ls->paused = false;
	for (size_t i = 0; i < ls->cfg->n_listeners; i++)
		watch_fd(&ls->watched[i]);
}

void
listeners_give_up(struct listeners *ls, bool all)
{
	unsigned max = all ? ACCEPT_ALL_MAX : 1;

	for (size_t i = 0; i < ls->cfg->n_listeners; i++) {
		struct watched_listener *w = &ls->watched[i];

		for (unsigned n = 0; n < max && w->fd >= 0; n++)
			if (!accept_waiting(w))
				break;
		close_watched_fd(w);
	}
}

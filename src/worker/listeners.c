/* Accepting, one connection in a turn of the loop. */
#include "worker/listeners.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "worker/accept.h"

#define NO_ROOM_MS 1000u
#define DEFER_MS   100u
#define LAST_MAX   64u /* at each, before it is left */

struct watched_listener {
	struct listeners *all;
	struct loop_watch watch;
	int fd; /* -1: not ours */
	uint32_t listener;
};

static void on_door(void *ctx, uint32_t revents);

static void
unwatch(struct watched_listener *watched)
{
	if (watched->watch.loop != NULL)
		loop_remove(&watched->watch, watched->fd);
}

static void
give_up(struct watched_listener *watched)
{
	unwatch(watched);
	if (watched->fd >= 0)
		close(watched->fd);
	watched->fd = -1;
}

static void
watch(struct watched_listener *watched)
{
	if (watched->fd < 0 || watched->watch.loop != NULL || watched->all->closed)
		return;
	if (loop_add(watched->all->loop, &watched->watch, watched->fd, EPOLLIN | EPOLLEXCLUSIVE,
		     on_door, watched) < 0)
		give_up(watched);
}

static void
pause_for(struct listeners *d, uint64_t ms)
{
	listeners_pause(d);
	timer_arm(d->timers, &d->retry, ms);
}

/* Whether one was taken, so that there may be more. */
static bool
take_one(struct watched_listener *watched)
{
	struct listeners *d = watched->all;
	const struct listener_conf *conf = &d->cfg->listeners[watched->listener];
	int fd;

	if (!d->takes(d->owner, watched->listener)) {
		give_up(watched);
		return false;
	}
	if (d->defers(d->owner)) {
		pause_for(d, DEFER_MS);
		return false;
	}
	fd = accept_connection(watched->fd, conf);
	if (fd >= 0) {
		d->connection(d->owner, fd, watched->listener);
		return true;
	}
	if (accept_lacks_resources(fd, conf))
		pause_for(d, NO_ROOM_MS);
	return false;
}

/* Then it goes to the end of the row of those who wait there: the next one is another's. */
static void
on_door(void *ctx, uint32_t revents)
{
	struct watched_listener *watched = ctx;

	if (revents & (EPOLLERR | EPOLLHUP)) { /* nobody listens there any more */
		give_up(watched);
		return;
	}
	if (!take_one(watched) || watched->watch.loop == NULL)
		return;
	unwatch(watched);
	watch(watched);
}

static void
on_retry(void *ctx)
{
	struct listeners *d = ctx;

	d->room(d->owner);
}

void
listeners_init(struct listeners *d)
{
	d->watched = calloc(d->cfg->n_listeners, sizeof(*d->watched));
	if (d->watched == NULL)
		abort();
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		d->watched[i] =
			(struct watched_listener){.all = d, .fd = -1, .listener = (uint32_t)i};
	d->retry = (struct timer){.fn = on_retry, .ctx = d};
}

void
listeners_free(struct listeners *d)
{
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		give_up(&d->watched[i]);
	timer_disarm(d->timers, &d->retry);
	free(d->watched);
	d->watched = NULL;
}

void
listeners_add(struct listeners *d, uint32_t listener, int fd)
{
	struct watched_listener *watched = &d->watched[listener];

	give_up(watched);
	watched->fd = fd;
	watch(watched);
}

void
listeners_pause(struct listeners *d)
{
	d->closed = true;
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		unwatch(&d->watched[i]);
}

void
listeners_resume(struct listeners *d)
{
	timer_disarm(d->timers, &d->retry);
	d->closed = false;
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		watch(&d->watched[i]);
}

void
listeners_give_up(struct listeners *d, bool all)
{
	unsigned max = all ? LAST_MAX : 1;

	for (size_t i = 0; i < d->cfg->n_listeners; i++) {
		struct watched_listener *watched = &d->watched[i];

		for (unsigned n = 0; n < max && watched->fd >= 0; n++)
			if (!take_one(watched))
				break;
		give_up(watched);
	}
}

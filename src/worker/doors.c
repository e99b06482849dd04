/* Accepting, one connection in a turn of the loop. */
#include "worker/doors.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "worker/admit.h"

#define NO_ROOM_MS 1000u
#define LAST_MAX   64u /* at each, before it is left */

struct door {
	struct doors *all;
	struct loop_watch watch;
	int fd; /* -1: not ours */
	uint32_t listener;
};

static void on_door(void *ctx, uint32_t revents);

static void
unwatch(struct door *door)
{
	if (door->watch.loop != NULL)
		loop_remove(&door->watch, door->fd);
}

static void
give_up(struct door *door)
{
	unwatch(door);
	if (door->fd >= 0)
		close(door->fd);
	door->fd = -1;
}

static void
watch(struct door *door)
{
	if (door->fd < 0 || door->watch.loop != NULL || door->all->closed)
		return;
	if (loop_add(door->all->loop, &door->watch, door->fd, EPOLLIN | EPOLLEXCLUSIVE, on_door,
		     door) < 0)
		give_up(door);
}

/* Whether one was taken, so that there may be more. */
static bool
take_one(struct door *door)
{
	struct doors *d = door->all;
	const struct listener_conf *conf = &d->cfg->listeners[door->listener];
	int fd;

	if (!d->takes(d->owner, door->listener)) {
		give_up(door);
		return false;
	}
	fd = admit(door->fd, conf);
	if (fd >= 0) {
		d->connection(d->owner, fd, door->listener);
		return true;
	}
	if (admit_lacks_room(fd, conf)) {
		doors_close(d);
		timer_arm(d->timers, &d->retry, NO_ROOM_MS);
	}
	return false;
}

/* Then it goes to the end of the row of those who wait there: the next one is another's. */
static void
on_door(void *ctx, uint32_t revents)
{
	struct door *door = ctx;

	if (revents & (EPOLLERR | EPOLLHUP)) { /* nobody listens there any more */
		give_up(door);
		return;
	}
	if (!take_one(door) || door->watch.loop == NULL)
		return;
	unwatch(door);
	watch(door);
}

static void
on_retry(void *ctx)
{
	struct doors *d = ctx;

	d->room(d->owner);
}

void
doors_init(struct doors *d)
{
	d->door = calloc(d->cfg->n_listeners, sizeof(*d->door));
	if (d->door == NULL)
		abort();
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		d->door[i] = (struct door){.all = d, .fd = -1, .listener = (uint32_t)i};
	d->retry = (struct timer){.fn = on_retry, .ctx = d};
}

void
doors_free(struct doors *d)
{
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		give_up(&d->door[i]);
	timer_disarm(d->timers, &d->retry);
	free(d->door);
	d->door = NULL;
}

void
doors_add(struct doors *d, uint32_t listener, int fd)
{
	struct door *door = &d->door[listener];

	give_up(door);
	door->fd = fd;
	watch(door);
}

void
doors_close(struct doors *d)
{
	d->closed = true;
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		unwatch(&d->door[i]);
}

void
doors_open(struct doors *d)
{
	timer_disarm(d->timers, &d->retry);
	d->closed = false;
	for (size_t i = 0; i < d->cfg->n_listeners; i++)
		watch(&d->door[i]);
}

void
doors_leave(struct doors *d, bool all)
{
	unsigned max = all ? LAST_MAX : 1;

	for (size_t i = 0; i < d->cfg->n_listeners; i++) {
		struct door *door = &d->door[i];

		for (unsigned n = 0; n < max && door->fd >= 0; n++)
			if (!take_one(door))
				break;
		give_up(door);
	}
}

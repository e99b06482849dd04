/* An epoll set, with sd-event's own epoll set as one member. While nothing was added or changed
 * there (sd_event_changed), waiting on this set is enough: sd-event has prepared its wait. */
#include "io/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#define READY_MAX     64  /* watches that one wait returns */
#define SD_EVENTS_MAX 64u /* events of sd-event in a row; then streams are served */

struct loop {
	int epoll;
	struct sd_event *events;
	bool sd_event_changed; /* perhaps: sd-event has to prepare its wait first */
	uint64_t now_ms;
	_Atomic uint64_t *published;	     /* a copy of now_ms, or NULL */
	struct epoll_event ready[READY_MAX]; /* ptr NULL: its watch was removed */
	int at, n;			     /* the one that is served, their number */
	struct loop_task *first, **end;	     /* calls that are due */
};

static void
update_clock(struct loop *l)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	l->now_ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	if (l->published != NULL)
		atomic_store_explicit(l->published, l->now_ms, memory_order_relaxed);
}

/* sd-event's descriptor has the loop itself in place of a watch. */
static int
watch_sd_event(struct loop *l)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};
	int fd = sd_event_get_fd(l->events);

	if (fd < 0)
		return fd;
	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

int
loop_new(struct loop **ret)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		abort();
	l->sd_event_changed = true;
	l->end = &l->first;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = l->epoll < 0 ? -errno : sd_event_new(&l->events);
	if (r >= 0)
		r = watch_sd_event(l);
	if (r < 0) {
		loop_free(l);
		return r;
	}
	update_clock(l);
	*ret = l;
	return 0;
}

struct loop *
loop_free(struct loop *l)
{
	if (l == NULL)
		return NULL;
	sd_event_unref(l->events);
	if (l->epoll >= 0)
		close(l->epoll);
	free(l);
	return NULL;
}

struct sd_event *
loop_sd_event(struct loop *l)
{
	l->sd_event_changed = true;
	return l->events;
}

uint64_t
loop_now_ms(void *loop)
{
	const struct loop *l = loop;

	return l->now_ms;
}

void
loop_publish_time(struct loop *l, _Atomic uint64_t *where)
{
	l->published = where;
	update_clock(l);
}

/* Runs all that is due in sd-event. The last run finds nothing, and has prepared the wait. */
static int
run_sd_event(struct loop *l)
{
	unsigned n = 0;
	int r;

	do {
		update_clock(l);
		r = sd_event_run(l->events, 0);
	} while (r > 0 && ++n < SD_EVENTS_MAX);
	l->sd_event_changed = r > 0;
	return r < 0 ? r : 0;
}

static void
call_watch(struct loop *l, struct loop_watch *w, uint32_t revents)
{
	if (l->at > 0) /* loop_run_once() has done it for the first one */
		update_clock(l);
	w->fn(w->ctx, revents);
}

void
loop_call_soon(struct loop *l, struct loop_task *t)
{
	if (t->loop != NULL)
		return;
	t->loop = l;
	t->next = NULL;
	*l->end = t;
	l->end = &t->next;
}

void
loop_cancel_call(struct loop_task *t)
{
	struct loop *l = t->loop;
	struct loop_task **at;

	if (l == NULL)
		return;
	for (at = &l->first; *at != t; at = &(*at)->next)
		;
	*at = t->next;
	if (*at == NULL)
		l->end = at;
	t->loop = NULL;
}

/* Those that are due now; what they make due is left to the next run. Returns their number. */
static int
call_tasks(struct loop *l)
{
	struct loop_task last = {0}, *t; /* of this run */
	int n = 0;

	if (l->first == NULL)
		return 0;
	loop_call_soon(l, &last);
	while ((t = l->first) != &last) {
		loop_cancel_call(t);
		update_clock(l);
		t->fn(t->ctx);
		n++;
	}
	loop_cancel_call(&last);
	return n;
}

int
loop_run_once(struct loop *l, int timeout_ms)
{
	int n_tasks = call_tasks(l), r = l->sd_event_changed ? run_sd_event(l) : 0, n;

	if (r < 0)
		return r;
	if (n_tasks > 0 || l->first != NULL || l->sd_event_changed)
		timeout_ms = 0;
	n = epoll_wait(l->epoll, l->ready, READY_MAX, timeout_ms);
	if (n < 0)
		return errno == EINTR ? n_tasks : -errno;
	update_clock(l);
	l->n = n;
	for (l->at = 0; l->at < l->n && r >= 0; l->at++) {
		const struct epoll_event *ev = &l->ready[l->at];
		struct loop_watch *w = ev->data.ptr;

		if (ev->data.ptr == l)
			r = run_sd_event(l);
		else if (w != NULL)
			call_watch(l, w, ev->events);
	}
	l->n = 0;
	return r < 0 ? r : n + n_tasks;
}

int
loop_add(struct loop *l, struct loop_watch *w, int fd, uint32_t events, loop_fn *fn, void *ctx)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	*w = (struct loop_watch){.loop = l, .fn = fn, .ctx = ctx};
	return 0;
}

void
loop_change(struct loop_watch *w, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};
	int r = epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, fd, &ev);

	assert(r == 0);
}

void
loop_remove(struct loop_watch *w, int fd)
{
	struct loop *l = w->loop;
	int r = epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);

	assert(r == 0);
	for (int i = l->at + 1; i < l->n; i++)
		if (l->ready[i].data.ptr == w)
			l->ready[i].data.ptr = NULL;
	w->loop = NULL;
}

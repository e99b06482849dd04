/* A binary heap of deadlines, and a timerfd that is set for the earliest. */
#include "io/timers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#define FIRST_PLACES 64u

/* key_ms is at most the timer's due_ms: a timer that was put off stays where it is until its
 * old time comes, and is sorted in again then. */
struct place {
	uint64_t key_ms;
	struct timer *timer;
};

struct timers {
	struct sd_event *loop;
	struct sd_event_source *source;
	int fd;
	uint64_t wake_ms;   /* when fd will be readable; UINT64_MAX: never */
	struct place *heap; /* from 1: the children of i are 2i and 2i + 1 */
	size_t n, size;
	uint64_t (*clock)(void *ctx);
	void *clock_ctx;
};

static uint64_t
loop_clock(void *ctx)
{
	uint64_t us = 0;
	int r = sd_event_now(ctx, CLOCK_MONOTONIC, &us);

	assert(r >= 0);
	return us / 1000;
}

static int
on_time(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct timers *ts = ctx;
	uint64_t times;

	assert(source == ts->source && revents != 0);
	(void)!read(fd, &times, sizeof(times));
	ts->wake_ms = UINT64_MAX;
	timers_run(ts);
	return 0;
}

int
timers_new(struct sd_event *loop, struct timers **ret)
{
	struct timers *ts = calloc(1, sizeof(*ts));
	int r;

	if (ts == NULL)
		abort();
	ts->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	r = ts->fd < 0 ? -errno
		       : sd_event_add_io(loop, &ts->source, ts->fd, EPOLLIN, on_time, ts);
	ts->loop = sd_event_ref(loop);
	ts->wake_ms = UINT64_MAX;
	ts->clock = loop_clock;
	ts->clock_ctx = loop;
	if (r < 0) {
		timers_free(ts);
		return r;
	}
	*ret = ts;
	return 0;
}

struct timers *
timers_free(struct timers *ts)
{
	if (ts == NULL)
		return NULL;
	for (size_t i = 1; i <= ts->n; i++)
		ts->heap[i].timer->place = 0;
	sd_event_source_disable_unref(ts->source);
	sd_event_unref(ts->loop);
	if (ts->fd >= 0)
		close(ts->fd);
	free(ts->heap);
	free(ts);
	return NULL;
}

static void
put(struct timers *ts, size_t i, struct place p)
{
	ts->heap[i] = p;
	p.timer->place = i;
}

/* Puts p at i, or as far up as its time wants. */
static void
sift_up(struct timers *ts, size_t i, struct place p)
{
	for (; i > 1 && p.key_ms < ts->heap[i / 2].key_ms; i /= 2)
		put(ts, i, ts->heap[i / 2]);
	put(ts, i, p);
}

/* Puts p at i, or as far down. */
static void
sift_down(struct timers *ts, size_t i, struct place p)
{
	for (size_t child = 2 * i; child <= ts->n; child = 2 * i) {
		if (child < ts->n && ts->heap[child + 1].key_ms < ts->heap[child].key_ms)
			child++;
		if (p.key_ms <= ts->heap[child].key_ms)
			break;
		put(ts, i, ts->heap[child]);
		i = child;
	}
	put(ts, i, p);
}

static void
insert(struct timers *ts, struct timer *t)
{
	if (ts->n + 1 >= ts->size) {
		ts->size = ts->size == 0 ? FIRST_PLACES : ts->size * 2;
		ts->heap = reallocarray(ts->heap, ts->size, sizeof(*ts->heap));
		if (ts->heap == NULL)
			abort();
	}
	ts->n++;
	sift_up(ts, ts->n, (struct place){.key_ms = t->due_ms, .timer = t});
}

static void
take_out(struct timers *ts, struct timer *t)
{
	size_t i = t->place;
	struct place last = ts->heap[ts->n--];

	t->place = 0;
	if (last.timer == t)
		return;
	if (i > 1 && last.key_ms < ts->heap[i / 2].key_ms)
		sift_up(ts, i, last);
	else
		sift_down(ts, i, last);
}

/* Wakes up in time for the earliest timer, and for those a little after it; once too often does
 * not hurt. */
static void
set_wake(struct timers *ts)
{
	struct itimerspec when = {0};
	uint64_t ms;
	int r;

	if (ts->n == 0 || ts->heap[1].key_ms >= ts->wake_ms)
		return;
	ms = ts->heap[1].key_ms + TIMERS_ACCURACY_MS - 1;
	ms -= ms % TIMERS_ACCURACY_MS;
	if (ms == ts->wake_ms)
		return;
	ts->wake_ms = ms;
	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	r = timerfd_settime(ts->fd, TFD_TIMER_ABSTIME, &when, NULL);
	assert(r == 0);
}

void
timer_arm(struct timers *ts, struct timer *t, uint64_t ms)
{
	uint64_t now = timers_now(ts);

	t->due_ms = ms > UINT64_MAX / 2000 - now ? UINT64_MAX / 2000 : now + ms + (ms == 0);
	if (t->place != 0 && t->due_ms >= ts->heap[t->place].key_ms)
		return;
	if (t->place != 0)
		sift_up(ts, t->place, (struct place){.key_ms = t->due_ms, .timer = t});
	else
		insert(ts, t);
	set_wake(ts);
}

void
timer_disarm(struct timers *ts, struct timer *t)
{
	if (t->place != 0)
		take_out(ts, t);
}

bool
timer_is_armed(const struct timer *t)
{
	return t->place != 0;
}

uint64_t
timers_now(const struct timers *ts)
{
	return ts->clock(ts->clock_ctx);
}

void
timers_set_clock(struct timers *ts, uint64_t (*now_ms)(void *ctx), void *ctx)
{
	ts->clock = now_ms;
	ts->clock_ctx = ctx;
}

/* Ends, whatever the functions arm: nothing they arm is due at this time. */
void
timers_run(struct timers *ts)
{
	uint64_t now = timers_now(ts);

	while (ts->n > 0 && ts->heap[1].key_ms <= now) {
		struct timer *t = ts->heap[1].timer;

		if (t->due_ms > now) {
			sift_down(ts, 1, (struct place){.key_ms = t->due_ms, .timer = t});
		} else {
			take_out(ts, t);
			t->fn(t->ctx);
		}
	}
	set_wake(ts);
}

/* A binary heap of deadlines, and a timerfd that is set for the earliest.
 *
 * Postponing a timer changes only its due_ms; it is sorted in again when the time it had before
 * has come. So a connection on which frames arrive costs the heap nothing until idle_timeout is
 * over. */
#include "io/timers.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "util/memory.h"

#define FIRST_PLACES 64u

/* key_ms, by which the heap is ordered, is at most the timer's due_ms. */
struct heap_place {
	uint64_t key_ms;
	struct timer *timer;
};

struct timers {
	struct sd_event *loop;
	struct sd_event_source *source;
	int fd;
	uint64_t wake_ms;	 /* when fd becomes readable; UINT64_MAX: never */
	struct heap_place *heap; /* from 1: the children of i are 2i and 2i + 1 */
	size_t n, size;
	uint64_t (*clock)(void *ctx);
	void *clock_ctx;
};

static uint64_t
read_sd_event_clock(void *ctx)
{
	uint64_t us = 0;
	int r = sd_event_now(ctx, CLOCK_MONOTONIC, &us);

	assert(r >= 0);
	return us / 1000;
}

static int
on_timerfd(sd_event_source *source, int fd, uint32_t revents, void *ctx)
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
	struct timers *ts = memory_zalloc(sizeof(*ts));
	int r;

	ts->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	r = ts->fd < 0 ? -errno
		       : sd_event_add_io(loop, &ts->source, ts->fd, EPOLLIN, on_timerfd, ts);
	ts->loop = sd_event_ref(loop);
	ts->wake_ms = UINT64_MAX;
	ts->clock = read_sd_event_clock;
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
	memory_free(ts->heap, ts->size * sizeof(*ts->heap));
	memory_free(ts, sizeof(*ts));
	return NULL;
}

static void
set_heap_place(struct timers *ts, size_t i, struct heap_place p)
{
	ts->heap[i] = p;
	p.timer->place = i;
}

/* Puts p at i, or above it where its time belongs. */
static void
sift_up(struct timers *ts, size_t i, struct heap_place p)
{
	for (; i > 1 && p.key_ms < ts->heap[i / 2].key_ms; i /= 2)
		set_heap_place(ts, i, ts->heap[i / 2]);
	set_heap_place(ts, i, p);
}

/* Puts p at i, or below it where its time belongs. */
static void
sift_down(struct timers *ts, size_t i, struct heap_place p)
{
	for (size_t child = 2 * i; child <= ts->n; child = 2 * i) {
		if (child < ts->n && ts->heap[child + 1].key_ms < ts->heap[child].key_ms)
			child++;
		if (p.key_ms <= ts->heap[child].key_ms)
			break;
		set_heap_place(ts, i, ts->heap[child]);
		i = child;
	}
	set_heap_place(ts, i, p);
}

static void
insert_timer(struct timers *ts, struct timer *t)
{
	if (ts->n + 1 >= ts->size) {
		size_t size = ts->size == 0 ? FIRST_PLACES : ts->size * 2;

		ts->heap = memory_resize(ts->heap, ts->size * sizeof(*ts->heap),
					 size * sizeof(*ts->heap));
		ts->size = size;
	}
	ts->n++;
	sift_up(ts, ts->n, (struct heap_place){.key_ms = t->due_ms, .timer = t});
}

static void
remove_timer(struct timers *ts, struct timer *t)
{
	size_t i = t->place;
	struct heap_place last = ts->heap[ts->n--];

	t->place = 0;
	if (last.timer == t)
		return;
	if (i > 1 && last.key_ms < ts->heap[i / 2].key_ms)
		sift_up(ts, i, last);
	else
		sift_down(ts, i, last);
}

/* Sets fd for the earliest timer, up to TIMERS_ACCURACY_MS late, so that one wake-up serves
 * those that are due a little after it too. It is not set back when a timer is disarmed: a
 * wake-up without a timer does no harm. */
static void
set_timerfd(struct timers *ts)
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
		sift_up(ts, t->place, (struct heap_place){.key_ms = t->due_ms, .timer = t});
	else
		insert_timer(ts, t);
	set_timerfd(ts);
}

void
timer_disarm(struct timers *ts, struct timer *t)
{
	if (t->place != 0)
		remove_timer(ts, t);
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

/* The loop ends whatever the functions do: a timer that they arm is due after now. */
void
timers_run(struct timers *ts)
{
	uint64_t now = timers_now(ts);

	while (ts->n > 0 && ts->heap[1].key_ms <= now) {
		struct timer *t = ts->heap[1].timer;

		if (t->due_ms > now) {
			sift_down(ts, 1, (struct heap_place){.key_ms = t->due_ms, .timer = t});
		} else {
			remove_timer(ts, t);
			t->fn(t->ctx);
		}
	}
	set_timerfd(ts);
}

uint64_t
timers_wall_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

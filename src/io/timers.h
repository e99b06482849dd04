/* Many deadlines on one descriptor of the loop. Layer 1.
 *
 * A timer is embedded in what it guards and costs 32 bytes and a place in a heap. To put an
 * armed one off, as each frame does with the idle limit, is O(1); the rest is O(log n). */
#ifndef IO_TIMERS_H
#define IO_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sd_event;
struct timers;

#define TIMERS_ACCURACY_MS 100u /* so much late at most: wake-ups are shared */

typedef void timer_fn(void *ctx);

struct timer {
	timer_fn *fn; /* these two are the owner's, the others timers.c's and start as 0 */
	void *ctx;
	uint64_t due_ms;
	size_t place; /* in the heap, from 1; 0: not armed */
};

/* 0 or a negative errno. loop is referenced. Freeing leaves armed timers disarmed;
 * NULL is fine; returns NULL. */
int timers_new(struct sd_event *loop, struct timers **ret);
struct timers *timers_free(struct timers *ts);

/* fn(ctx) is called once, from the loop, ms (at least 1) after timers_now() or a little later,
 * never earlier. Armed already: the new time counts. fn may arm, disarm and free any timer. */
void timer_arm(struct timers *ts, struct timer *t, uint64_t ms);
void timer_disarm(struct timers *ts, struct timer *t); /* not armed is fine */
bool timer_is_armed(const struct timer *t);

/* The monotonic time as the loop saw it last; no system call. */
uint64_t timers_now(const struct timers *ts);

/* Another clock than sd-event's; and, for tests, what the loop calls when time has come. */
void timers_set_clock(struct timers *ts, uint64_t (*now_ms)(void *ctx), void *ctx);
void timers_run(struct timers *ts);

#endif

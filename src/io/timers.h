/* Many deadlines on one timerfd of the loop.
 *
 * A timer is embedded in what it guards and takes 32 bytes and a place in a heap. To postpone
 * an armed one, as each frame of an MTA does with idle_timeout, is O(1); everything else O(log
 * n). */
#ifndef IO_TIMERS_H
#define IO_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sd_event;
struct timers;

#define TIMERS_ACCURACY_MS 100u /* a timer is late by so much at most: wake-ups are shared */

typedef void timer_fn(void *ctx);

struct timer {
	timer_fn *fn; /* these two are the owner's; the others are private, and 0 at first */
	void *ctx;
	uint64_t due_ms;
	size_t place; /* in the heap, from 1; 0: not armed */
};

/* 0 and *ret, or a negative errno. loop is referenced. Timers that are armed when it is freed
 * are disarmed. NULL may be freed; returns NULL. */
int timers_new(struct sd_event *loop, struct timers **ret);
struct timers *timers_free(struct timers *ts);

/* Arms a timer, or an armed one anew: fn(ctx) is called once, from the loop, ms (at least 1)
 * after timers_now() or a little later. fn may arm, disarm and free any timer. */
void timer_arm(struct timers *ts, struct timer *t, uint64_t ms);
void timer_disarm(struct timers *ts, struct timer *t); /* not armed is fine */
bool timer_is_armed(const struct timer *t);

/* CLOCK_MONOTONIC as the loop read it last; no system call. */
uint64_t timers_now(const struct timers *ts);

/* The time of day, in milliseconds since 1970. */
uint64_t timers_wall_clock_ms(void);

/* Another clock than that of sd-event; and, for tests, what the loop calls in time. */
void timers_set_clock(struct timers *ts, uint64_t (*now_ms)(void *ctx), void *ctx);
void timers_run(struct timers *ts);

#endif

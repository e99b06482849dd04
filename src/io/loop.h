/* A worker's loop: sd-event for what there is few of, and beside it an epoll set for the many
 * streams. Layer 1.
 *
 * sd-event waits anew for each event, and a source of it takes 304 bytes; the set hands out all
 * that is ready at once, and a watch takes 24. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;
struct sd_event;

/* 0 or a negative errno. Freeing NULL is fine; returns NULL. All watches were removed before.
 */
int loop_new(struct loop **ret);
struct loop *loop_free(struct loop *l);

/* For timers, signals and whatever else a policy waits for. What is changed there is looked at
 * before the next wait, so ask for it each time. */
struct sd_event *loop_events(struct loop *l);

/* Waits until something happens, at most timeout_ms (-1: for ever), and calls all who wait for
 * it. How many, or a negative errno. */
int loop_turn(struct loop *l, int timeout_ms);
/* CLOCK_MONOTONIC when the call at work was made; no system call. loop: a struct loop. */
uint64_t loop_now_ms(void *loop);
/* The same is written there, at each call, for who looks whether we go on: many calls in a turn
 * may take long together. */
void loop_note_time(struct loop *l, _Atomic uint64_t *where);

/* May add and remove any watch, its own too. */
typedef void loop_fn(void *ctx, uint32_t revents);

struct loop_watch {	   /* embedded in its owner */
	struct loop *loop; /* NULL: not watched */
	loop_fn *fn;
	void *ctx;
};

/* events as epoll(7) has them. 0, or a negative errno: then it is not watched. */
int loop_add(struct loop *l, struct loop_watch *w, int fd, uint32_t events, loop_fn *fn,
	     void *ctx);
/* An edge is told again when it is there, also when nothing changes. */
void loop_change(struct loop_watch *w, int fd, uint32_t events);
/* Before fd is closed: another process may have it too, and then it would be watched on. */
void loop_remove(struct loop_watch *w, int fd);

#endif

/* The event loop of a worker: sd-event for timers, signals and the channel to the master, and
 * an epoll set beside it for the many streams of MTAs.
 *
 * An sd-event source takes 304 bytes, and sd-event waits anew for each event; a watch of this
 * loop takes 24 bytes, and one epoll_wait() returns up to 64 ready ones. sd-event's own
 * descriptor is a member of the set. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;
struct sd_event;

/* 0 and *ret, or a negative errno. Before it is freed all watches must be removed. NULL may be
 * freed; returns NULL. */
int loop_new(struct loop **ret);
struct loop *loop_free(struct loop *l);

/* The sd-event loop, to add or change sources. Call this each time and keep no pointer: by the
 * call the loop learns that sd-event has to prepare its next wait. */
struct sd_event *loop_sd_event(struct loop *l);

/* Waits for events, at most timeout_ms (-1: without a limit), and calls the functions of all
 * that are ready. Returns their number, or a negative errno. */
int loop_run_once(struct loop *l, int timeout_ms);

/* CLOCK_MONOTONIC at the start of the callback that runs; no system call. loop: a struct loop,
 * as ctx of timers_set_clock(). */
uint64_t loop_now_ms(void *loop);
/* Stores the same time in *where at each callback, from now on: the master reads there, in
 * shared memory, whether the worker still makes progress. */
void loop_publish_time(struct loop *l, _Atomic uint64_t *where);

/* May add and remove any watch, its own too. revents: as epoll(7) has them. */
typedef void loop_fn(void *ctx, uint32_t revents);

/* A call without an event, from the loop. */
struct loop_task { /* embedded in its owner; fn and ctx are the owner's, the others 0 at first
		    */
	void (*fn)(void *ctx);
	void *ctx;
	struct loop *loop; /* NULL: no call is due */
	struct loop_task *next;
};

/* fn(ctx) is called once, in the next run of the loop, which does not wait then. A call that is
 * due already stays due. */
void loop_call_soon(struct loop *l, struct loop_task *t);
void loop_cancel_call(struct loop_task *t); /* none is due: fine */

struct loop_watch {	   /* embedded in its owner */
	struct loop *loop; /* NULL: not watched */
	loop_fn *fn;
	void *ctx;
};

/* events as epoll(7) has them. 0, or a negative errno: then it is not watched. */
int loop_add(struct loop *l, struct loop_watch *w, int fd, uint32_t events, loop_fn *fn,
	     void *ctx);
/* With EPOLLET this also reports again what is ready now, even if events are as before. */
void loop_change(struct loop_watch *w, int fd, uint32_t events);
/* To be called before fd is closed: while another process has the descriptor too, the kernel
 * would go on watching it. */
void loop_remove(struct loop_watch *w, int fd);

#endif

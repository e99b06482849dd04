/* The listeners at which a worker accepts connections itself. Layer 7.
 *
 * All workers of a generation wait at each; a connection wakes one of those that sleep, by
 * turns. */
#ifndef WORKER_LISTENERS_H
#define WORKER_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "io/loop.h"
#include "io/timers.h"

struct watched_listener;

struct listeners {
	/* the caller's to fill in */
	struct loop *loop;
	struct timers *timers;
	const struct config *cfg;
	bool (*takes)(void *owner, uint32_t listener); /* false: give it up */
	bool (*defers)(void *owner); /* true: for a while, leave connections in the backlog */
	void (*connection)(void *owner, int fd, uint32_t listener); /* fd is the owner's then */
	void (*room)(void *owner); /* a while after defers(), or after descriptors have run out:
				    * open them again */
	void *owner;

	struct watched_listener *watched; /* by number of the listener */
	struct timer retry;
	bool closed; /* for the time being: none is watched */
};

void listeners_init(struct listeners *d);
void listeners_free(struct listeners *d);

/* From now on at this one too, or at this descriptor instead of an earlier one. fd is ours, and
 * is closed when it cannot be watched: then another worker, or the master, takes who comes. */
void listeners_add(struct listeners *d, uint32_t listener, int fd);

/* For a while: no more connections, although the listeners stay ours. */
void listeners_pause(struct listeners *d);
void listeners_resume(struct listeners *d);

/* Gives all listeners up. Before, takes one who waits there, since it may be that only we were
 * woken for him; all: and the others, since nobody comes after us. */
void listeners_give_up(struct listeners *d, bool all);

#endif

/* The listeners at which a worker accepts connections itself. Input: descriptors of listening
 * sockets from the master, with the listener's number in the configuration; output: accepted
 * connections, to accepted().
 *
 * All workers of a generation wait at each socket, with EPOLLEXCLUSIVE: a connection wakes one
 * worker of those that sleep, by turns. */
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
	/* filled in by the caller */
	struct loop *loop;
	struct timers *timers;
	const struct config *cfg;
	/* Asked before each accept(2). False: the listener is closed in this process, and its
	 * connections stay in the backlog for others. */
	bool (*may_accept)(void *owner, uint32_t listener);
	/* Likewise, a session for the connection. False: it stays in the backlog, and all
	 * listeners are paused for 100 ms. */
	bool (*reserve)(void *owner);
	void (*cancel)(void *owner); /* there was no connection after reserve() */
	void (*accepted)(void *owner, int fd, uint32_t listener); /* fd is the owner's */
	/* The end of such a pause, or of one of a second for lack of descriptors or memory: the
	 * owner calls listeners_resume(), if it can have connections. */
	void (*retry)(void *owner);
	void *owner;

	struct watched_listener *watched; /* by number of the listener */
	struct timer retry_timer;
	bool paused; /* none is watched */
};

void listeners_init(struct listeners *ls); /* aborts when there is no memory */
void listeners_free(struct listeners *ls);

/* From now on at this listener too, or at this descriptor instead of an earlier one. fd is
 * owned; it is closed when it cannot be watched: then another worker, or the master, accepts
 * there. */
void listeners_add(struct listeners *ls, uint32_t listener, int fd);

/* No connections are accepted; the descriptors are kept. Both are fine in either state. */
void listeners_pause(struct listeners *ls);
void listeners_resume(struct listeners *ls);

/* Closes all descriptors. Before, accepts one connection that waits there, since perhaps only
 * this process was woken for it; all: up to 64 at each, since no other process will. */
void listeners_give_up(struct listeners *ls, bool all);

#endif

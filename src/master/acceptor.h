/* Connections from the listeners to the workers. Layer 8.
 *
 * The workers accept themselves, which spares each connection a detour of some 20 us of CPU.
 * What needs to be exact is decided here: who gets a connection that would make the workers'
 * sessions uneven, or whose worker leaves, and whether a listener that has a limit of its own
 * is full. When nobody has room nothing is accepted: the kernel's backlog is the queue. */
#ifndef MASTER_ACCEPT_H
#define MASTER_ACCEPT_H

#include "master/generation.h"
#include "master/listen.h"

/* Accepted, but nobody could take it. */
struct acceptor_kept {
	struct listener *at;
	int fd;
};

struct acceptor {
	struct sd_event *loop;
	struct timers *timers;
	struct listener *listeners; /* a list */
	struct generation *serving; /* NULL: nobody, all wait */
	size_t max_sessions;	    /* of one worker, as descriptors allow */
	bool paused;		    /* all of them: no room, or no descriptors */
	struct acceptor_kept *kept;
	size_t n_kept;
	struct timer retry;
	uint64_t pauses;
};

void acceptor_init(struct acceptor *a, struct sd_event *loop, struct timers *timers);
void acceptor_free(struct acceptor *a); /* the listeners stay */

/* From now on this generation gets the connections; its configuration says which listener is
 * which. NULL: stop accepting. */
void acceptor_serve(struct acceptor *a, struct generation *g, size_t max_sessions);
/* Before we stop: hands over who has connected already, where nobody else would serve them. */
void acceptor_take_waiting(struct acceptor *a);
/* Perhaps there is room. */
void acceptor_retry(struct acceptor *a);
/* Call it every now and then: accepts where the one worker that was woken does not, because it
 * hangs or died. */
void acceptor_look(struct acceptor *a);
/* A connection for the worker that has the fewest sessions; fd is ours then. */
void acceptor_hand(struct acceptor *a, struct listener *l, int fd);
/* Before its descriptor changes; acceptor_retry() watches the new one. */
void acceptor_unwatch(struct acceptor *a, struct listener *l);
/* Before a listener is closed. */
void acceptor_forget(struct acceptor *a, struct listener *l);

#endif

/* Connections from the listeners to the workers. Layer 8.
 *
 * When nobody has room nothing is accepted: the kernel's backlog is the queue. */
#ifndef MASTER_ACCEPT_H
#define MASTER_ACCEPT_H

#include "master/generation.h"
#include "master/listen.h"

struct acceptor {
	struct sd_event *loop;
	struct timers *timers;
	struct listener *listeners; /* a list */
	struct generation *serving; /* NULL: nobody, all wait */
	size_t max_sessions;	    /* of one worker, as descriptors allow */
	bool paused;		    /* all of them: no room, or no descriptors */
	int kept;		    /* accepted, but nobody could take it; -1 */
	struct listener *kept_of;
	struct timer retry;
	uint64_t complained_ms; /* of descriptors or refused clients */
	uint64_t pauses, refused;
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
/* Before a listener is closed. */
void acceptor_forget(struct acceptor *a, struct listener *l);

#endif

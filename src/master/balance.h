/* Sharing the connections among the workers of a generation. Layer 8. */
#ifndef MASTER_BALANCE_H
#define MASTER_BALANCE_H

#include "master/generation.h"

/* A listening socket, with its number in the configuration. */
struct shared_listener {
	uint32_t listener;
	int fd;
};

/* Has the workers accept at these themselves, max sessions each, those who do not yet; who is
 * not ready for them gets them in a call after the next host->room(). */
void generation_share_listeners(struct generation *g, const struct shared_listener *what,
				size_t n, size_t max);
/* The sockets have changed: the next generation_share_listeners() is for all. */
void generation_listeners_changed(struct generation *g);
/* The workers give the listeners back when somebody comes there, until they are has_listeners
 * anew: others go first. */
void generation_recall_listeners(struct generation *g);
/* Gives a connection to the worker with the fewest sessions, below max of them, and by turns
 * where these are equal. 0: done, fd is the worker's; -EAGAIN: nobody has room, and
 * host->room() will be called. */
int generation_assign(struct generation *g, int fd, uint32_t listener, size_t max);
bool generation_has_room(const struct generation *g, size_t max);
/* Tells the workers whether to say when a session ended. */
void generation_set_full(struct generation *g, bool full);

void worker_watch_channel(struct worker_proc *w, uint32_t events); /* as epoll(7) has them */

size_t worker_sessions(const struct worker_proc *w);
size_t generation_sessions(const struct generation *g);
size_t generation_sessions_at(const struct generation *g, size_t listener);

#endif

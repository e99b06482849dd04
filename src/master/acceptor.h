/* Connections from the listeners to the workers, as far as they pass through the master.
 *
 * Input: the master's listening sockets, and connections that workers have accepted and passed
 * on. Output: listeners that are shared with the workers, and connections that are assigned to
 * them (balance.h). Connections are accepted by
 *   - the workers, at each listener without a max_sessions of its own. This spares each
 *     connection the detour through the master, some 20 us of CPU
 *   - the master, at a listener with a max_sessions of its own: only the master sees the
 *     sessions that all workers have there, those of draining generations too
 *   - the master, where a connection was in the backlog of a shared listener at two ticks in
 *     a row: acceptor_accept_overdue(). The kernel wakes one worker for a connection; if that
 *     worker hangs or has died, no other one is woken for it
 *
 * When no worker can take a connection, or no descriptor is left, the acceptor pauses: nothing
 * is accepted, the listeners are recalled from the workers, and the kernel's backlog is the
 * queue. Connections that are accepted already then wait here and are assigned first. It
 * resumes when a worker reports capacity, or after 100 ms (no descriptors: 1 s). */
#ifndef MASTER_ACCEPTOR_H
#define MASTER_ACCEPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/timers.h"

struct generation;
struct listener;
struct sd_event;

/* Accepted, but no worker could take it. */
struct waiting_connection {
	struct listener *listener;
	int fd;
};

struct acceptor {
	struct sd_event *loop;
	struct timers *timers;
	struct listener *listeners; /* a list; the owner adds and removes */
	struct generation
		*serving;    /* gets the connections; NULL: none does, nothing is accepted */
	size_t max_sessions; /* of one worker, as descriptors allow */
	bool paused;
	struct waiting_connection *waiting; /* in the order of their arrival */
	size_t n_waiting;
	struct timer resume_timer;
	uint64_t pauses;  /* so far, for the status */
	uint64_t full_ms; /* when a connection last found no worker; 0: never */
};

void acceptor_init(struct acceptor *a, struct sd_event *loop, struct timers *timers);
/* Closes the connections that wait. The listeners stay, and serve no generation any more. */
void acceptor_free(struct acceptor *a);

/* From now on g gets the connections; listener->index of each listener is of its configuration.
 * NULL: no more connections are accepted. */
void acceptor_serve(struct acceptor *a, struct generation *g, size_t max_sessions);
/* A worker can perhaps take a connection again, or a listener has changed: assigns what waits,
 * and accepts again. */
void acceptor_resume(struct acceptor *a);
/* Call it at every tick: accepts connections that no worker accepts. */
void acceptor_accept_overdue(struct acceptor *a);
/* The first step of a stop: accepts and assigns what is in the backlogs of sockets that will be
 * closed, so that these connections are not reset. Sockets of systemd stay open. */
void acceptor_accept_backlogs(struct acceptor *a);
/* From now on nothing is accepted at this listener (l->drains), in the workers neither. What is
 * in its backlog is assigned first, if its socket can be closed then. */
void acceptor_drain(struct acceptor *a, struct listener *l, bool closes);
/* The sessions at this listener's address, in all generations, and the connections that wait
 * for a worker. */
size_t acceptor_sessions_at(const struct acceptor *a, const struct listener *l);
/* Assigns an accepted connection to a worker, or keeps it until that can be done. fd is the
 * acceptor's. */
void acceptor_assign(struct acceptor *a, struct listener *l, int fd);
/* Call it before the descriptor of a listener changes; acceptor_resume() watches the new one.
 */
void acceptor_unwatch(struct acceptor *a, struct listener *l);
/* Call it before a listener is closed: its connections that wait are closed. */
void acceptor_forget(struct acceptor *a, struct listener *l);

#endif

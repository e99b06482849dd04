/* Distribution of connections over the workers of a generation.
 *
 * Input: listening sockets, or a connection that the master has accepted. Output: records on
 * the workers' channels, and flags in their shared memory. The numbers of sessions are those
 * that the workers write to shared memory; see worker_process_sessions().
 *
 * At a listener without a max_sessions of its own the workers accept by themselves: each has
 * the listening socket (generation_share_listeners()), and the kernel wakes them in turn. The
 * master assigns (generation_assign()) only
 *   - connections at a listener with its own max_sessions, which the master accepts and counts;
 *   - connections that a worker has accepted and passed on, since it has two sessions more than
 *     the worker with the fewest, or retires;
 *   - connections that a worker, woken alone, left in the backlog (acceptor.h).
 * Example: workers with 5, 3 and 3 sessions. The kernel wakes the first; it accepts and passes
 * the connection on; of the two with 3 the one whose last assigned connection is older gets it.
 *
 * Before connections wait in the master, because no worker can take one, the listeners are
 * recalled: each worker closes its listening sockets when the next connection arrives there,
 * so that connections which arrive later do not overtake those that wait. */
#ifndef MASTER_BALANCE_H
#define MASTER_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct generation;

/* A listening socket, with its number in the generation's configuration. */
struct shared_listener {
	uint32_t listener;
	int fd; /* stays the caller's */
};

/* Sends these listeners to each worker that does not have them. Workers then accept there until
 * they have max_sessions sessions. A worker that is not ready, or whose channel is full, is
 * left out: call it again after host->on_capacity(). */
void generation_share_listeners(struct generation *g, const struct shared_listener *listeners,
				size_t n, size_t max_sessions);
/* The sockets have changed: the next generation_share_listeners() sends them to all workers. */
void generation_listeners_changed(struct generation *g);
/* The workers close the listeners they have, when a connection arrives there at the latest; the
 * next generation_share_listeners() sends them anew. */
void generation_recall_listeners(struct generation *g);

/* The workers accept no more at this listener of the configuration: each closes it when a
 * connection arrives there at the latest. */
void generation_drain_listener(struct generation *g, size_t listener);

/* Sends a connection at this listener of the configuration to the worker with the fewest
 * sessions, fewer than max_sessions; of equals, to the one whose last assigned connection is
 * the oldest. 0, and fd is closed here; or -EAGAIN when no worker can take it: then fd is still
 * the caller's, and host->on_capacity() will be called. */
int generation_assign(struct generation *g, int fd, uint32_t listener, size_t max_sessions);
/* Whether a worker can take a connection. */
bool generation_has_capacity(const struct generation *g, size_t max_sessions);

/* Whether the workers report the end of each session, as host->on_capacity(). */
void generation_report_capacity(struct generation *g, bool on);

#endif

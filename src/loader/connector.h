/* The connector: the process of a generation that connects to servers, for workers which may
 * make no socket (io/dial.h). The loader forks it when the configuration has services, with
 * their addresses; it reads no mail, parses nothing and resolves nothing.
 *
 * Each worker has a channel to it. The loader keeps the connector's end of each, too, so that
 * another connector can go on when one has died:
 *
 *	L forks N             N has the addresses, and a channel to L
 *	L is to fork W1       it makes a pair of ends, keeps one, and sends it to N; W1 gets the
 *			      other
 *	N dies                L forks N2, which inherits the ends that L has kept, and sends
 *			      DIAL_RESET to each worker. Requests that N had not read are there
 *	W1 ends               L and N2 see that the other end is closed, and close theirs
 *	L dies                N2 goes on until its last worker has ended
 */
#ifndef LOADER_CONNECTOR_H
#define LOADER_CONNECTOR_H

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"

/* As top(1) shows it; at most 15 bytes. */
#define CONNECTOR_PROCESS_NAME "polymilter-conn"

/* The loader's view. {0} with channel -1: there is none. */
struct connector {
	const struct config *cfg;
	unsigned generation;
	pid_t pid; /* 0: none runs */
	int channel;
	struct pollfd *ends; /* of the workers; events 0, so that only their end is reported */
	size_t n, cap;
};

/* None runs before the first connector_add_worker(). */
void connector_init(struct connector *c, const struct config *cfg, unsigned generation);

/* Makes the channel of a worker. The worker's end, which is the caller's; or a negative errno.
 * -1 when the configuration has no services. */
int connector_add_worker(struct connector *c);

/* To be called when poll(2) has reported an event for c->channel (events POLLIN) or one of
 * c->ends: forgets workers that have ended, and starts another connector if this one has died.
 */
void connector_look(struct connector *c);

/* The loader ends: waits until the connector has ended, which it does without workers. */
void connector_end(struct connector *c);

#endif

/* A worker process: accepts connections, runs their sessions, and ends when the master shuts
 * the channel, or at a signal. It opens no file after WORKER_READY.
 *
 * How connections come to workers, and from one to another. The numbers are the counters of
 * struct worker_shared, as accepted/ended of that worker. Two workers A and B of one
 * generation:
 *
 *   start      Both send WORKER_READY. The master sends each of them WORKER_LISTENER, with a
 *              descriptor of every listener that has no limit of its own (its max_sessions is
 *              counted by the master, which accepts there itself).
 *   accept     A connection wakes A, which accepts it: A 1/0, load of A 1 + 1 = 2, of B 1. The
 *              next one wakes B: B 1/0.
 *   pass on    A has 3 sessions, B has 1, and a connection wakes A. 3 - LOAD_TOLERANCE > 1, so
 * A passes it on: WORKER_CONNECTION to the master, which adds 1 to A's passed_on_received and
 * sends it, as WORKER_CONNECTION, to the worker that has the fewest sessions. The master counts
 * it for B as handed over; A stays 3/0. While 2 connections of A are on their way to the
 * master, A keeps what it accepts. full       All workers have max_sessions. Each has paused
 * its listeners; connections wait in the backlog. When the master sees one that waits, or has
 * one to hand over, it sets report_capacity, and return_listeners, so that what waits at the
 * master goes before what waits in the backlog. capacity   A session of A ends: A 3/1. As
 * report_capacity is set, A sends WORKER_CAPACITY. The master clears it and hands over what it
 * keeps; when all of that has found a worker, it clears return_listeners and sends
 * WORKER_LISTENER to all again. retire     A has done max_messages: state RETIRING, listeners
 * paused, WORKER_RETIRES. The master forks a worker in its place, sets replaced and shuts the
 * channel for writing. A reads its end: it accepts what only it may have been woken for, and
 *              passes that on (replaced), closes the listeners, and ends with its last session.
 *   reload     The new generation is ready: the master does the same to each worker of the old.
 *   stop       The master sets stopping instead: A accepts what waits, keeps it, and ends
 *              within stop_timeout. Only at a socket of systemd connections stay in the
 *              backlog, for the next daemon. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "worker/load.h"
#include "worker/stats.h"

/* Records on the channel. When the master shuts it for writing, the worker drains. */
enum worker_record {
	/* To the worker, with a descriptor and a struct worker_listener_record: accept there.
	 */
	WORKER_LISTENER = 1,
	/* Both ways, with a descriptor and the listener's number as uint32_t: a connection. */
	WORKER_CONNECTION,
	/* To the master, without data, as all below: the worker can have connections. */
	WORKER_READY,
	/* A session ended while shared->report_capacity was set. */
	WORKER_CAPACITY,
	/* Hand over no more, and start another worker: max_messages, or a signal to the worker.
	 */
	WORKER_RETIRES,
};

struct worker_listener_record {
	uint32_t listener;     /* its number in the configuration */
	uint32_t max_sessions; /* of the worker, at all listeners together */
};

/* Signals to a worker. */
#define WORKER_SIGNAL_STOP	SIGTERM /* finish within stop_timeout */
#define WORKER_SIGNAL_END_DRAIN SIGUSR2 /* as if drain_timeout were over */

/* What a worker gets from its master; all is the master's and outlives worker_main(). */
struct worker_setup {
	const struct config *cfg;
	unsigned generation;
	struct worker_shared *shared;
	struct worker_loads *loads; /* of the generation */
	size_t slot;		    /* of this worker, in loads */
	int channel;		    /* SOCK_SEQPACKET, non-blocking */
	int log;		    /* a pipe, non-blocking */
	const int *spool;	    /* cfg->spool_files descriptors of empty files */
	pid_t master;
};

/* In the child, right after fork(): returns the exit status when the worker is done. */
int worker_main(const struct worker_setup *setup);

#endif

/* A worker process: accepts connections, runs their sessions, and ends when the master shuts
 * the channel, or at a signal. It opens no file after WORKER_READY.
 *
 * How connections come to the workers A and B of one generation, and from one to the other.
 * "A 3" means that sessions is 3 in the struct worker_shared of A.
 *
 *   start     Both send WORKER_READY. The master sends each of them WORKER_LISTENER, with a
 *             descriptor of every listener that has no limit of its own (where there is one,
 *             the master accepts itself, and counts).
 *   accept    A connection wakes A, which counts a session and accepts it: A 1, load of A 1 + 1
 *             = 2, of B 1. The next one wakes B: B 1. When A cannot count it, since it would
 *             have more than max_sessions, it stays in the backlog (session_count.h).
 *   pass on   A has 3 sessions, B has 1, and a connection wakes A. 3 - LOAD_TOLERANCE > 1, so
 *             A passes it on: WORKER_CONNECTION to the master, which adds 1 to
 *             passed_on_received of A, and sends it, as WORKER_CONNECTION, to the worker with
 *             the fewest sessions. The master counts it for B; A stays 3.
 *   defer     2 connections of A are on their way to the master, and another one wakes A: it
 *             leaves it in the backlog, sets is_deferring and pauses its listeners, for 100 ms
 *             or until WORKER_RECEIVED. Meanwhile B may accept it. When the master has received
 *             nothing for half of hang_timeout, in which A ran, A keeps what it accepts.
 *   hang      A makes no progress for a second: the master sends it nothing, and gives the
 *             connections that A has not taken to others (claim.h).
 *   full      All workers have max_sessions. Each has paused its listeners; connections wait
 *             in the backlog. When the master sees one that waits, or has one to hand over, it
 *             sets report_capacity, and return_listeners, so that what waits at the master
 *             goes before what waits in the backlog.
 *   capacity  A session of A ends: A 2. As report_capacity is set, A sends WORKER_CAPACITY.
 *             The master clears it and hands over what it keeps; when all of that has found a
 *             worker, it clears return_listeners and sends WORKER_LISTENER to all again.
 *   retire    A has done max_messages: state RETIRING, listeners paused, WORKER_RETIRES. The
 *             master forks a worker in its place, sets replaced and shuts the channel for
 *             writing. A reads its end, accepts one connection at each listener, since perhaps
 *             only A was woken for it, passes these on (replaced), closes the listeners, and
 *             ends with its last session. When it is full it accepts none.
 *   reload    The new generation is ready: the master does so with all workers of the old one.
 *   stop      The master sets stopping instead: A accepts what waits, up to max_sessions, keeps
 *             it, and ends after stop_timeout. Only at a socket of systemd connections stay
 *             in the backlog, for the next daemon.
 *
 * How a worker that is to end treats its messages. It sends no verdict before the MTA asks for
 * one: the verdict would answer a later command. A reload, with drain_timeout = "15m":
 *
 *    0 min    DRAINING: sessions go on.
 *   15 min    CLOSING: sessions close between messages.
 *   16 min    REFUSING: the event of a policy that waits is answered with 451 now, each other
 *             message with its next event that has an answer; then its session closes.
 *   17 min    DONE: a session whose MTA was silent within a message for that minute is cut,
 *             with a line in the log, and counted as messages_cut.
 *
 * After WORKER_SIGNAL_END_DRAIN it is REFUSING at once, and DONE a minute later. A stop, with
 * stop_timeout = "5s":
 *
 *    0 s      STOPPING: sessions go on, idle ones too.
 *    5 s      REFUSING
 *    6 s      DONE, a second before the master kills it. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "worker/load.h"
#include "worker/stats.h"

struct fatal_messages;
struct ring;
struct service_state;

/* Records on the channel. When the master shuts it for writing, the worker drains. */
enum worker_record {
	/* to the worker, with a descriptor and a struct worker_listener_record: accept there */
	WORKER_LISTENER = 1,
	/* to the worker, without data: passed_on_received has grown while it was deferring */
	WORKER_RECEIVED,
	/* both ways, with a descriptor and the listener's number as uint32_t: a connection */
	WORKER_CONNECTION,
	/* to the master, without data, as all below: the worker can have connections */
	WORKER_READY,
	/* a session ended while shared->report_capacity was set */
	WORKER_CAPACITY,
	/* it has taken connections: see claim.h */
	WORKER_TAKEN,
	/* hand over no more, and start another worker: max_messages, or a signal to this one */
	WORKER_RETIRES,
};

struct worker_listener_record {
	uint32_t listener;     /* its number in the configuration */
	uint32_t max_sessions; /* of the worker, at all listeners together */
};

/* Signals to a worker. */
#define WORKER_SIGNAL_STOP	SIGTERM /* finish within stop_timeout */
#define WORKER_SIGNAL_END_DRAIN SIGUSR2 /* refuse the messages that are left */

/* Both: they are blocked from before its fork on, until its loop takes them. */
static inline sigset_t
worker_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, WORKER_SIGNAL_STOP);
	sigaddset(&set, WORKER_SIGNAL_END_DRAIN);
	return set;
}

/* What a worker gets from its master; all is the master's and outlives worker_main(). */
struct worker_setup {
	const struct config *cfg;
	unsigned generation;
	struct worker_shared *shared;
	struct worker_loads *loads;	/* of the generation */
	struct fatal_messages *fatal;	/* of the master; the worker makes it read-only */
	struct ring *history;		/* of the generation (io/ring.h); NULL: none is kept */
	struct service_state *services; /* of the generation */
	size_t slot;			/* of this worker, in loads */
	size_t row;			/* of this worker, in services */
	int connector;			/* a channel to it (io/dial.h); -1: no services */
	int channel;			/* SOCK_SEQPACKET, non-blocking */
	int log;			/* a pipe, non-blocking */
	const int *spool; /* cfg->spool_files descriptors of empty files; see session/body.h */
	pid_t master;
};

/* In the child, right after fork(): returns the exit status when the worker is done. */
int worker_main(const struct worker_setup *setup);

#endif

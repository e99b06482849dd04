/* A worker process: accepts connections, runs their sessions, and ends when it is told to. It
 * opens nothing after it said that it is ready. Layer 7.
 *
 * A connection that another worker should have goes to the master, which hands it on. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "worker/load.h"
#include "worker/stats.h"

/* Records on the channel. The master's end being shut for writing means: drain. */
enum worker_record {
	WORKER_LISTENER = 1, /* to the worker: accept there, with a struct worker_listener */
	WORKER_SETTLED,	     /* to the worker: shared->settled has grown while it waited */
	WORKER_CONNECTION,   /* both ways: a descriptor, with its listener as uint32_t */
	WORKER_READY,	     /* to the master, as all below */
	WORKER_CAPACITY,     /* a session ended while shared->full was set */
	WORKER_RETIRES,	     /* max_messages: give me no more, and start another one */
};

struct worker_listener {
	uint32_t listener;     /* its number */
	uint32_t max_sessions; /* of the worker */
};

/* Signals to a worker. */
#define WORKER_SIGNAL_STOP  SIGTERM /* finish within stop_timeout */
#define WORKER_SIGNAL_HURRY SIGUSR2 /* drain_timeout is over now */

/* What the worker has of its master. */
struct worker_setup {
	const struct config *cfg;
	unsigned generation;
	struct worker_shared *shared;
	struct worker_loads *loads;
	size_t slot;	  /* ours */
	int channel;	  /* SOCK_SEQPACKET, non-blocking */
	int log;	  /* a pipe, non-blocking */
	const int *spool; /* cfg->spool_files files, empty */
	pid_t master;
};

/* In the child, right after fork(): runs until it is done. The exit status. */
int worker_main(const struct worker_setup *setup);

#endif

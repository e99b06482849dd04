/* What the files of a loader share. */
#ifndef LOADER_LOADER_PRIVATE_H
#define LOADER_LOADER_PRIVATE_H

#include "io/channel.h"
#include "io/ring.h"
#include "loader/connector.h"
#include "loader/loader.h"
#include "service/state.h"
#include "worker/load.h"

struct loader {
	const struct loader_setup *setup;
	struct config *cfg;
	unsigned generation;
	struct worker_loads *loads;	/* NULL: LOADER_GENERATION has not come */
	struct ring *history;		/* NULL: none is kept */
	struct service_state *services; /* of the generation, for its workers */
	struct connector connector;
	struct pollfd *polled; /* see obey_orders() */
	size_t cap_polled;
	struct channel_msg msg;
};

/* loader.c: sends a record and waits for room; ends the process when the master is gone. */
void loader_send(const struct loader *l, enum loader_record type, const void *data, size_t len,
		 int pass);

/* fork_worker.c: handles LOADER_FORK, whose descriptors it closes. */
void loader_fork_worker(struct loader *l, const struct loader_fork *order,
			const int fds[static LOADER_FORK_FDS]);

#endif

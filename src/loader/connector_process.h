/* The connector process itself; loader/connector.h is the loader's view of it. */
#ifndef LOADER_CONNECTOR_PROCESS_H
#define LOADER_CONNECTOR_PROCESS_H

#include <stddef.h>

#include "config/config.h"

/* The one record of the loader: without data, with the connector's end of a worker's channel.
 */
#define CONNECTOR_WORKER 1u

/* In the child, right after fork(). It does not return: the exit status is EX_OK when the
 * loader and all workers have closed their ends. ends: n descriptors of workers' channels, to
 * which DIAL_RESET is sent first. */
_Noreturn void connector_main(const struct config *cfg, unsigned generation, int loader,
			      const int *ends, size_t n);

#endif

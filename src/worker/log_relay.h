/* Log records from a worker's pipe to the master's log.
 *
 * A worker packs its records (util/record.h) and writes them to a pipe in batches; a read may
 * end within a record, which is then kept for the next read. */
#ifndef WORKER_LOG_RELAY_H
#define WORKER_LOG_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"

/* {0} at first; the owner frees rest. */
struct log_relay {
	struct buf rest;  /* bytes of a record that has not arrived whole */
	uint64_t records; /* so far */
};

/* Reads once from a worker's non-blocking pipe, and logs the records that are whole. False at
 * the end of the pipe. */
bool relay_log_records(int fd, struct log_relay *relay);

#endif

/* A worker's log: records are packed (util/record.h) into a buffer and written to the master's
 * pipe in batches, never blocking. What does not fit is dropped and counted.
 *
 * Example: 3 lines in one turn are written together 50 ms later; 8 KiB of lines at once. While
 * the master does not read, up to 256 KiB wait here, beside the 256 KiB of the pipe. */
#ifndef WORKER_LOGPIPE_H
#define WORKER_LOGPIPE_H

#include "io/timers.h"
#include "worker/stats.h"

/* Becomes the sink of the process's log. fd: a non-blocking pipe, the caller's until
 * logpipe_close(). fields: the records' fields are written too, since the log's target reads
 * them. From now on a fatal signal first writes what is waiting, and then ends the process as
 * usual. */
void logpipe_open(int fd, bool fields, struct timers *timers, struct worker_shared *shared);
void logpipe_flush(void); /* writes what is waiting, as much as the pipe takes */
/* Writes what is waiting, and waits for the master to read as long as it takes, at most
 * limit_ms. Standard error is then the sink. */
void logpipe_close(uint64_t limit_ms);

#endif

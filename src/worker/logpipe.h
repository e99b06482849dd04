/* A worker's way to the log: records are packed into a buffer and written to the master's pipe
 * in batches, never waiting. Layer 7. */
#ifndef WORKER_LOGPIPE_H
#define WORKER_LOGPIPE_H

#include "io/timers.h"
#include "worker/stats.h"

/* Becomes the process's log sink. fd: a non-blocking pipe, then ours; it stays open. fields:
 * the records' fields go with them. Fatal signals from now on write what is waiting, and then
 * end the process as they would have. */
void logpipe_open(int fd, bool fields, struct timers *timers, struct worker_shared *shared);
/* Writes what is waiting; for the end. */
void logpipe_flush(void);
void logpipe_close(void);

#endif

/* Log records of workers on their way to the log. Layer 8. */
#ifndef MASTER_RELAY_H
#define MASTER_RELAY_H

#include <stdbool.h>

#include "util/buf.h"

/* Reads once from a worker's pipe and hands on whole records; rest keeps the begin of one
 * between calls. False at the end of the pipe. */
bool relay_read(int fd, struct buf *rest);

#endif

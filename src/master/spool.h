/* The files that a worker is born with, for bodies that are too large for its memory. Layer 8.
 */
#ifndef MASTER_SPOOL_H
#define MASTER_SPOOL_H

#include <stddef.h>

/* Opens n files in dir, which nobody else can open, for reading and writing, and writes their
 * descriptors to fds. 0; or a negative errno, logged, and none is open. */
int spool_open(const char *dir, int *fds, size_t n);
void spool_close(const int *fds, size_t n);

#endif

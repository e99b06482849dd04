/* The spool files of a worker, for bodies that are larger than body_memory. They have no name,
 * so no other process can open them and none is left behind; the worker gets them by the fork.
 */
#ifndef LOADER_SPOOL_H
#define LOADER_SPOOL_H

#include <stddef.h>

/* Opens n files in dir for reading and writing and writes their descriptors, close-on-exec, to
 * fds. 0; or a negative errno after a line in the log, and none is open. */
int spool_open(const char *dir, int *fds, size_t n);
void spool_close(const int *fds, size_t n);

#endif

/* Memory that several processes share, also those that were not forked by one another: a file
 * without a name (memfd_create(2)), whose descriptor one process sends to another. */
#ifndef IO_SHARED_H
#define IO_SHARED_H

#include <stddef.h>

/* Makes size bytes, not 0, of zeroed memory, whose size cannot change any more. Children of
 * this process do not have it, unless they map it by its descriptor. Free it with munmap(2).
 * *ret_fd: the descriptor, closed at exec; the caller's. NULL: none, see errno. */
void *shared_new(size_t size, int *ret_fd);

/* The same for memory that only this process writes: with *ret_fd it can only be read
 * (shared_map_read_only()), also by processes of the same user. */
void *shared_new_published(size_t size, int *ret_fd);

/* An empty file in memory, which grows by write(2) and is sealed when it is complete: then
 * nobody can change it. The descriptor, closed at exec, or a negative errno. */
int shared_file_new(void);
int shared_file_seal(int fd); /* 0 or a negative errno */

/* Maps the memory of a descriptor that another process has sent. NULL: it cannot be mapped, or
 * has another size; see errno. The descriptor stays the caller's. */
void *shared_map(int fd, size_t size);
const void *shared_map_read_only(int fd, size_t size);

#endif

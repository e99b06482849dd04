/* What a child does first after fork(), and how its end is told. */
#ifndef UTIL_PROCESS_H
#define UTIL_PROCESS_H

#include <signal.h>
#include <stddef.h>

struct buf;

/* Closes all descriptors but the standard ones and these n, which are above them; the list is
 * sorted. */
void process_keep_descriptors(int *kept, size_t n);

/* All signals have their default action, but these n are ignored; only those of the set are
 * blocked. */
void process_reset_signals(const int *ignored, size_t n, const sigset_t *blocked);

/* Appends " ended with status 3" or " killed by signal 9 (SIGKILL)". */
void process_append_end(struct buf *b, const siginfo_t *status);

#endif

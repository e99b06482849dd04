/* Connections that say who their client is, and then nothing. Layer 8. */
#ifndef CTL_IDLE_H
#define CTL_IDLE_H

#include <signal.h>
#include <stddef.h>

#include "util/addr.h"

struct mta;

struct idle { /* {0}: none */
	size_t n;
	struct mta *of;
};

/* Opens n of them, one after the other, each up to its HELO and what is answered to that. 0,
 * or a negative errno and none is open: -EMFILE when the system lets us have no more files,
 * -ECONNREFUSED also when the filter refuses the client; others as mta_open() has them. */
int idle_open(struct idle *idle, size_t n, const struct addr *at, int timeout_ms,
	      const volatile sig_atomic_t *stop);

/* How many the filter has closed, or said something unasked on. */
size_t idle_lost(const struct idle *idle);

void idle_close(struct idle *idle);

#endif

/* A worker process right after fork(): it gives up what it has of its master. */
#ifndef WORKER_CONFINE_H
#define WORKER_CONFINE_H

struct worker_setup;

/* Closes all descriptors but standard input, output, error and those of setup; sets the signals
 * that a worker handles to default and blocked, and ignores the others that may be sent to it;
 * gains no privileges, writes no core file unless core_dumps is set, and is killed when its
 * master ends. 0, or a negative errno (-ESRCH: the master has ended already). */
int confine_worker(const struct worker_setup *setup);

#endif

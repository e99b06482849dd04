/* The state of the master in a snapshot: what is no sum of counters. */
#ifndef MASTER_PUBLISH_H
#define MASTER_PUBLISH_H

struct master;
struct snapshot;

/* s has the lists of listeners, policies and rules, and the sums of workers already. */
void publish_state(const struct master *m, struct snapshot *s);

#endif

/* What all workers have counted since the start: of those that have ended, by name, and of
 * those that run. Input: the memories of workers, whose places are numbers of their
 * configuration; output: sums by the names of listeners, policies and rules, in a snapshot for
 * readers.
 *
 * A name keeps its entry until the daemon ends, so no sum goes back. Example:
 *
 *	generation 1 has the policies "caps" (0) and "words" (1): entries 0 and 1. A worker
 *	counts 5 runs of each, and is killed: they are added to the entries
 *	generation 2 has "words" (0) and "legal" (1): "words" is entry 1, "legal" a new one, 2.
 *	A worker counts 3 runs of each
 *	sums: "caps" 5, not configured any more; "words" 5 + 3; "legal" 3
 *
 * When there are as many names as a snapshot has room for, new ones are counted in the last
 * entry, whose name is "". */
#ifndef MASTER_TOTALS_H
#define MASTER_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "stats/snapshot.h"
#include "worker/stats.h"

struct generation;
struct master;

/* Where a generation's numbers are counted: entries of the snapshot's lists. */
struct total_places {
	struct worker_shared_size size;
	uint16_t at[]; /* of its listeners, its policies, its rules, then its servers */
};

struct totals;

/* NULL: there is no memory; see errno. */
struct totals *totals_new(void);
struct totals *totals_free(struct totals *t); /* NULL is fine; returns NULL */

/* This configuration serves from now on. Returns its places, which the caller frees. */
struct total_places *totals_adopt(struct totals *t, const struct config *cfg);
/* A worker has ended. places NULL: it never served. */
void totals_add_ended(struct totals *t, const struct total_places *places,
		      struct worker_shared *shared);
/* Counts an event of the master. */
void totals_count(struct totals *t, enum snapshot_total which);

/* Once a second or more often: what has ended in the seconds before. */
void totals_look(struct totals *t, const struct master *m);
/* Writes the snapshot, and returns the descriptor for readers, which stays its own. */
int totals_publish(struct totals *t, const struct master *m);

#endif

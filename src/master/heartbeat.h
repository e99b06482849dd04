/* Detection of workers that hang.
 *
 * A worker writes the time at which each call of its event loop began to shared memory, and
 * its loop runs at least every quarter of hang_timeout. The master looks at that time every
 * heartbeat_interval_ms(). A worker whose heartbeat is too old at two looks in a row gets
 * SIGABRT, at which it writes its last log records; then SIGKILL, since a stopped or blocked
 * process does not take SIGABRT.
 *
 * Example with hang_timeout = 8s, a look every 250 ms, and an endless loop from 0.0 s on:
 *   8.0 s    the heartbeat is 8.0 s old, not more than the limit: nothing
 *   8.25 s   first look at which it is too old: only remembered, since it may be the master
 *            that was not scheduled
 *   8.5 s    second look: SIGABRT. It is counted as a hang, and logged
 *   8.75 s   if it still runs: SIGKILL (200 ms after SIGABRT at the earliest)
 * If the heartbeat was renewed at the second look, nothing is done.
 *
 * If the master itself did not look for longer than a quarter of hang_timeout and half a
 * second, the machine was suspended or is overloaded, and perhaps no worker ran either:
 * hang_timeout begins anew for all of them.
 *
 * A worker whose heartbeat is a second old is late: it gets no connections. But where the
 * processes of a host want more CPU time than there is, one may wait for a second without a
 * fault of its own, and each in its turn. Were its connections given to others, these would
 * have many more sessions than it. So it is not late while the process could run (state R) and
 * has used less than 100 ms of CPU time since it was first seen with that heartbeat. Example, a
 * worker on an idle CPU that is in an endless loop from 0.0 s on:
 *   1.0 s    the heartbeat is not older than a second
 *   1.25 s   it is; state R, 1250 ms of CPU time: remembered
 *   1.5 s    state R, 1500 ms: it is late, and loses the connections that it has not taken
 * A worker that is stopped (state T) is late at 1.25 s. One that is not late is not killed
 * either, however long it waits for a CPU. */
#ifndef MASTER_HEARTBEAT_H
#define MASTER_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

struct generation;
struct worker_process;

/* What the looks at one worker have found; {0} at first. */
struct heartbeat_check {
	uint64_t since_ms; /* time of the first look that found it too old; 0: it is not */
	bool aborted;	   /* SIGABRT was sent, at since_ms */
	bool is_late;	   /* at the last look; not one that only lacks CPU time */
	uint64_t late_beat_ms, late_cpu_ms; /* the first look at a late heartbeat: its time, and
					     * the CPU time of the process */
};

enum heartbeat_action { HEARTBEAT_NOTHING, HEARTBEAT_ABORT, HEARTBEAT_KILL };

/* What to do with a worker whose last heartbeat was at beat_ms, now_ms being the time of this
 * look (milliseconds of CLOCK_MONOTONIC, not 0) and limit_ms its hang_timeout. */
enum heartbeat_action heartbeat_next_action(struct heartbeat_check *check, uint64_t beat_ms,
					    uint64_t limit_ms, uint64_t now_ms);

/* Looks at all workers of a generation, and acts; connections that a late one has not taken are
 * given to others. */
void heartbeat_check_generation(struct generation *g, uint64_t now_ms);
/* How often to look: an eighth of hang_timeout, between 50 and 250 ms. */
uint64_t heartbeat_interval_ms(const struct generation *g);

/* Whether the heartbeat is older than a second, or half of hang_timeout if that is less: an
 * idle worker would have renewed it. */
bool heartbeat_is_late(uint64_t beat_ms, uint64_t limit_ms, uint64_t now_ms);
/* Whether the last look found that the worker makes no progress, and it has made none since.
 * This one gets no connections, since it may hang. */
bool heartbeat_worker_is_late(const struct worker_process *w, uint64_t now_ms);
/* How old the last heartbeat is, or since when hang_timeout began anew. */
uint64_t heartbeat_age_ms(const struct worker_process *w, uint64_t now_ms);
/* Whether it is not late, and has had a heartbeat that long after its fork: one that hangs as
 * soon as it has replaced another never answers. */
bool heartbeat_worker_answers(const struct worker_process *w, uint64_t now_ms);

#endif

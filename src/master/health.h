/* What an administrator must know while the daemon runs: conditions in which mail waits, or the
 * log is not whole. The master gathers the facts at each tick; each condition that holds is a
 * warning, at most once a minute, and stands in STATUS.
 *
 *	HEALTH_FULL	  no worker can take a connection: new ones wait. It holds for a second
 *			  after the last time, since capacity comes and goes with each session
 *	HEALTH_HANGS	  a worker makes no progress, for half of hang_timeout
 *	HEALTH_NO_WORKERS no worker of the serving generation is ready
 *	HEALTH_SILENT	  workers of the serving generation are ready, and none has answered for
 *			  four hang_timeouts, although those that hung were replaced
 *	HEALTH_LINES_LOST log records were lost since the last look; it holds for a minute
 *
 * Example: two workers with max_sessions = 100, 200 connections that stay, one more at 0.0 s:
 *   0.1 s   the master finds no worker for it: HEALTH_FULL, warning, STATUS
 *   60.1 s  it still waits: the next warning
 *   75.0 s  sessions end, and it is served; 76.0 s: STATUS without it
 *
 * Example: the only worker hangs as soon as it has started, with hang_timeout = 7s:
 *   7.5 s   it is killed, and replaced at once by one that hangs, too, and is killed at 15 s.
 *           The third one is forked at 16 s, and killed at 23.5 s, the fourth one at 25.5 s
 *           (generation.h). The seconds without a worker do not count
 *   31 s    28 s of silence: HEALTH_SILENT. The watchdog is not fed, and when WatchdogSec is
 *           over systemd starts the daemon anew */
#ifndef MASTER_HEALTH_H
#define MASTER_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum health_condition {
	HEALTH_FULL,
	HEALTH_HANGS,
	HEALTH_NO_WORKERS,
	HEALTH_SILENT,
	HEALTH_LINES_LOST,
	HEALTH_CONDITIONS
};

/* At one look. Times are milliseconds of CLOCK_MONOTONIC, 0: never. */
struct health_facts {
	uint64_t now_ms;
	uint64_t full_ms; /* when a connection last found no worker */
	size_t ready;	  /* workers of the serving generation */
	size_t hanging;	  /* of them */
	size_t answering; /* of them: heartbeat_worker_answers() */
	uint64_t hang_timeout_ms;
	uint64_t lines_lost; /* since the start */
};

/* What earlier looks have found; {0} at first. */
struct health {
	bool holds[HEALTH_CONDITIONS];
	uint64_t warned_ms[HEALTH_CONDITIONS];
	uint64_t lines_lost, lost_ms; /* so many, since then */
	uint64_t unready_ms;	      /* since when no worker is ready; 0: one is */
	uint64_t looked_ms;	      /* the last look; 0: none */
	uint64_t silent_ms;	      /* for so long no ready worker has answered */
};

/* Takes the facts of a look, and logs what is due. */
void health_look(struct health *h, const struct health_facts *facts);
/* Whether no worker was ready for a minute: the daemon then ends, so that the service manager
 * acts. */
bool health_is_hopeless(const struct health *h, uint64_t now_ms);
/* Whether workers answer, or may soon. */
bool health_may_feed_watchdog(const struct health *h);
/* "; new connections wait: all workers are full; a worker makes no progress"; "" if all is
 * well. At most size bytes with the NUL. */
void health_text(const struct health *h, char *buf, size_t size);

#endif

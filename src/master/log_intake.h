/* Log records on their way from the workers' pipes to the master's log, at the pace of the
 * log's reader.
 *
 * While records are pending (util/log.h) the loop waits until the log's socket is writable.
 * While the ring is more than half full no pipe is read: the pipes (256 KiB each) and the
 * workers' own buffers (256 KiB) hold the rest, and the other half of the ring is for the
 * master's own lines. Example: a reader whose socket takes 10 records (max_dgram_qlen), a burst
 * of 3,000 records of two workers:
 *   - 501 to 996 fill the ring; the pipes are not read any more
 *   - the reader takes one: the socket is writable, the next record is sent, and so on
 *   - the ring is half full: a pipe is read, once; and so on to the end. No record is lost
 * A worker that has ended leaves its pipe here until it is read. */
#ifndef MASTER_LOG_INTAKE_H
#define MASTER_LOG_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "worker/log_relay.h"
#include "worker/stats.h"

struct sd_event;
struct sd_event_source;
struct worker_log;

struct log_intake {			  /* {0} at first */
	struct sd_event_source *writable; /* of the log's socket; NULL: nothing is pending */
	struct worker_log *logs;	  /* a list of all that are open */
	size_t n_ended;			  /* of them, of workers that have ended */
	bool on_hold;			  /* no pipe is read */
	uint64_t lines_lost;		  /* with workers that ended before they were read */
};

/* Logs the records of this pipe, which it closes at its end. 0 or a negative errno; then fd is
 * still the caller's. */
int worker_log_open(struct log_intake *intake, struct sd_event *loop, int fd,
		    unsigned generation, struct worker_log **ret);
void worker_log_set_pid(struct worker_log *log, pid_t pid); /* for messages */
/* The worker has ended: its last records are logged now, or when the log takes them again. What
 * nobody has read or told of what it counted is logged as lost. The counters may have any value
 * and are not needed afterwards. NULL is fine. */
void worker_log_end(struct worker_log *log, const struct worker_shared *counters);

/* Call it after many records were logged, and at each tick: sends what is pending as far as
 * possible, and waits for the rest. */
void log_intake_update(struct log_intake *intake, struct sd_event *loop);
/* When the master ends: waits until what the workers have left and what is pending is sent, at
 * most limit_ms, and closes all. */
void log_intake_finish(struct log_intake *intake, unsigned limit_ms);

#endif

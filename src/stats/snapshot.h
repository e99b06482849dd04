/* The daemon's state at one moment, in memory that the master writes and others read: what
 * `polymilterctl status` and `polymilterctl metrics` show, and what is served over HTTP.
 *
 * The memory has the fixed layout of struct snapshot. The master writes it once a second while
 * somebody may read it, and before each answer at the control socket. It is odd in `sequence`
 * while it is being written; a reader copies it, and takes the copy only if `sequence` was even
 * and the same before and after. Readers get a descriptor with which nothing can be written,
 * and use snapshot_open(), which checks version, size, counts and texts:
 *
 *	struct snapshot *now = malloc(sizeof(*now));
 *	const struct snapshot *shared;
 *	int r = snapshot_open(fd, &shared);
 *
 *	if (r == 0)
 *		r = snapshot_read(shared, now);	as often as it is needed
 *	if (r == 0)
 *		printf("%" PRIu64 " sessions\n", now->sessions_in_flight);
 *
 * Counters count since the start of the daemon, and never go back: over the ends of workers,
 * reloads, and policies that a later configuration does not have any more (is_configured is
 * false, and they stay). Times of day are milliseconds since 1970, 0: never. */
#ifndef STATS_SNAPSHOT_H
#define STATS_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/counters.h"

#define SNAPSHOT_SERVER_BYTES  160u
#define SNAPSHOT_VERSION       3u /* of the layout */
#define SNAPSHOT_NAME_BYTES    72u
#define SNAPSHOT_TEXT_BYTES    512u
#define SNAPSHOT_WORD_BYTES    16u
#define SNAPSHOT_RESULTS_BYTES 256u
#define SNAPSHOT_WORKERS_MAX   512u /* that are listed; workers_left_out counts the others */
#define SNAPSHOT_SECONDS       60u
#define SNAPSHOT_MINUTES       60u

enum snapshot_worker_state {
	SNAPSHOT_WORKER_STARTS,
	SNAPSHOT_WORKER_SERVES,
	SNAPSHOT_WORKER_DRAINS, /* it has no new sessions, and ends with its last one */
	SNAPSHOT_WORKER_HANGS,	/* it makes no progress */
	SNAPSHOT_WORKER_STATES
};

enum snapshot_reload { /* what goes on now */
		       SNAPSHOT_RELOAD_NONE,
		       SNAPSHOT_RELOAD_RUNS,
		       SNAPSHOT_RELOADS
};

struct snapshot_worker {
	int32_t pid;
	uint32_t generation;
	uint32_t state;	   /* enum snapshot_worker_state */
	uint32_t age_s;	   /* since its start */
	uint64_t sessions; /* that it has now */
	uint64_t messages; /* so far, those aborted too */
	uint64_t memory;   /* bytes, resident; 0: not known */
};

struct snapshot_listener {
	char name[SNAPSHOT_NAME_BYTES];
	char socket[160]; /* as written in the configuration, cut */
	uint8_t is_configured;
	uint8_t drains;	       /* polymilterctl drain: it accepts nothing until a reload */
	uint64_t sessions;     /* that it has now, at all workers */
	uint64_t max_sessions; /* 0: no limit of its own */
	uint64_t n[LISTENER_COUNTERS];
};

struct snapshot_policy {
	char name[SNAPSHOT_NAME_BYTES];
	char kind[24]; /* "header" */
	uint8_t is_configured;
	uint8_t monitors; /* mode = "monitor" of its section */
	uint8_t is_off;	  /* mode = "off" */
	/* "skipped too-big error clean": what n[POLICY_RESULTS] and the counters behind it are
	 * of; "": its kind has no results. */
	char results[SNAPSHOT_RESULTS_BYTES];
	uint64_t n[POLICY_COUNTERS];
};

struct snapshot_rule {
	char name[SNAPSHOT_NAME_BYTES];
	uint32_t policy; /* its index in policies */
	uint8_t is_configured;
	uint64_t n[RULE_COUNTERS];
};

enum snapshot_server_state {
	SNAPSHOT_SERVER_UP,
	SNAPSHOT_SERVER_DOWN, /* it is not asked; one that probes is down, too */
	SNAPSHOT_SERVER_STATES
};

/* A server of a service; or of a service as a whole, with server "", the questions that came to
 * no server. */
struct snapshot_server {
	char name[SNAPSHOT_NAME_BYTES];	    /* of the service */
	char server[SNAPSHOT_SERVER_BYTES]; /* as written in the configuration, cut */
	char kind[24];			    /* "clamd"; "": no policy uses it */
	uint8_t is_configured;
	uint8_t state;	    /* enum snapshot_server_state */
	uint32_t in_flight; /* connections now, of all workers */
	uint32_t queued;    /* of a service as a whole: questions that wait for a place */
	uint64_t down_s;    /* since when it is down, in seconds */
	uint64_t n[SERVER_COUNTERS];
};

/* What ended in one second or minute. */
struct snapshot_second {
	uint64_t messages[VERDICT_COUNT_N];
};
struct snapshot_minute {
	uint64_t messages[VERDICT_COUNT_N];
	uint64_t time[TIME_BUCKETS]; /* of messages, as MESSAGE_TIME */
};

/* The other sums, of all workers and the master. */
enum snapshot_total {
	TOTAL_SESSIONS,
	TOTAL_CLOSED_QUIT,
	TOTAL_CLOSED_EOF,
	TOTAL_CLOSED_TIMEOUT,
	TOTAL_CLOSED_PROTOCOL,
	TOTAL_CLOSED_DRAIN,
	TOTAL_CLOSED_CRASH,   /* lost with a worker */
	TOTAL_ACTED,	      /* messages on which a policy acted */
	TOTAL_WORKER_EXITS,   /* workers that ended without an order, by exit() */
	TOTAL_WORKER_SIGNALS, /* by a signal */
	TOTAL_WORKER_HANGS,   /* killed since they made no progress */
	TOTAL_RELOADS_OK,     /* without the start */
	TOTAL_RELOADS_FAILED,
	TOTAL_ACCEPT_PAUSES,
	TOTAL_LOG_LINES_LOST,
	TOTAL_N
};

struct snapshot {
	char magic[8]; /* "pmstats" */
	uint32_t version;
	_Atomic uint32_t sequence;
	uint64_t size; /* of the struct */

	/* The daemon. */
	uint64_t written_ms, started_ms;
	char daemon_version[32];
	char pcre2_version[SNAPSHOT_WORD_BYTES]; /* "10.42" */
	uint8_t has_jit;			 /* patterns are compiled to machine code */
	uint8_t has_http;			 /* built with the HTTP endpoint */
	int32_t master_pid;
	uint8_t is_stopping;
	uint64_t master_memory; /* bytes, resident */
	/* What is not well, in words, one condition a line; "": all is well. */
	char health[SNAPSHOT_TEXT_BYTES];

	/* The configuration. */
	char config_file[SNAPSHOT_TEXT_BYTES];
	uint32_t generation;	   /* that serves; 0: none does yet */
	uint32_t n_generations;	   /* with those that end */
	uint32_t reload;	   /* enum snapshot_reload */
	uint64_t loaded_ms;	   /* when the configuration that serves began to */
	uint64_t reload_failed_ms; /* the last reload failed then; 0: it did not */
	char reload_failure[SNAPSHOT_TEXT_BYTES];
	/* "info": of log { level }, and the one in force, which polymilterctl log-level may
	 * have set; "": no configuration serves yet. */
	char log_level_configured[SNAPSHOT_WORD_BYTES], log_level[SNAPSHOT_WORD_BYTES];
	uint32_t workers_configured; /* of a generation */
	uint64_t max_sessions;	     /* of a worker */

	/* Sums. */
	uint64_t sessions_in_flight; /* now, of the generation that serves */
	uint64_t sessions_draining;  /* now, of older ones */
	uint64_t connections_queued; /* accepted, and no worker can take them yet */
	uint64_t totals[TOTAL_N];
	uint64_t message[MESSAGE_COUNTERS];
	uint64_t messages[VERDICT_COUNT_N]; /* of all listeners */

	/* The last minute, [0] is the last second; the last hour, [0] is the minute at
	 * work. */
	struct snapshot_second seconds[SNAPSHOT_SECONDS];
	struct snapshot_minute minutes[SNAPSHOT_MINUTES];

	uint32_t n_workers, workers_left_out;
	uint32_t n_listeners, n_policies, n_rules, n_servers;
	struct snapshot_worker workers[SNAPSHOT_WORKERS_MAX];
	/* In the order in which configurations named them; the last one, when there are more
	 * than MAX, is of all others, and its name is "". */
	struct snapshot_listener listeners[COUNTED_LISTENERS_MAX + 1];
	struct snapshot_policy policies[COUNTED_POLICIES_MAX + 1];
	struct snapshot_rule rules[COUNTED_RULES_MAX + 1];
	struct snapshot_server servers[COUNTED_SERVERS_MAX + 1];
};

/* For the master. */

/* Makes the memory, with *ret_fd for readers. Children of this process do not have it. NULL:
 * there is no memory; see errno. */
struct snapshot *snapshot_new(int *ret_fd);
/* Takes over all values. */
void snapshot_write(struct snapshot *s, const struct snapshot *values);
/* The same between two that are not shared: only entries of lists that there are are copied. */
void snapshot_copy(const struct snapshot *from, struct snapshot *to);
struct snapshot *snapshot_free(struct snapshot *s); /* NULL is fine; returns NULL */

/* For readers. */

/* Maps the memory of fd, which stays the caller's. 0; -EINVAL: it is not the memory of a daemon
 * of this version; or another negative errno. Free it with snapshot_close(). */
int snapshot_open(int fd, const struct snapshot **ret);
/* Copies what there is into *ret: only as many entries of lists as their numbers say; texts end
 * with NUL. 0; -EAGAIN: the master has not finished to write it for a second; -EBADMSG: a value
 * is none. */
int snapshot_read(const struct snapshot *shared, struct snapshot *ret);
void snapshot_close(const struct snapshot *shared);

/* The word of result i of the policy, which ends behind *ret_len bytes; NULL: there is none. */
const char *snapshot_result(const struct snapshot_policy *p, size_t i, size_t *ret_len);

const char *snapshot_worker_state_name(enum snapshot_worker_state state); /* "drains" */

#endif

/* Shared memory of one worker and the master: counters, heartbeat, and the message at work.
 *
 * Each value has one writer, but for two, of which headers of their own tell. The master uses
 * nothing here before it has checked its range: a worker that misbehaves may write anything.
 *
 * Messages. Each message that began counts once, at its end: in the MESSAGES_ counter of its
 * verdict, and in ACTED if a policy did something. Example, in one connection: a message passes
 * unchanged (MESSAGES_ACCEPT), one gets a header field (MESSAGES_ACCEPT, ACTED), one is refused
 * at MAIL (MESSAGES_REJECT, ACTED), one is aborted after RCPT (MESSAGES_ABORTED); QUIT:
 * SESSIONS 1, CLOSED_QUIT 1, ACTED 2. Of those aborted, MESSAGES_CUT are those whose connection
 * an ending worker closed while the MTA was silent within them (worker.h).
 *
 * Log lines. LOG_LINES counts all, LOG_DROPPED those that found no room, LOG_TOLD those of them
 * whose number was logged. When the worker has ended, what the master has not read is lost,
 * too. Example: a worker logs 5000 lines, of which 1000 find no room, logs "900 lines lost" and
 * is killed: LOG_LINES 5001, LOG_DROPPED 1000, LOG_TOLD 900; the master has read 3990 lines. It
 * logs that 5001 - 3990 - 900 = 111 lines are lost.
 *
 * Heartbeat. The loop writes the time before each callback, and an idle worker has a timer of a
 * quarter of hang_timeout, at most 400 ms. So the value is at most 400 ms old, but in a
 * callback that takes longer; with hang_timeout = 10s, when it is older than 10 s at two looks,
 * the master ends the worker with SIGABRT, and logs what it was at. */
#ifndef WORKER_STATS_H
#define WORKER_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/at_work.h"
#include "stats/counters.h"

struct config;

/* clang-format off */
/* Counters: the enum, the name in listings. */
#define WORKER_STATS(X)                                  \
	X(SESSIONS,            "sessions")               \
	X(CLOSED_QUIT,         "closed_quit")            \
	X(CLOSED_EOF,          "closed_eof")             \
	X(CLOSED_TIMEOUT,      "closed_timeout")         \
	X(CLOSED_PROTOCOL,     "closed_protocol")        \
	X(CLOSED_DRAIN,        "closed_drain")           \
	X(MESSAGES_CONTINUE,   "messages_continue")      \
	X(MESSAGES_ACCEPT,     "messages_accept")        \
	X(MESSAGES_DISCARD,    "messages_discard")       \
	X(MESSAGES_REJECT,     "messages_reject")        \
	X(MESSAGES_TEMPFAIL,   "messages_tempfail")      \
	X(MESSAGES_QUARANTINE, "messages_quarantine")    \
	X(MESSAGES_ABORTED,    "messages_aborted")       \
	X(MESSAGES_CUT,        "messages_cut")           \
	X(ACTED,               "acted")                  \
	X(LOG_LINES,           "log_lines")              \
	X(LOG_DROPPED,         "log_dropped")            \
	X(LOG_TOLD,            "log_told")
/* clang-format on */

#define X(id, name) STAT_##id,
enum worker_stat { WORKER_STATS(X) STAT_COUNT };
#undef X

struct worker_shared {
	/* Written by the worker. */
	_Atomic uint64_t heartbeat_ms;	    /* CLOCK_MONOTONIC of the last callback's begin */
	_Atomic uint64_t count[STAT_COUNT]; /* by enum worker_stat */
	struct at_work at_work;		    /* message: "" between two turns */
	/* It waits until passed_on_received grows: send WORKER_RECEIVED then. */
	_Atomic bool is_deferring;
	/* Written by the master. */
	_Atomic bool report_capacity;  /* send WORKER_CAPACITY when a session ends */
	_Atomic bool return_listeners; /* close the listeners instead of accepting there */
	_Atomic bool replaced; /* other workers accept: pass on what is still accepted */
	_Atomic bool stopping; /* no worker will accept any more: keep it */
	_Atomic int log_level; /* of polymilterctl log-level, plus 1; 0: the configuration's */
	_Atomic uint64_t passed_on_received; /* of the connections that it passed on */
	/* Written by both. */
	_Atomic uint64_t sessions; /* those sent to it and not taken, too: session_count.h */
	_Atomic uint64_t claim;	   /* see claim.h */
	/* Written by the worker. */
	struct message_counters message;
	struct worker_listener_stats {
		_Atomic uint64_t sessions_accepted, sessions_ended; /* written by the worker */
		_Atomic uint64_t n[LISTENER_COUNTERS];		    /* likewise */
		_Atomic bool drains; /* written by the master: accept no more there */
	} per_listener[];	     /* by number of the listener */
	/* behind it: struct policy_counters, then struct rule_counters, then struct
	 * server_counters, as worker_policies() and the functions below it say */
};

/* How much of what has no fixed number is in it. Both processes find it in the configuration,
 * and not in the memory, where it might be wrong. */
struct worker_shared_size {
	size_t listeners, policies, rules, servers; /* places: see counter_places() */
};
struct worker_shared_size worker_shared_size(const struct config *cfg);

/* Zeroed. *ret_fd: for worker_shared_map() in another process; the caller's. NULL: no memory.
 */
struct worker_shared *worker_shared_new(struct worker_shared_size size, int *ret_fd);
/* The same memory in another process, which has received fd. NULL: it cannot be mapped. */
struct worker_shared *worker_shared_map(int fd, struct worker_shared_size size);
struct worker_shared *worker_shared_free(
	struct worker_shared *s,
	struct worker_shared_size size); /* NULL is fine; returns NULL */

/* size.policies and size.rules of them, by number (counter_place()). */
struct policy_counters *worker_policies(struct worker_shared *s,
					struct worker_shared_size size);
struct rule_counters *worker_rules(struct worker_shared *s, struct worker_shared_size size);

/* size.servers of them, by number of the server; behind the servers there is one for each
 * service, of the questions that came to no server. */
struct server_counters *worker_servers(struct worker_shared *s, struct worker_shared_size size);

const char *stat_name(enum worker_stat which); /* "closed_eof" */
/* The outcome with this name; NULL: aborted. */
enum verdict_count verdict_count_of(const char *verdict);
/* The counter of messages with this outcome; those that were cut are in that of ABORTED. */
static inline enum worker_stat
stat_of_verdict(enum verdict_count verdict)
{
	return STAT_MESSAGES_CONTINUE +
	       (verdict == VERDICT_COUNT_CUT ? VERDICT_COUNT_ABORTED : verdict);
}

#endif

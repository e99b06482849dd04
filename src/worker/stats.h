/* What a worker and the master know of each other without a word: counters, heartbeat, the
 * message at work, in shared memory. Layer 7.
 *
 * Each value has one writer. The master believes nothing here that it has not bounded: a
 * worker may have gone mad. */
#ifndef WORKER_STATS_H
#define WORKER_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
/* Counters: our enum, the name in listings. */
#define WORKER_STATS(X)                                  \
	X(SESSIONS,            "sessions")               \
	X(CLOSED_QUIT,         "closed_quit")            \
	X(CLOSED_EOF,          "closed_eof")             \
	X(CLOSED_TIMEOUT,      "closed_timeout")         \
	X(CLOSED_PROTOCOL,     "closed_protocol")        \
	X(CLOSED_DRAIN,        "closed_drain")           \
	X(CLOSED_ERROR,        "closed_error")           \
	X(MESSAGES_CONTINUE,   "messages_continue")      \
	X(MESSAGES_ACCEPT,     "messages_accept")        \
	X(MESSAGES_DISCARD,    "messages_discard")       \
	X(MESSAGES_REJECT,     "messages_reject")        \
	X(MESSAGES_TEMPFAIL,   "messages_tempfail")      \
	X(MESSAGES_QUARANTINE, "messages_quarantine")    \
	X(MESSAGES_ABORTED,    "messages_aborted")       \
	X(ACTED,               "acted")                  \
	X(LOG_DROPPED,         "log_dropped")
/* clang-format on */

#define X(id, name) STAT_##id,
enum worker_stat { WORKER_STATS(X) STAT_COUNT };
#undef X

#define STATS_ID_BYTES 64u

struct worker_shared {
	/* By the worker. */
	_Atomic uint64_t heartbeat_ms; /* CLOCK_MONOTONIC of what its loop began last */
	_Atomic uint64_t count[STAT_COUNT];
	_Atomic uint64_t taken;	 /* sessions that it accepted itself */
	_Atomic uint64_t ended;	 /* sessions, those that it was handed too */
	char id[STATS_ID_BYTES]; /* of the message at work, or "" */
	_Atomic bool defers;	 /* it waits for settled to grow: send WORKER_SETTLED then */
	/* By the master. */
	_Atomic bool full;	  /* tell me when a session ends */
	_Atomic bool held;	  /* give the listeners back: others wait here already */
	_Atomic bool relieved;	  /* others take the connections now: pass on who comes */
	_Atomic bool stopping;	  /* nobody does */
	_Atomic uint64_t settled; /* of the connections that it passed on */
	size_t n_listeners;
	struct worker_listener_stats {
		_Atomic uint64_t taken, ended;
	} at[]; /* by listener, by the worker */
};

/* Zeroed, shared with children that are forked later. NULL: no memory. */
struct worker_shared *worker_shared_new(size_t n_listeners);
struct worker_shared *worker_shared_free(struct worker_shared *s);

const char *stat_name(enum worker_stat which);
/* The counter of a message that ended so; verdict NULL: aborted. */
enum worker_stat stat_of_verdict(const char *verdict);

/* For a counter's one writer: no locked instruction. */
static inline void
stat_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t
stat_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif

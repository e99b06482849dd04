/* What a worker counts of its messages, policies, rules and listeners: names of the counters,
 * and how they lie in its shared memory. Input: calls at the end of each message
 * (src/chain); the master adds them up over all workers, also those that have ended.
 *
 * Each counter has one writer, the worker, and only grows. Example, with the chain { "caps",
 * "words" } and a message whose Subject the rule "tag" of "words" changes in 40 us:
 *
 *	caps      RUNS 1, NS 3000, TIME + 2 1
 *	words     RUNS 1, HITS 1, NS 40000, TIME + 6 1
 *	words/tag HITS 1
 *	message   DURATION + 0 1 (at most 1 ms), TIME + 6 1, EDITS + EDIT_CHGHEADER 1
 *	listener  SESSIONS 1, MESSAGES + VERDICT_COUNT_ACCEPT 1
 *
 * The time of a message is the time in its policies, with what they waited for. */
#ifndef STATS_COUNTERS_H
#define STATS_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTED_POLICIES_MAX  1000u /* by name; those behind are counted together */
#define COUNTED_RULES_MAX     1000u
#define COUNTED_LISTENERS_MAX 256u
#define COUNTED_SERVERS_MAX   256u
#define COUNTED_RESULTS_MAX   16u /* results of a kind of policies */

/* clang-format off */
/* Outcomes of a message: the enum, the label of the metric, the word of `status`. */
#define VERDICT_COUNTS(X)                    \
	X(CONTINUE,   "continue")            \
	X(ACCEPT,     "accept")              \
	X(DISCARD,    "discard")             \
	X(REJECT,     "reject")              \
	X(TEMPFAIL,   "tempfail")            \
	X(QUARANTINE, "quarantine")          \
	X(ABORTED,    "aborted")             \
	X(CUT,        "cut")

/* Modifications that the MTA was sent: the enum, the label, as in edits= of the log. */
#define EDIT_COUNTS(X)                       \
	X(ADDHEADER,  "addheader")           \
	X(INSHEADER,  "insheader")           \
	X(CHGHEADER,  "chgheader")           \
	X(DELHEADER,  "delheader")           \
	X(CHGFROM,    "chgfrom")             \
	X(DELRCPT,    "delrcpt")             \
	X(ADDRCPT,    "addrcpt")             \
	X(REPLBODY,   "replbody")            \
	X(QUARANTINE, "quarantine")
/* Outcomes of a question to a service, as in results= of the log: the enum, the word. */
#define ASK_OUTCOMES(X)                      \
	X(ANSWERED,     "answered")          \
	X(TOO_BIG,      "too-big")           \
	X(REFUSED,      "refused")           \
	X(CONNECT,      "connect")           \
	X(TIMEOUT,      "timeout")           \
	X(CUT,          "cut")               \
	X(BAD_ANSWER,   "bad-answer")        \
	X(BUSY,         "busy")              \
	X(DOWN,         "down")              \
	X(WAIT_LIMIT,   "wait-limit")        \
	X(SERVER_ERROR, "server-error")
/* clang-format on */

/* ABORTED: by the MTA. CUT: by an ending worker, whose MTA was silent within the message. */
#define X(id, name) VERDICT_COUNT_##id,
enum verdict_count { VERDICT_COUNTS(X) VERDICT_COUNT_N };
#undef X

#define X(id, name) EDIT_##id,
enum edit_count { EDIT_COUNTS(X) EDIT_N };
#undef X

/* Times by powers of two: TIME + 0 is below 1 us, + 1 below 2 us, + 2 below 4 us, ..., and the
 * last one 2^24 us (17 s) and more. */
#define TIME_BUCKETS	 26u
/* The bounds of the metric message_duration: at most 1, 5, 10, 50, 100, 500 ms, 1, 5, 30 s, and
 * more. */
#define DURATION_BUCKETS 10u

enum policy_counter {
	POLICY_RUNS,	   /* messages in which it was called, and not skipped */
	POLICY_HITS,	   /* of them: it refused, changed or held the message, or refused a
			      recipient */
	POLICY_WOULD_HITS, /* the same of a policy, or of rules of it, that only monitors */
	POLICY_ERRORS,	   /* of them: it failed */
	POLICY_SKIPPED,	   /* messages in which it was skipped: when, unless, or by itself */
	POLICY_REFUSED_RCPTS,
	POLICY_NS,   /* in its callbacks and conditions */
	POLICY_TIME, /* and TIME_BUCKETS - 1 more: of RUNS */
	/* and COUNTED_RESULTS_MAX - 1 more: messages with that result, by its number in the
	 * kind of the policy; none of a kind without results, or if its turn did not come */
	POLICY_RESULTS = POLICY_TIME + TIME_BUCKETS,
	POLICY_COUNTERS = POLICY_RESULTS + COUNTED_RESULTS_MAX
};

enum rule_counter { RULE_HITS, RULE_WOULD_HITS, RULE_COUNTERS };

enum message_counter {
	MESSAGE_BYTES,	  /* of the messages whose size the chain needed: size= of the log */
	MESSAGE_NS,	  /* in policies */
	MESSAGE_DURATION, /* and DURATION_BUCKETS - 1 more: of all with a verdict */
	MESSAGE_TIME = MESSAGE_DURATION + DURATION_BUCKETS, /* the same, and TIME_BUCKETS - 1 */
	MESSAGE_EDITS = MESSAGE_TIME + TIME_BUCKETS,	    /* by enum edit_count */
	MESSAGE_COUNTERS = MESSAGE_EDITS + EDIT_N
};

#define X(id, name) SERVER_##id,
enum server_counter {
	ASK_OUTCOMES(X)		     /* questions that ended so */
	SERVER_OUTCOMES,	     /* their number */
	SERVER_MS = SERVER_OUTCOMES, /* from asking to the end, waiting in line included */
	SERVER_DURATION,	     /* and DURATION_BUCKETS - 1 more */
	SERVER_COUNTERS = SERVER_DURATION + DURATION_BUCKETS
};
#undef X

enum listener_counter {
	LISTENER_SESSIONS,
	LISTENER_MESSAGES, /* by enum verdict_count */
	LISTENER_COUNTERS = LISTENER_MESSAGES + VERDICT_COUNT_N
};

/* In the memory of a worker. */
struct policy_counters {
	_Atomic uint64_t n[POLICY_COUNTERS];
};
struct rule_counters {
	_Atomic uint64_t n[RULE_COUNTERS];
};
struct server_counters {
	_Atomic uint64_t n[SERVER_COUNTERS];
};
struct message_counters {
	_Atomic uint64_t n[MESSAGE_COUNTERS];
};

/* The place of number in an array with room for max and one more, which is of all others. */
static inline size_t
counter_place(size_t number, size_t max)
{
	return number < max ? number : max;
}
/* The length of that array, for n numbers. */
static inline size_t
counter_places(size_t n, size_t max)
{
	return n <= max ? n : max + 1;
}

const char *verdict_count_name(enum verdict_count which); /* "tempfail" */
const char *server_outcome_name(unsigned which);	  /* "bad-answer" */
const char *edit_count_name(enum edit_count which);	  /* "addheader" */

/* The bucket of a time, for TIME and for DURATION. */
static inline unsigned
time_bucket(uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned bits = us == 0 ? 0 : 64u - (unsigned)__builtin_clzll(us);

	return bits < TIME_BUCKETS ? bits : TIME_BUCKETS - 1;
}
unsigned duration_bucket(uint64_t ns);
/* "0.001": the upper bound of a bucket, in seconds; "+Inf" of the last. */
const char *duration_bound(unsigned bucket);

/* Only for the one writer of a counter: it needs no locked instruction. */
static inline void
counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t
counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif

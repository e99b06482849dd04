/* The messages that ended a worker, each with the policy that was at it: a table in shared
 * memory, which the master writes and all workers read.
 *
 * A worker that ends while a policy is at a message is an entry, for an hour: the policy fails
 * for this message instead of being called again (its on_error; tempfail by default), so that
 * a message which an MTA sends again and again costs one worker and not one each time. Example,
 * times in minutes:
 *
 *   0    message 1 ends a worker in policy "legal": entry (key of 1, "legal"), until 60
 *   1    message 1 again: "legal" fails, the policies before it run; on_error = "continue":
 *	  those behind it, too. Message 2: "legal" is called
 *   5    a reload, or another worker: the entry counts for each policy with the title "legal"
 *   61   message 1 again: "legal" is called
 *
 * Which ends of a worker count: all that are logged as a crash, if a policy was at work. That
 * is any signal, since SIGKILL is also how the kernel ends a process that takes too much
 * memory, and SIGSYS or SIGXCPU are other limits; an exit status; a hang. A worker that an
 * administrator kills in the middle of a policy is counted as well: a wrong entry costs one
 * message an hour's delay, a missing one costs a worker each time. Not counted is a crash
 * outside of policies, in the program itself: no policy can be left out to avoid it. So it is
 * while a policy waits for an answer, and when it takes the answer.
 *
 * If two workers have the message at the same time both of them may end. When more than
 * FATAL_MESSAGES_MAX messages ended a worker within an hour the oldest entry gives its place
 * away, and its message may end another worker, and is an entry again.
 *
 * The master makes the table once, before its first fork; children, and theirs, have it at the
 * same address. It has one writer and no locks: an entry that is just being written is not
 * found. */
#ifndef CHAIN_FATAL_MESSAGE_H
#define CHAIN_FATAL_MESSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/at_work.h"

#define FATAL_MESSAGES_MAX   128u
#define FATAL_MESSAGE_AGE_MS 3600000u

struct fatal_messages {
	uint64_t seed;	    /* of the hashes in keys, and of titles */
	_Atomic uint32_t n; /* entries; 0: none, or none that is younger than an hour */
	uint32_t next;	    /* the writer's: the oldest entry, if all are in use */
	struct fatal_message {
		_Atomic uint64_t version;   /* odd: it is being written */
		_Atomic uint64_t id, rcpts; /* of its struct message_key */
		_Atomic uint64_t policy;    /* hash of the title */
		_Atomic uint64_t since_ms;  /* CLOCK_MONOTONIC */
	} entry[FATAL_MESSAGES_MAX];
};

/* An empty table. NULL: no memory. */
struct fatal_messages *fatal_messages_new(void);
struct fatal_messages *fatal_messages_free(
	struct fatal_messages *t); /* NULL is fine; returns NULL */
/* From now on this process can only read it. 0 or a negative errno. */
int fatal_messages_protect(struct fatal_messages *t);

/* For the one writer; now_ms: CLOCK_MONOTONIC. policy: as in struct at_work. Any values are
 * taken. */
void fatal_messages_record(struct fatal_messages *t, const struct message_key *key,
			   const char policy[static AT_WORK_BYTES], uint64_t now_ms);
/* Empties the table when all entries are older than an hour, for the sake of readers. */
void fatal_messages_expire(struct fatal_messages *t, uint64_t now_ms);

/* Whether this message has ended a worker in this policy within an hour before now_ms, and how
 * long before. Only if fatal_messages_exist(). */
bool fatal_messages_find(const struct fatal_messages *t, const struct message_key *key,
			 const char policy[static AT_WORK_BYTES], uint64_t now_ms,
			 uint64_t *ret_age_ms);
static inline bool
fatal_messages_exist(const struct fatal_messages *t)
{
	return atomic_load_explicit(&t->n, memory_order_acquire) > 0;
}

#endif

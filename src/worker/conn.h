/* One connection of an MTA: a stream, a session, while there is a message a chain run, and
 * their timers. Input: a connected socket; output: answers on it, log lines, counters.
 *
 * A connection owns no buffer but for what is left over: a frame that has not arrived whole, an
 * answer that the MTA has not taken. All connections of a worker read and write through the two
 * buffers of struct conn_env, which are empty between two turns of the loop.
 *
 * A turn, for a message whose policy waits for an answer from outside (see also chain/run.h):
 *
 *   readable    up to four reads of 128 KiB; session_run() handles the whole frames. The last
 *               is eom, and the session is suspended. The MTA's next frames, if any came with
 *               it, are kept as unused input; reading is paused, chain_timer is armed, and
 *               every 4 s progress_timer sends PROGRESS.
 *   resumed     the policy has its answer: the chain calls host->resumed(), which only adds the
 *               connection to env->resumed, since callbacks of the policy are on the stack.
 *   after the   conn_continue_resumed() gives the verdict to the session, writes the answer,
 *   turn        runs the unused input and reads on. */
#ifndef WORKER_CONN_H
#define WORKER_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"
#include "io/loop.h"
#include "io/timers.h"
#include "util/buf.h"
#include "worker/stats.h"

struct asker;
struct conn;
struct conn_listener;
struct fatal_messages;
struct ring;
struct transaction_pool;

/* What the connections of one worker share. */
struct conn_env {
	/* filled in by the caller */
	const struct config *cfg;
	unsigned generation;
	struct loop *loop;
	struct timers *timers;
	struct worker_shared *shared;
	const struct fatal_messages *fatal;
	struct ring *history;		       /* NULL: none is kept */
	struct asker *asker;		       /* asks services for their messages */
	struct transaction_pool *transactions; /* for their messages */
	pid_t pid;
	void (*session_ended)(void *owner, size_t listener);
	void (*message_ended)(void *owner);
	void *owner;

	struct conn_listener *listeners; /* by number: what their connections share */
	struct conn *oldest, *newest;	 /* all connections */
	size_t n_conns;
	bool close_when_idle; /* each closes as soon as it is between two messages */
	bool refuses;	      /* conn_refuse_messages() was called */
	struct chain_shared chain_shared;
	char generation_text[16]; /* for the log */

	struct buf in, out, text; /* of all connections, empty between two turns */
	struct conn *resumed;	  /* a list: those whose suspended event has its verdict */
	uint32_t sessions;	  /* so far, for session ids */
};

/* Aborts when there is no memory. */
void conn_env_init(struct conn_env *env);
void conn_env_free(struct conn_env *env); /* closes all */

/* Takes over fd, a connected non-blocking socket that came in by that listener. 0, or a
 * negative errno after closing it: session_ended() was called then too. */
int conn_open(struct conn_env *env, int fd, size_t listener);

/* To be called after each turn of the loop. */
void conn_continue_resumed(struct conn_env *env);

enum conn_end {
	CONN_QUIT = STAT_CLOSED_QUIT,
	CONN_EOF = STAT_CLOSED_EOF, /* or the MTA takes no answer any more */
	CONN_TIMEOUT = STAT_CLOSED_TIMEOUT,
	CONN_PROTOCOL = STAT_CLOSED_PROTOCOL,
	CONN_DRAIN = STAT_CLOSED_DRAIN,
};
/* Aborts its message, frees it, and counts. */
void conn_close(struct conn *c, enum conn_end why);

/* Closes up to max of those that are between messages, oldest first. */
void conn_close_idle(struct conn_env *env, size_t max);
/* From now on each message gets a tempfail with its next answer, that of a policy that waits at
 * once, and connections close between messages: see chain_run_refuse(). */
void conn_refuse_messages(struct conn_env *env);
/* Closes all; an MTA that waits for a verdict gets a tempfail first. Whoever is cut within a
 * message, since its MTA was silent, or takes no answer, has a line in the log: why is its
 * begin. */
void conn_close_all(struct conn_env *env, const char *why);

#endif

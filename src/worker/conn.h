/* One connection of an MTA: stream, session and chain run, with their timers. Layer 7.
 *
 * A connection owns no buffer but for what is left over: a frame that has not arrived whole,
 * an answer that the MTA has not taken. All of a worker read and write through two buffers. */
#ifndef WORKER_CONN_H
#define WORKER_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/chain.h"
#include "config/config.h"
#include "io/stream.h"
#include "io/timers.h"
#include "session/session.h"
#include "util/buf.h"
#include "worker/stats.h"

struct conn;
struct conn_listener;

/* What the connections of one worker share. */
struct conn_env {
	const struct config *cfg;
	unsigned generation;
	struct loop *loop;
	struct timers *timers;
	struct worker_shared *shared;
	struct transaction_pool *rooms; /* for their messages */
	pid_t pid;
	/* is told of each session's and each message's end */
	void (*session_ended)(void *owner, size_t listener);
	void (*message_ended)(void *owner);
	void *owner;

	struct conn_listener *listeners; /* by number, what their connections share */
	struct conn *oldest, *newest;	 /* all of them */
	size_t n;
	bool closing;	 /* each one closes as soon as it is between messages */
	char number[16]; /* the generation's, for the log */

	struct buf in, out, text; /* everybody's, empty between turns */
	struct conn *named;	  /* whose message's id stands in shared */
	struct conn *resumed;	  /* whose suspended event is done */
	uint32_t sessions;	  /* so far, for session ids */
};

/* The first block is the caller's to fill in. */
void conn_env_init(struct conn_env *env);
void conn_env_free(struct conn_env *env); /* closes all */

/* Takes over fd, which came in by that listener. 0, or a negative errno after closing it. */
int conn_open(struct conn_env *env, int fd, size_t listener);

/* After each turn of the loop: those whose suspended event a policy has ended meanwhile. */
void conn_go_on_resumed(struct conn_env *env);

enum conn_end {
	CONN_QUIT = STAT_CLOSED_QUIT,
	CONN_EOF = STAT_CLOSED_EOF,
	CONN_TIMEOUT = STAT_CLOSED_TIMEOUT,
	CONN_PROTOCOL = STAT_CLOSED_PROTOCOL,
	CONN_DRAIN = STAT_CLOSED_DRAIN,
	CONN_ERROR = STAT_CLOSED_ERROR,
};
void conn_close(struct conn *c, enum conn_end why);

/* Closes up to max of those that are between messages, oldest first. */
void conn_close_idle(struct conn_env *env, size_t max);
/* Closes all; what waits for our verdict gets a tempfail first. */
void conn_close_all(struct conn_env *env);

#endif

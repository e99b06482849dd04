/* One connection between a simulated MTA and the chain of a listener, in one process: without
 * sockets, with a timer that the test moves, with a log in memory.
 * Input: the MTA's frames, which milter_client_...() of dialogue.client appends to dialogue.in.
 * Output: the filter's replies from dialogue_next(), the lines of the log from log_next(). */
#ifndef SCENARIO_DIALOGUE_H
#define SCENARIO_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/at_work.h"
#include "config/config.h"
#include "milter/client.h"
#include "util/buf.h"

struct chain_run;
struct fatal_messages;

struct log_lines {
	struct buf text; /* lines, each with a NUL at its end */
	size_t read;	 /* bytes of text that log_next() has returned */
};

struct dialogue {
	struct milter_client client; /* offer may be changed before the first frame */
	struct session *session;
	struct chain_run *run;
	struct buf in;		  /* frames that the filter has not read */
	struct buf out;		  /* frames that the filter has sent */
	size_t returned;	  /* bytes at the front of out: the last dialogue_next() */
	bool negotiated;	  /* the filter has answered OPTNEG */
	bool closed;		  /* one of the two sides has closed the connection */
	const char *close_reason; /* "" while it is open */

	int64_t now;		/* what the chain has for the present, seconds since 1970 */
	struct at_work at_work; /* shared with a master, if there were one */
	struct fatal_messages *fatal;

	struct log_lines message_lines; /* the log line of each message */
	struct log_lines other_lines;	/* all other lines of the log */
	unsigned n_expected_lines; /* messages that ended with a verdict, or that a policy acted
				    * on before they were aborted: one message line each */
	unsigned n_message_lines;
};

/* Opens a connection that comes in at listener, whose configuration must outlive it. */
void dialogue_open(struct dialogue *d, const struct listener_conf *listener);
/* Closes it as if the MTA had closed; the log's lines remain. */
void dialogue_close(struct dialogue *d);
void dialogue_free(struct dialogue *d);

/* The filter reads all of d->in; its replies come into d->out. */
void dialogue_run(struct dialogue *d);

/* The next reply of the filter; false: there is none. Adjacent chunks of a new body become one
 * reply 'b', whose bytes are appended to *body. What *ret points to is valid until the next
 * call. */
bool dialogue_next(struct dialogue *d, struct milter_reply *ret, struct buf *body);
/* Whether a final reply is there that dialogue_next() has not returned. */
bool dialogue_has_answer(const struct dialogue *d);

/* Acts as a master whose worker has ended in this policy, at the message and the stage of its
 * last call into a policy. */
void dialogue_record_fatal(struct dialogue *d, const char *policy);

/* The next line of a log; NULL: there is none. */
const char *log_next(struct log_lines *l);

#endif

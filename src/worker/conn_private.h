/* The private header of a connection: what conn.c (life, timers of reading), conn_io.c
 * (reading, running the session, writing) and conn_chain.c (its chain run) share. */
#ifndef WORKER_CONN_PRIVATE_H
#define WORKER_CONN_PRIVATE_H

#include "chain/chain.h"
#include "io/stream.h"
#include "session/session.h"
#include "worker/conn.h"
#include "worker/run_pool.h"

struct conn {
	struct conn *older, *newer; /* of all in env */
	struct conn_env *env;
	struct stream stream;
	struct buf unused_input; /* the begin of a frame, or frames behind a suspended event */
	struct session *session;
	struct chain_run *run;	     /* from the pool, while there is a message; or NULL */
	struct timer read_timer;     /* negotiate_timeout, then idle_timeout or frame_timeout */
	struct timer progress_timer; /* while eom is suspended */
	struct conn *next_resumed;
	uint32_t listener;
	bool in_frame;	   /* read_timer means frame_timeout */
	bool is_resumed;   /* it is in env->resumed */
	bool closing;	   /* it closes as soon as the MTA has taken the answer */
	enum conn_end why; /* while closing */
	char id[24];	   /* of the session: "1f2a-3", process id and number in hex */
};

/* What the connections of one listener share. */
struct conn_listener {
	struct run_pool runs;
	bool no_tcp; /* a connection was no TCP: none is */
};

/* conn.c: one log line for a connection that is closed by this side. */
void log_conn_closed(const struct conn *c, const char *why);

/* conn_io.c */
/* Arms read_timer with the limit for what the connection waits for. Until the terms are agreed
 * on it is armed once, when the connection is opened. progress: a frame or an answer was
 * completed since it was armed; otherwise frame_timeout goes on, so that single bytes do not
 * put it off. */
void arm_read_timer(struct conn *c, bool progress);
void on_conn_stream(void *ctx, unsigned events); /* a stream_io_fn */
void on_progress_timer(void *ctx);
/* Writes env->out. Whether the connection still exists: it is closed when the MTA takes no
 * answer. */
bool write_answer_or_close(struct conn *c);
/* Runs the unused input, then reads on. */
void continue_conn(struct conn *c);

/* conn_chain.c */
extern const struct session_handler conn_session_handler; /* ctx is a struct conn */
void release_chain_run(struct conn *c);			  /* no message is at work */

#endif

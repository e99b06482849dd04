/* The private header of a worker: what worker.c (its life) and handover.c (where its
 * connections come from) share. */
#ifndef WORKER_WORKER_PRIVATE_H
#define WORKER_WORKER_PRIVATE_H

#include "io/channel.h"
#include "worker/conn.h"
#include "worker/listeners.h"
#include "worker/worker.h"

/* In this order, never back; but a worker whose WORKER_RETIRES the channel did not take is
 * serving again. */
enum worker_state {
	WORKER_SERVING,
	WORKER_RETIRING, /* max_messages are reached; the master has not shut the channel yet */
	WORKER_DRAINING, /* the master has: no new connections */
	WORKER_CLOSING,	 /* drain_timeout is over: connections close between messages */
	WORKER_STOPPING, /* WORKER_SIGNAL_STOP came: messages have stop_timeout */
	WORKER_REFUSING, /* that time is over, too: messages get a tempfail */
	WORKER_DONE,
};

struct worker {
	const struct worker_setup *setup;
	struct conn_env env;
	struct loop *loop;
	struct timers *timers;
	struct listeners listeners;
	struct dialer *dialer; /* NULL: there are no services */
	size_t max_sessions;
	struct loop_watch channel; /* to the master; loop NULL: the master has shut it */
	struct timer heartbeat_timer;
	struct timer deadline_timer; /* of the state */
	struct timer close_timer;    /* while CLOSING and REFUSING */
	struct channel_msg msg;
	uint64_t messages;    /* ended, so far */
	uint64_t received;    /* connections of the master, so far */
	bool has_taken;	      /* some of them, and the master was not told */
	bool is_revoked;      /* connections that it receives are other workers': see claim.h */
	uint64_t passed_on;   /* connections, so far: see shared->passed_on_received */
	uint64_t deferred_ms; /* since the last one: how long others were left in the backlog */
	uint64_t deferral_ms; /* when one was last passed on or left there */
	bool drain_is_over;   /* WORKER_SIGNAL_END_DRAIN came */
	bool is_stopping;     /* WORKER_SIGNAL_STOP came */
	const char *refusal;  /* why it refuses, for the log */
	enum worker_state state;
};

/* worker.c */
/* Sets the state, and the process's title, which shows it. */
void set_worker_state(struct worker *w, enum worker_state next);
void enter_worker_state(struct worker *w, enum worker_state next);
void begin_drain(struct worker *w);	  /* the master has shut the channel */
void check_worker_done(struct worker *w); /* no connections, and none will come */

/* handover.c */
void init_listeners(struct worker *w);
/* The number of sessions, for the other workers. Only while SERVING: afterwards the slot is
 * another worker's. */
void publish_load(const struct worker *w);
/* A record without data. Whether the channel took it. */
bool send_to_master(const struct worker *w, enum worker_record type);
void resume_accepting(struct worker *w); /* if it is serving and below max_sessions */
void on_session_ended(void *owner, size_t listener);
void on_message_ended(void *owner);
void on_master_channel(void *ctx, uint32_t revents); /* a loop_fn */

#endif

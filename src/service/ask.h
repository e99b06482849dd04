/* Asking a service: connections, tries, waiting in line, servers that are down.
 *
 * A question is one exchange (exchange.h) with one of the servers of a service, on a connection
 * of its own. What may happen to it, with the options of service "name" { }:
 *
 *	all places taken	max_connections are in use at each server, by all workers: it is
 *				queued; first come, first served. ASK_BUSY when max_wait ends
 *	no answer		of connect_timeout (ASK_CONNECT), of timeout (ASK_TIMEOUT), or
 *				the server closed before (ASK_CUT): another try, at another
 *				server if there is one, else after retry_delay; `tries` in all
 *	refused			nothing listens there: another server, else again after
 *				retry_delay, which is no try, since a restart of a server is to
 *				cost no mail. ASK_REFUSED when max_wait ends
 *	all servers down	it is queued until they have been down for down_grace, and fails
 *				then, as do all that come later, with ASK_DOWN
 *	an error of the server	another server that was not tried, or ASK_SERVER_ERROR
 *	a bad answer		ASK_BAD_ANSWER, without another try
 *
 * A server that fails max_failures times in a row is down: it is left out, and asked whether it
 * works (service_kind.ping) after revive_time, at each failure after twice the time, at most
 * five minutes; and each second while all servers of the service are down for less than
 * down_grace. Workers share what they know of servers (state.h), and one of them asks. */
#ifndef SERVICE_ASK_H
#define SERVICE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dial.h"
#include "io/stream.h"
#include "io/timers.h"
#include "service/service.h"
#include "stats/counters.h"

struct asker; /* of a worker */
struct service_state;

/* ANSWERED: the exchange has the answer. TOO_BIG: the server says so. BAD_ANSWER and
 * SERVER_ERROR: exchange->text has what it sent. WAIT_LIMIT: max_wait_ms was 0. */
#define X(id, name) ASK_##id,
enum ask_outcome { ASK_PENDING, ASK_OUTCOMES(X) };
#undef X

/* "timeout", as in the log; "" of the first three. */
const char *ask_outcome_reason(enum ask_outcome outcome);

struct question { /* embedded in its owner; {0} at first */
	/* The caller's. */
	const struct service *service;
	struct exchange *exchange; /* which the caller releases, afterwards */
	uint64_t max_wait_ms;	   /* in all */
	void (*done)(void *ctx);
	void *ctx;
	/* The result. */
	enum ask_outcome outcome;
	unsigned tries;	  /* connections */
	unsigned server;  /* of the last one, from 1; 0: there was none */
	uint64_t took_ms; /* in all */
	int error;	  /* a negative errno, of REFUSED and CONNECT; 0: there was no error */

	/* Private. */
	struct asker *asker;
	enum question_state {
		QUESTION_IDLE,
		QUESTION_QUEUED,
		QUESTION_DIALS,	      /* a descriptor is requested */
		QUESTION_DIALS_LATER, /* the backlog of a unix socket is full */
		QUESTION_TALKS,
		QUESTION_PAUSES, /* retry_delay */
	} state;
	bool is_starting, is_probe, is_connected, is_write_over;
	struct question *next; /* in the queue */
	struct dial dial;
	struct stream stream;
	struct timer timer;
	uint64_t began_ms, try_began_ms;
	uint64_t tried,
		erred; /* bits of servers; erred: with an error of their own, for good */
	unsigned failed_tries;
	enum ask_outcome last_failure;
};

struct asker_setup {
	struct loop *loop;
	struct timers *timers;
	struct dialer *dialer;
	struct service_state *state;
	size_t row; /* in state, of this worker */
	const struct service *const *services;
	size_t n_services;
};

/* All of setup must outlive it. Never NULL. Before it is freed no question may be pending. */
struct asker *asker_new(const struct asker_setup *setup);
struct asker *asker_free(struct asker *a); /* NULL is fine; returns NULL */

/* Asks. True: the outcome is there already, and done is not called. False: done is called
 * later, once, from the loop; it may free the question. No other question ends in a call of
 * this or of ask_cancel(). */
bool ask(struct asker *a, struct question *q);
/* The same of this server, from 1, alone: once, even if it is down. What comes of it does not
 * count for the server. */
bool ask_server(struct asker *a, struct question *q, unsigned server);
/* Ends a question that is pending: its connection is closed, done is not called. One that is
 * not pending is left alone. */
void ask_cancel(struct question *q);

/* To be called twice a second or more often: asks servers that are down whether they work, and
 * looks whether other workers have left places. */
void asker_look(struct asker *a);

#endif

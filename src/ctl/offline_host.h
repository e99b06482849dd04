/* What offline.c and the chain's host share; private to them. */
#ifndef CTL_OFFLINE_HOST_H
#define CTL_OFFLINE_HOST_H

#include "chain/at_work.h"
#include "ctl/direct_asker.h"
#include "ctl/offline.h"
#include "io/timers.h"
#include "milter/client.h"
#include "util/buf.h"

struct arena;
struct session;
struct transaction_pool;

struct offline {
	const struct listener_conf *listener;
	struct transaction_pool *pool;
	struct timer look_timer; /* of the asker */
	struct direct_asker services;
	const struct question *asked;	      /* that is pending; NULL: none is */
	unsigned n_looks;		      /* at it */
	struct at_work own_at_work, *at_work; /* the latter, or another process's */

	const struct played_results *played; /* or NULL */
	bool has_time;
	int64_t time; /* of offline_set_time() */

	struct session *session; /* NULL: no session is open */
	struct chain_run *run;
	struct milter_client client;
	bool resumed;	    /* the event that was suspended has its verdict */
	struct buf in, out; /* frames to the filter, and from it */

	/* The message at work. */
	struct arena *arena;
	struct offline_result *result;
	const char *outcome; /* of the log line; NULL: there is none */
	struct buf warnings; /* pointers to lines */
	struct buf steps;    /* of struct offline_step */
	struct buf error;
};

/* What the chain calls, with a struct offline: it notes in *result what becomes of a message,
 * and why. */
extern const struct chain_host offline_host;

#endif

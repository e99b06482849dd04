/* A listener's chain without a daemon: the session, the chain and the policies of the daemon in
 * this process, which messages are sent to as by an MTA. Services that policies ask are asked;
 * no other socket is opened; a large body is kept in memory. Input: a listener of a
 * configuration, the client, messages; output: for each of them what the filter decided,
 * changed and logged, and why.
 *
 *	struct offline *o = offline_new(&cfg->listeners[0], cfg);
 *	offline_connect(o, &peer);			as often as there are sessions
 *	offline_play(o, &message, arena, &result);	as often as there are messages
 *	offline_free(o);
 *
 * charset_open_all() must have been called. Not for two at the same time in one thread of
 * events; a process may have several. max_memory of the workers does not count here. */
#ifndef CTL_OFFLINE_H
#define CTL_OFFLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/chain.h"
#include "chain/report.h"
#include "config/config.h"
#include "ctl/mta_outcome.h"
#include "ctl/mta_script.h"

struct arena;
struct at_work;
struct played_results;
struct offline;

/* A step of the chain (chain/chain.h): the same lines are there once, with their last result.
 */
struct offline_step {
	enum chain_step_kind kind;
	unsigned position;
	enum stage stage;
	struct condition_step line; /* LINE */
	enum verdict verdict;	    /* CALL, HELD */
	unsigned waits_for;	    /* HELD */
	const char *note, *text;    /* NOTE */
};

/* What came of one message. All of it is the caller's arena's, or the configuration's. */
struct offline_result {
	struct mta_outcome outcome; /* as the MTA sees it */
	/* In one word: "accept", "reject", "tempfail", "discard", "quarantine"; "aborted": by
	 * the client. Of a message without any accepted recipient that of the last refusal. */
	const char *verdict;
	const char *log;		      /* the line of the message; "": it has none */
	const char *const *warnings;	      /* other lines of the log; up to NULL */
	const struct policy_report *policies; /* as many as the chain has */
	size_t n_policies;
	const struct finding *findings;
	const struct offline_step *steps; /* in their order; of many the first ones */
	size_t n_steps;
	uint64_t ns; /* from MAIL to the verdict */
};

/* Never NULL. The listener, one of cfg, must outlive it, as must cfg. */
struct offline *offline_new(const struct listener_conf *listener, const struct config *cfg);
struct offline *offline_free(struct offline *o); /* NULL is fine; returns NULL */
/* From now on these policies are not called, but have these results; played must live as long.
 */
void offline_play_results(struct offline *o, const struct played_results *played);
/* From now on it is this instant, in seconds since 1970, for conditions about the time. */
void offline_set_time(struct offline *o, int64_t at);
/* From the next session on *at_work tells which policy is at work (chain/at_work.h): for
 * another process, when it is shared memory. It must live as long. */
void offline_note_work(struct offline *o, struct at_work *at_work);

/* Begins an SMTP session of this client, which must live as long; ends the one before. 0, or
 * -EPROTO: the filter does not take the MTA's offer, and offline_error() tells why. */
int offline_connect(struct offline *o, const struct mta_peer *peer);
/* Sends a message. 0, or -EPROTO as above: the session is over. */
int offline_play(struct offline *o, const struct mta_message *message, struct arena *arena,
		 struct offline_result *ret);
const char *offline_error(const struct offline *o); /* "" */

#endif

/* A chain: the policies of a listener in the administrator's order, and their run over the
 * messages of a connection. Input: the events of a session (chain_handler); output: verdicts,
 * changes of the message, and a log line for each message.
 *
 * The result is that of running the policies one after the other, each on the message as the
 * one before left it. A refusal is returned earlier than that where it makes no difference.
 * Chain { "trusted", "caps", "pills" }: "trusted" may accept a message by its headers, "caps"
 * refuses by size, "pills" by the Subject.
 *
 *   MAIL SIZE=90000000  "caps" returns REJECT. "trusted" stands before it and may still accept
 *                       the message, so the verdict is kept, and the MTA is sent CONTINUE.
 *   end of headers      The turn of "trusted": it returns CONTINUE. The turn of "caps": its
 *                       kept REJECT becomes the verdict of the message. "pills" is not called,
 *                       and no more of the body is kept.
 *   end of message      The MTA waits for an answer again, and gets the 552 of "caps".
 *
 * If "trusted" accepts, the chain ends there: the REJECT of "caps" is dropped. With the chain
 * { "caps", "trusted", "pills" } the MTA gets the 552 at MAIL. A refusal at RCPT is returned at
 * once in any order: it is about that recipient only. If the message exceeds a limit of
 * limits { } while the 552 of "caps" is kept, the MTA gets that, whatever on_limit is. Of two
 * kept refusals the one found at the earlier stage is returned, unless a policy between them
 * may still accept. Mail that Postfix filters with non_smtpd_milters is refused at the end of
 * the message only. */
#ifndef CHAIN_CHAIN_H
#define CHAIN_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content/mime_tree.h"
#include "policy/policy.h"
#include "session/session.h"
#include "stats/counters.h"

/* An `exception` in a policy's section. */
struct policy_exception {
	const char *title;
	const struct condition *const *when, *const *unless;
	size_t n_when, n_unless;
	const int *actions; /* as those of struct policy_events; -1: it does not write the
			       option */
};

/* The options on_EVENT of one section, and its exceptions: policy/on_event.h. */
struct policy_events {
	const char *const *options;
	size_t n_options;
	const int *actions; /* of each option: what policy_on_event() returns */
	const struct policy_exception *exceptions;
	size_t n_exceptions;
};

struct policy_inst { /* one section of polymilter.conf, read-only */
	const struct policy_ops *ops;
	const char *title;
	const void *conf; /* of ops->configure() */
	struct policy_need need;
	const struct policy_rule *const *rules; /* of policy_setup_rule() */
	size_t n_rules;
	const struct condition *const *when, *const *unless;
	size_t n_when, n_unless;
	const char *const *named_policies; /* titles that its placeholders name */
	size_t n_named;
	enum policy_mode mode;
	enum on_event on_error;
	const struct policy_events
		*events; /* on_error is one of them; NULL: it has only that */
};

/* Of a policy in a configuration, from 0, for its counters. */
struct policy_numbers {
	size_t policy, first_rule; /* that of its rule + policy_rule.number */
};

struct chain { /* of one listener; read-only after config_load() */
	const char *listener;
	const struct policy_inst *const *inst;
	const struct policy_numbers *numbers; /* of each in inst; NULL: they are not counted */
	size_t n;
	bool monitor; /* mode_override: all policies have mode monitor */
	struct session_limits limits;
	uint64_t wait_time_ms; /* of one message, for all services together */
	struct regex_limits regex;
	struct content_limits view;
	/* Made by chain_prepare() from the fields above. */
	struct chain_need {
		uint32_t answers;	 /* STAGE_BIT()s at which a policy may refuse */
		uint32_t actions;	 /* ACTION_ bits */
		uint32_t parts;		 /* PART_ bits that are read or changed */
		uint32_t enforced_parts; /* those of policies that do not only monitor */
		const char *lists[MACRO_STAGES];
		const char *macros; /* beyond what both MTAs send by default; "": none */
	} need;
	struct chain_warnings *warnings; /* shared memory, written by all workers */
};

/* Fills in chain->need and chain->warnings; memory is the arena's. Called once, by the reader
 * of the configuration, before the workers are forked. */
void chain_prepare(struct chain *chain, struct arena *arena);

/* For the warning at load: the first policy before place i that could still accept or discard
 * the message when policy i refuses a recipient at RCPT. Its place, or -1. */
int chain_find_late_accept(const struct chain *chain, size_t i);

/* Pure: from what the MTA offers to what this chain takes. 0; -EPROTO when the MTA does not
 * offer an action that an enforcing policy needs: *ret_missing has its bit. */
int chain_negotiate(const struct chain *chain, const struct milter_terms *offer,
		    struct session_request *ret, uint32_t *ret_missing);

struct at_work;
struct chain_run;
struct fatal_messages;
struct log_record;
struct question;

/* What happened in a chain, for those who want to see why. */
struct chain_step {
	enum chain_step_kind {
		CHAIN_STEP_LINE, /* a line of a condition was evaluated */
		CHAIN_STEP_CALL, /* a callback returned */
		CHAIN_STEP_HELD, /* the refusal of an envelope callback is kept */
		CHAIN_STEP_NOTE, /* the policy put a note into the log line */
	} kind;
	unsigned position; /* of the policy in the chain, from 1 */
	enum stage stage;
	const struct condition_step *line; /* LINE; valid during the call */
	enum verdict verdict;		   /* CALL, HELD */
	/* HELD: the position of the policy that may still accept the message; 0: the MTA takes
	 * no refusal at this stage. */
	unsigned waits_for;
	const char *note, *text; /* NOTE: its key and value; valid during the call */
};

/* Memory that the master shares with the worker. */
struct chain_shared {
	struct at_work *at_work;	    /* of this process */
	const struct fatal_messages *fatal; /* NULL: none are kept */
	/* Of this process, by the numbers of policies and rules (counter_place()). NULL, all of
	 * them: nothing is counted. */
	struct policy_counters *policies;
	struct rule_counters *rules;
	struct server_counters *servers; /* as worker_servers() has them */
	size_t n_servers;		 /* without those of services */
	struct message_counters *message;
};

/* What the run needs of its surroundings: supplied by the worker's connection, and by stubs in
 * tests. host is host_ctx of the run. */
struct chain_host {
	/* Asks a service, as ask() of service/ask.h; and ends a question that is pending, as
	 * ask_cancel(). */
	bool (*ask)(void *host, struct question *q);
	void (*cancel)(void *host, struct question *q);
	/* The event that was suspended has its verdict: give chain_run_verdict() to
	 * session_resume(), now or later. Callbacks of the policy are on the stack. */
	void (*resumed)(void *host);
	void (*log)(void *host, const struct log_record *record);
	/* A message ended. verdict: as in the log line, NULL: aborted.
	 * acted: a policy did something, or would have with mode enforce. Returns whether the
	 * log line is to be written. */
	bool (*message_done)(void *host, const char *verdict, bool acted);
	/* The same for all hosts of a process. NULL: there is none. */
	struct chain_shared (*shared)(void *host);
	/* NULL: not wanted, as in the daemon. With it no result of a condition is kept for the
	 * next policy, so that each has its own steps. */
	void (*trace)(void *host, const struct chain_step *step);
	/* The result that the policy of this title is to have, without being called; NULL: it
	 * is called. NULL: not wanted, as in the daemon. */
	const char *(*played_result)(void *host, const char *title);
	/* The present, in seconds since 1970, as conditions about the time are to have it.
	 * NULL: it is the system's, as in the daemon. */
	int64_t (*now)(void *host);
	/* The history is to have this message, whose outcome it is, as in the log line: see
	 * history_write(). NULL: there is no history. */
	void (*remember)(void *host, const struct chain_run *run, const char *outcome);
};

extern const struct session_handler chain_handler; /* ctx is a struct chain_run */

/* chain and ops must outlive it. session_id stands in log lines, and for the queue id until
 * that is known; it is copied, and cut to 23 bytes. Never NULL. */
struct chain_run *chain_run_new(const struct chain *chain, const struct chain_host *ops,
				void *host, const char *session_id);
struct chain_run *chain_run_free(
	struct chain_run *run); /* after session_free(); NULL is fine */
/* Between two messages: from now on it serves another connection of the same listener. */
void chain_run_move(struct chain_run *run, void *host, const char *session_id);
/* The worker ends soon: from now on no policy is called. Each message, that at work too, gets
 * 451 4.3.2 at its next stage that has an answer, or a refusal that a policy has found before;
 * with mode_override = "monitor" it is accepted. A policy that waits is cancelled, and
 * resumed() called. Until chain_run_move(). Example: a message after its first RCPT, of an MTA
 * that takes answers at RCPT and at the end:
 *   RCPT           451, for this recipient
 *   end of header  there is no answer: nothing
 *   end            451, for the message. It is logged, with verdict=tempfail */
void chain_run_refuse(struct chain_run *run);
/* The worker is about to close the connection, within a message perhaps: without a verdict that
 * message is "cut", in the log line too, rather than "aborted". Until chain_run_move(). */
void chain_run_cut(struct chain_run *run);
/* The verdict of the event that was suspended, for session_resume(). */
enum verdict chain_run_verdict(const struct chain_run *run);

#endif

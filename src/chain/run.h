/* The private header of src/chain: the state of a chain's run, and the functions that the files
 * of this folder call of one another.
 *
 * A struct chain_run serves one connection at a time, and on it one message after the other. It
 * has a struct policy_call for each policy of the chain, in their order; begin_message_run()
 * resets both at the first event of a message.
 *
 *   run.c              life of a run, events of the session
 *   envelope.c         callbacks at MAIL, RCPT and DATA
 *   turns.c            message(), strictly in order
 *   conditions.c       when and unless, and what they came to
 *   callback.c         before and after each callback: monitor, on_error
 *   at_work.c          what the worker is at, for the master, when it crashes
 *   fatal_message.c    messages that ended a worker: the table
 *   undo_work.c        what policies did at earlier stages is undone
 *   verdicts.c         which verdict goes to the MTA, and at which stage
 *   on_event.c         which exception of a policy counts, and what is done then
 *   suspend.c          a policy that waits
 *   policy_api.c       functions of policy.h: to read and to change the message
 *   policy_outcome.c   functions of policy.h: replies, failures, notes, log lines
 *   rule_work.c        rules with mode monitor: their work is undone
 *   results.c          results of policies
 *   report.c           what was found and done in a message
 *   report_log.c       the same as text for the log line
 *   message_log.c      the log line of a message
 *   history_write.c    its record in the history; history_read.c reads that
 *   count.c            the counters of a message
 *   warnings.c         warnings about a listener
 *   negotiate.c        the terms with the MTA
 *
 * What is undone. begin_policy_callback() takes a mark of the message, finish_policy_callback()
 * restores the message to it when the policy failed or only monitors. What the policy did in
 * earlier callbacks, which can only be the envelope and a quarantine, is found by its position.
 * Chain { "mark", "tag", "moves" }; "mark" adds X-Mark, "moves" rewrites recipients at RCPT:
 *
 *   "tag" adds X-Tag, then fails     X-Tag is removed, X-Mark stays; then on_error of "tag"
 *   "tag" has mode = "monitor"       X-Tag is removed, X-Mark stays; logged tag:would=changed
 *   only its rule that adds X-Tag    as before, but the other rules of "tag" act; logged
 *   has                              would="tag/RULE: +X-Tag: yes"
 *   "tag" accepts                    X-Mark and X-Tag stay, the recipients are as they were;
 *                                    logged moves:undone
 *   a condition of "tag" fails       as if "tag" itself had failed: X-Mark stays
 *   "moves" fails at the third       on_error tempfail, reject: this recipient is refused, the
 *   RCPT                             first two stay rewritten. Otherwise they are as they were
 *                                    (policies behind that read recipients start anew)
 *   the message is over a limit,     X-Mark is removed, the recipients are as they were; logged
 *   on_limit = "accept"              mark:undone moves:undone
 *
 * Suspend and resume. "scan" (message() at EOM) asks a service:
 *
 *   eom      on_chain_event() runs the turns; message() of "scan" calls policy_ask(), which
 *            gives the question to the host, and returns VERDICT_SUSPEND. The event returns
 *            VERDICT_SUSPEND too: the session reads no further.
 *   answer   the question is done: answered() of "scan" is called, the turn of "scan" is over
 *            (unless it asks again), and the policies behind it have theirs (one may be
 *            suspended again). Then host->resumed() is called, and the host gives
 *            chain_run_verdict() to session_resume().
 *   or       there is no answer: the policy has failed (on_error).
 *   or       the MTA aborts or hangs up: the question is cancelled, nothing more runs.
 *   or       chain_run_refuse(): the question is cancelled, the verdict is a tempfail.
 *
 * A question that is done before policy_ask() returns (SUSPEND_ANSWERED) is looked at when
 * message() has returned VERDICT_SUSPEND.
 */
#ifndef CHAIN_RUN_H
#define CHAIN_RUN_H

#include <stdatomic.h>
#include <string.h>

#include "chain/at_work.h"
#include "chain/chain.h"
#include "chain/report.h"
#include "service/ask.h"
#include "session/diff.h"
#include "util/memory.h"

/* A verdict that the MTA has not been sent yet. */
struct pending_verdict {
	bool set;
	enum verdict verdict;
	enum stage stage; /* at which a policy returned it */
	unsigned code;	  /* SMTP, of the reply; 0: the MTA's own text */
	const char *xcode, *text;
};

enum call_state {
	CALL_UNDECIDED, /* when and unless are not known yet */
	CALL_APPLIES,	/* they hold: its callbacks are called */
	CALL_DONE,	/* they do not hold, or its turn is over, or it failed */
};

/* What a listener was warned of, by any worker: shared memory. */
struct chain_warnings {
	_Atomic int64_t missing_action; /* CLOCK_MONOTONIC, seconds; 0: never */
	atomic_bool missing_macro;
};

/* Padded, so that a copy is a few instructions. */
struct policy_title {
	char title[AT_WORK_BYTES]; /* behind it NULs, if it is shorter */
};

enum suspend_state {
	SUSPEND_NONE,
	SUSPEND_WAITING,  /* policy_ask() was called */
	SUSPEND_ANSWERED, /* and the question is done, while its callback was still running */
};

/* A rule with mode monitor at work, and what is to be as before when it ends. */
struct rule_work {
	const struct policy_rule *rule;
	size_t undo_mark; /* of the message */
	const struct finding *finding_mark;
	struct pending_verdict reply;
	const char *error;
	bool lacked_memory;
};

struct policy_call { /* one policy at work on one message */
	struct chain_run *run;
	const struct policy_inst *inst;
	unsigned position; /* in the chain, from 1; see session/envelope.h */
	bool monitors; /* mode monitor, its own or the chain's: all its changes are undone */

	enum call_state state;
	bool decided_at_rcpt; /* by the recipient at work: undecided again for the next one */
	/* It failed at the RCPT at work, and on_error lets the message go on: it is given up if
	 * no policy refuses that recipient. */
	bool failed_at_rcpt;
	enum on_event error_action; /* of its last failure: its on_error, or an exception's */
	bool is_fatal;		    /* it failed because the message has ended a worker in it */
	bool defers_work;	    /* its envelope callback called policy_defer_work() */
	/* STAGE_BIT()s of the envelope callbacks that were called, and did all their work */
	uint32_t called_stages;
	void *msg_state;  /* ops->msg_size bytes, allocated at first use */
	size_t undo_mark; /* of the message, before the callback at work */
	size_t kept_mark; /* behind what stays when it fails: policy_keep_changes() */
	const struct finding *finding_mark; /* the last one before the callback at work */
	const struct rule_work *rule_work;  /* NULL: no rule with mode monitor is at work */
	uint64_t ns;			    /* in its callbacks and conditions, so far */
	/* Its verdict on the message: kept from an envelope stage until its turn, or returned
	 * in its turn. */
	struct pending_verdict pending;

	struct pending_verdict reply; /* set by the callback at work; only code and texts */
	const char *error;	      /* why it failed */
	const char *misuse; /* of policy.h, by the policy: its next verdict is ERROR */
	struct regex_budget own_budget; /* of a policy that only monitors */

	/* What it found, as far as it said so; NULL: nothing. find_policy_found() has what
	 * counts. */
	struct policy_found *found;
	const char **symbols;	  /* of found */
	const char *error_reason; /* of policy_note_asked(); or NULL */

	/* for the log line */
	bool was_called, changed;
	bool would_act;	  /* a rule with mode monitor would have done something */
	bool quarantined; /* it called policy_quarantine() */
	bool undone; /* it had changed the message, and another reason than its failure undid
			that */
	unsigned refused_rcpts; /* at RCPT; of a policy that monitors: would be */
	enum verdict enforced_verdict, monitored_verdict; /* CONTINUE: none */
	struct pending_verdict monitored_reply;		  /* only code and texts */
	const char *skip_reason;

	enum suspend_state suspend;
	struct question *question; /* of policy_ask(); NULL: it has asked nothing */
};

/* Of what the MTA sent, for struct message_key; hashes, 0: not made yet. */
struct message_identity {
	uint64_t sender, mail; /* mail: of the sender and the parameters of MAIL */
	bool has_content;      /* what follows is known; it is found before headers change */
	uint64_t message_id;   /* and the sender; 0: there is none */
	uint64_t header_bytes;
	uint64_t rcpts; /* as in struct message_key */
};

/* What a condition came to at a stage, valid as long as nothing that it reads changes. */
struct cached_condition {
	const struct condition *cond;
	enum stage stage;
	struct message_changes changes; /* how often the message had been changed */
	enum tri result;
};

#define CACHED_CONDITIONS_MAX 8u /* results beyond it are not cached */

struct chain_run {
	const struct chain *chain;
	const struct chain_host *host;
	void *host_ctx;
	struct chain_shared shared;  /* of the host */
	struct policy_title *titles; /* of the policies */
	struct session *session;
	struct message *message; /* of the session, while it is open */
	char session_id[24];
	char queue_id[64]; /* printable; "": not known yet */

	unsigned message_no; /* of the connection, from 1 */
	enum stage stage;    /* of the event at work */
	size_t next;	     /* the first policy whose turn is not over */
	bool had_data_turns; /* the MTA has sent DATA, at which policies may have their turns */
	int64_t time;	     /* of MAIL, seconds since 1970 */
	bool is_local_submission;
	bool refuses;		      /* chain_run_refuse() was called */
	bool is_cut;		      /* chain_run_cut() was called */
	struct pending_verdict final; /* of the whole chain */
	const char *final_policy;     /* its title; NULL: limits { } */
	bool was_decided;	      /* final was set before the event at work */
	bool is_logged; /* the message's verdict was returned, or it was aborted */
	struct regex_budget regex_budget; /* of all policies but those that only monitor */
	uint64_t waited_ms;		  /* for services */
	uint64_t size_limit;		  /* bytes, the strictest of policy_set_size_limit() */
	struct message_identity identity;
	struct findings findings; /* of the message */
	uint64_t clock_ns; /* CLOCK_MONOTONIC, when the policy at work began; 0: none has at
			      this event */
	struct cached_condition cached[CACHED_CONDITIONS_MAX];
	size_t n_cached;
	const char *logged_id; /* see find_logged_id(); made at the end of the message */
	size_t logged_id_len;
	bool has_key;		    /* shared.at_work has the key at this event */
	bool may_be_fatal;	    /* there are messages that ended a worker */
	struct at_work own_at_work; /* of a host that shares none */
	struct buf notes, log_line;
	struct buf refusals; /* for the log line: the recipients that were refused at RCPT */
	unsigned n_refusals, n_more_refusals; /* those in it, and those behind them */
	struct buf results;		      /* for the log line: what policies found */
	enum verdict resumed_verdict;	      /* of the event that was suspended */
	struct policy_call calls[];
};

/* envelope.c: the callbacks of the stage, of all policies that can be called. The verdict of
 * the event. */
enum verdict run_envelope_stage(struct chain_run *run);

/* turns.c */
/* One policy's turn. False: it cannot have it at this stage, or it is suspended. */
bool run_policy_turn(struct policy_call *c);
/* The message is over a limit, and policies that only monitor wait for a later stage. Those
 * behind them have the turns that they would have had without them, at DATA, or, when the limit
 * is one of the body, at the end of the headers. */
void run_turns_behind_monitors(struct chain_run *run);
/* The turns in order, as far as this stage allows. */
void run_policy_turns(struct chain_run *run);
/* Whether the message is over a limit, so that only a part of what rules with mode monitor read
 * is there. */
bool lacks_watched_parts(const struct policy_call *c);
/* After message() or its policy_resume(): the next policy has its turn. */
void end_policy_turn(struct policy_call *c, enum verdict v);

/* conditions.c */
/* PART_ bits that policies before this one may still change. */
uint32_t find_changing_parts(const struct policy_call *c);
/* Decides, if that is possible yet, whether the policy applies: see c->state. CONTINUE, or,
 * when a condition failed, what on_error comes to. */
enum verdict decide_condition(struct policy_call *c);
/* policy_decide_rule() without what the rule's mode makes of it. */
int evaluate_rule_conditions(struct policy_call *c, const struct policy_rule *rule,
			     size_t rcpt);
/* Whether the exception fits the message: an enum tri, or a negative number after
 * policy_fail(). */
int evaluate_exception(struct policy_call *c, const struct policy_exception *e);

/* callback.c */
void begin_policy_callback(struct policy_call *c);
/* The verdict that counts: v, or what on_error makes of a failure; CONTINUE for a policy that
 * only monitors. */
enum verdict finish_policy_callback(struct policy_call *c, enum verdict v);
/* What accept, discard, quarantine and continue come to at a failure: the policy's work is
 * undone. ACCEPT, DISCARD or CONTINUE. */
enum verdict give_up_policy(struct policy_call *c);

/* Adds a finding: with mode enforce the recipient at work had been refused. */
void note_monitored_refusal(struct policy_call *c, enum verdict v);

/* at_work.c */
void share_at_work(struct chain_run *run); /* once, when the run is new */
/* The worker goes on with this message, at an event or after a suspension. */
void note_message(struct chain_run *run);
void note_key(struct chain_run *run); /* and whether any message has ended a worker */
/* False after policy_fail(): the message has ended a worker in this policy. */
bool check_fatal_message(struct policy_call *c);

/* The policy is at work, until leave_policy(). */
static inline void
mark_at_work(const struct policy_call *c)
{
	struct at_work *at = c->run->shared.at_work;

	memcpy(at->policy, c->run->titles[c->position - 1].title, sizeof(at->policy));
	atomic_store_explicit(&at->in_policy, true, memory_order_release);
}

/* Before a call into the policy, between begin_policy_callback() and finish_policy_callback().
 * False after policy_fail(): it is not to be called, and the verdict is VERDICT_ERROR.
 * Otherwise leave_policy() follows when the call returns. */
static inline bool
enter_policy(struct policy_call *c)
{
	struct chain_run *run = c->run;

	if (!run->has_key)
		note_key(run);
	if (run->may_be_fatal && !check_fatal_message(c))
		return false;
	mark_at_work(c);
	return true;
}

static inline void
leave_policy(const struct policy_call *c)
{
	atomic_store_explicit(&c->run->shared.at_work->in_policy, false, memory_order_release);
}

/* undo_work.c */
/* The policy failed: what its earlier callbacks did is undone. Policies behind it that read
 * what it may have changed of the envelope start anew, with all recipients, at the event at
 * work or later. */
void undo_policy_work(struct policy_call *c);
/* An accept ended the chain before the turns of the policies behind c. */
void undo_later_policies(const struct policy_call *c);
/* The message is to go on as the MTA has it. */
void undo_all_policies(struct chain_run *run);

/* on_event.c: what the policy's failure comes to. */
enum on_event find_error_action(struct policy_call *c);

/* verdicts.c */
/* Whether the MTA, at RCPT, takes a refusal of this recipient alone. */
bool can_refuse_rcpt(const struct chain_run *run);
/* Takes the verdict of an envelope callback (not CONTINUE). The verdict of the event; CONTINUE:
 * it is kept until the policy's turn. */
enum verdict take_envelope_verdict(struct policy_call *c, enum verdict v);
/* The policy whose turn it is ends the chain. */
void conclude_chain(struct policy_call *c, enum verdict v);
/* A limit of limits { } was exceeded: the policies are not called any more. The verdict is a
 * refusal that was kept, otherwise on_limit. */
enum verdict apply_limits(struct chain_run *run, struct message *m);
/* The run refuses: see chain_run_refuse(). The verdict of the event; CONTINUE: it follows at a
 * later stage, since run->final is set. */
enum verdict apply_refusal(struct chain_run *run);
/* The message is over the budget of memory: the refusal, for the stage at work, and the log
 * line. What policies did does not count. */
enum verdict refuse_for_memory(struct chain_run *run);
/* Returns run->final to the session, and writes the log line. */
enum verdict return_final_verdict(struct chain_run *run);
/* The verdict of the event at work, once no policy is suspended. */
enum verdict finish_stage(struct chain_run *run);

/* policy_api.c: the time that matches of this policy may take. */
struct regex_budget *get_regex_budget(struct policy_call *c);

/* negotiate.c: PART_ bits that the policy, its rules and its conditions read or change; without
 * what only rules with mode monitor read. */
uint32_t find_policy_parts(const struct policy_inst *inst);

/* The budget of memory was exceeded in the work on this event, so its outcome does not count:
 * no policy is called any more, and the message is refused. One that was decided at an earlier
 * event keeps its verdict. */
static inline bool
run_lacks_memory(const struct chain_run *run)
{
	return memory_is_over() && !run->was_decided;
}

/* The whole message has come, and what the chain needs of it makes its size known. */
static inline bool
run_knows_size(const struct chain_run *run)
{
	return run->stage == STAGE_EOM &&
	       (run->chain->need.parts & (PART_SIZE | PART_BODY)) != 0;
}

/* suspend.c */
bool run_is_suspended(const struct chain_run *run);
/* Ends a suspension that is not needed any more: the question is cancelled. */
void cancel_suspension(struct policy_call *c);
/* After a callback that returned VERDICT_SUSPEND, with an outcome of its question there: calls
 * answered(), as often as the policy asks and has its outcome at once. The verdict of its turn;
 * VERDICT_SUSPEND: it waits. */
enum verdict take_outcome(struct policy_call *c);

/* report.c */
/* What the policy came to, as in the log line: "pass"; "": it was not called. */
/* The Message-Id without brackets, when the message was received to its end and a policy needed
 * the headers; else NULL. Of the message at its end: it is looked up once. */
const char *find_logged_id(const struct chain_run *run, size_t *ret_len);
const char *find_policy_result(const struct policy_call *c);
bool is_idle_result(const char *result); /* it did nothing to the message */
/* Whether the result is no idle one, or recipients were refused: without comparing words, since
 * it is asked of each policy of each message. */
bool policy_did_something(const struct policy_call *c);

/* results.c */
/* What the policy found, once its turn is over; of a kind without results "skipped". */
struct policy_found find_policy_found(const struct policy_call *c);
/* What the policy of that title, which stands before c, has found: false if its turn is not
 * over. One that stands behind, or not in the chain, has found nothing; the former is refused
 * when the configuration is loaded. */
bool find_earlier_found(const struct policy_call *c, const char *title,
			struct policy_found *ret);
/* What the host plays in place of a call of the policy; NULL: nothing. */
static inline const char *
find_played_result(const struct policy_call *c)
{
	const struct chain_run *run = c->run;

	return run->host->played_result == NULL
		       ? NULL
		       : run->host->played_result(run->host_ctx, c->inst->title);
}
/* In the place of message(). */
enum verdict play_result(struct policy_call *c, const char *result);
/* Whether it is worth telling: the policy has said something, or has failed. */
bool policy_has_result(const struct policy_call *c);
/* "av:infected(Win.Test)/12ms", and ` results="..."` with those of all policies that have one,
 * or nothing. */
void append_policy_found(struct buf *b, const struct policy_call *c);
void append_results(struct buf *b, const struct chain_run *run);

/* message_log.c */
/* Adds the recipient that RCPT named, which v refuses with this reply, to the log line of the
 * message. code 0: the MTA chooses the reply. */
void note_refused_rcpt(struct chain_run *run, enum verdict v, unsigned code, const char *xcode,
		       const char *text);
/* verdict: verdict_name() of what the MTA was sent; NULL: aborted. */
void write_message_log(struct chain_run *run, const char *verdict);

/* count.c */
/* A hit that is not among the findings, which are counted at the end. */
void count_rule_hit(const struct policy_call *c, const struct policy_rule *rule);
/* A question to a service is done. */
void count_question(const struct chain_run *run, const struct question *q);
/* The message has ended: its time, the edits that the MTA is sent, what its policies came to
 * and the rules that hit. is_aborted: there is no verdict. */
void count_message(const struct chain_run *run, bool is_aborted,
		   const struct diff_counts *edits);

/* warnings.c */
void warn_missing_action(struct chain_run *run, uint32_t action);
void warn_missing_macro(struct chain_run *run);

#endif

/* The chain's run over one connection at a time: what chain.c, call.c and line.c share.
 * Layer 4. */
#ifndef CHAIN_RUN_H
#define CHAIN_RUN_H

#include <stdatomic.h>

#include "chain/chain.h"

/* A refusal, or an end, that is not told yet. */
struct pending_verdict {
	bool set;
	enum verdict verdict;
	enum stage stage; /* at which it was found */
	unsigned code;	  /* 0: the MTA's own text */
	const char *xcode, *text;
};

enum call_state {
	CALL_UNDECIDED, /* its condition is not known yet */
	CALL_APPLIES,	/* it holds */
	CALL_DONE,	/* it does not, or its work is done */
};

/* What a listener was warned of, and when (CLOCK_MONOTONIC, seconds), in any worker. */
struct chain_warnings {
	_Atomic int64_t missing_action; /* 0: never */
	atomic_bool missing_macro;
};

enum suspend_state { SUSPEND_NONE, SUSPEND_WAITING, SUSPEND_ANSWERED };

struct policy_call { /* one policy at work on one message */
	struct chain_run *run;
	const struct policy_inst *inst;
	unsigned position; /* 1 for the first policy of the chain */
	bool watches;	   /* monitor: nothing is done */

	enum call_state state;
	bool fresh;	 /* judged at this RCPT: open again when the recipient is refused */
	uint32_t served; /* STAGE_BIT()s of the envelope callbacks that were called */
	void *data;	 /* msg_size bytes, at first use */
	size_t mark;	 /* of the model, before the callback at work */
	struct pending_verdict held;

	/* the callback at work */
	struct pending_verdict reply;
	const char *error;

	/* for the line */
	bool ran, changed;
	unsigned refused; /* recipients */
	enum verdict would, said;
	const char *skipped;

	enum suspend_state wait;
	enum verdict answer;
	void (*cancel)(void *arg);
	void *cancel_arg;
};

/* What a condition came to: good at this stage, while nothing that it reads is changed. */
struct judged {
	const struct condition *cond;
	enum stage stage;
	struct message_changes at;
	enum tri result;
};

#define JUDGED_MAX 8u /* more are judged anew */

struct chain_run {
	const struct chain *chain;
	const struct chain_host *host;
	void *host_ctx;
	struct session *session;
	char session_id[24], queue_id[64];

	unsigned message_no;
	enum stage stage;
	size_t next; /* the first policy whose message() is not done */
	bool aside;  /* non-SMTP mail: every refusal waits for eom */
	struct pending_verdict final;
	const char *final_by;
	bool told;
	struct regex_budget budget;
	uint64_t size_limit;
	struct judged judged[JUDGED_MAX];
	size_t n_judged;
	struct buf notes, line;
	enum verdict verdict; /* of an event that was suspended */
	struct policy_call calls[];
};

/* line.c: the message's log line. said: what the MTA was told, NULL: aborted. */
void chain_line_write(struct chain_run *run, const char *said);
bool chain_acted(const struct chain_run *run);
/* A warning about the listener; texts are ours. */
void chain_warn(struct chain_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* call.c */
void call_begin(struct policy_call *c);
/* The condition put to the message; pending: PART_ bits that may still change. An enum tri, or
 * a negative number after policy_fail(). */
int call_evaluate_condition(struct policy_call *c, uint32_t pending);

#endif

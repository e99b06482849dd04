/* What a chain's run has found and done in a message: for its log line, the history, and
 * polymilterctl test. Input: reports of the policies; output: a list in the order in which it
 * happened.
 *
 * A finding is one rule that hit, one change of the message, or one refused recipient. Example,
 * with the chain { "caps", "words", "moved" } and a recipient that "caps" refuses:
 *
 *	position stage   kind             name             before            after
 *	1        ENVRCPT REFUSE_RCPT      c@example.com                      452 4.5.3 Too many
 *	2        EOH     RULE             tag              words:12          lottery
 *	2        EOH     CHANGE_HEADER    Subject          Win the lottery   [?] Win the lottery
 *	3        DATA    DELETE_RCPT                       b@old.example
 *	3        DATA    ADD_RCPT                                            b@new.example
 *
 * Findings are the message's: valid until its end. Strings may have any bytes, as the client
 * sent them; header values are folded with LF. */
#ifndef CHAIN_REPORT_H
#define CHAIN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/proto.h"
#include "policy/result.h"

struct arena;
struct buf;
struct chain_run;
struct hit_place;
struct policy_call;
struct policy_inst;
struct policy_rule;

enum finding_kind {
	FINDING_RULE,	    /* name: its title; before: "TABLE:LINE", or NULL; after: what
			       matched, or NULL */
	FINDING_ADD_HEADER, /* name, after */
	FINDING_CHANGE_HEADER,
	FINDING_DELETE_HEADER, /* name, before */
	FINDING_SENDER,	       /* before, after: mailboxes */
	FINDING_ADD_RCPT,    /* after; before: the recipient that it is a result of, or NULL */
	FINDING_DELETE_RCPT, /* before */
	FINDING_BODY,	     /* none */
	FINDING_QUARANTINE,  /* after: the reason */
	FINDING_REFUSE_RCPT, /* name: the recipient; after: the reply */
	FINDING_VERDICT, /* only of a rule with mode monitor; after: "reject 550 5.7.1 Text" */
};

struct finding {
	struct finding *next;
	unsigned position; /* of the policy in the chain, from 1 */
	enum stage stage;
	enum finding_kind kind;
	const struct policy_rule *rule; /* of RULE */
	bool undone; /* its policy failed, or one before accepted the message */
	const struct policy_rule *monitored; /* the rule with mode monitor that found or would
						have done it; NULL: none */
	const char *name, *before, *after;
	const struct hit_place *place; /* of RULE, in a trace: where it hit; or NULL */
};

static inline bool
finding_is_of_header(enum finding_kind kind)
{
	return kind == FINDING_ADD_HEADER || kind == FINDING_CHANGE_HEADER ||
	       kind == FINDING_DELETE_HEADER;
}

#define FINDINGS_MAX 256u /* of a message; later ones are only counted */

struct findings { /* {0}: none */
	struct finding *first, *last;
	size_t n, n_left_out;
};

/* What one policy came to. */
struct policy_report {
	const struct policy_inst *inst;
	const char *result; /* "pass", "changed", "reject", "skipped", "error", ...; "": it was
			       not called */
	const char *skip_reason; /* of "skipped" */
	const char *error;	 /* of "error" */
	bool monitors;		 /* the result is what it would have been */
	/* The result is more than pass or skipped, or a rule with mode monitor would have
	 * acted.
	 */
	bool acted;
	unsigned refused_rcpts;
	uint64_t ns; /* in its callbacks and conditions */
	/* result NULL: it has said nothing, and has not failed, or its kind has no results. The
	 * strings are the message's. */
	struct policy_found found;
};

/* Appends a finding of the policy at work. The strings are not copied: they are the message's
 * or the configuration's; NULL where the kind has none. NULL: there are FINDINGS_MAX. */
struct finding *add_finding(struct policy_call *c, enum finding_kind kind, const char *name,
			    const char *before, const char *after);
/* What the policies at positions first to last have changed was undone: all of it, or what
 * stands behind `since` in the list (NULL: its begin). */
void undo_findings(struct chain_run *run, unsigned first, unsigned last,
		   const struct finding *since);
/* Appends the findings to a log line: ` rule="words/tag" table="words:12"` of each rule, then
 * ` changed="words: Subject, +X-Tag"` of each policy, or, when it only monitors,
 * ` would="words: Subject: Win -> [?] Win, reject 550 5.7.1 No"`; and the same of each rule
 * with mode monitor, ` would="words/tag: ..."`. A few bytes more than max at most. */
void append_findings(struct buf *b, const struct chain_run *run, size_t max);
/* "550 5.7.1 Text", in the message's memory. */
const char *format_reply(struct arena *arena, unsigned code, const char *xcode,
			 const char *text);

/* Of the run's message, as long as it is open: for host->message_done() at the latest. */
const struct finding *chain_run_findings(const struct chain_run *run);
/* Of the policy at index i of the chain. */
struct policy_report chain_run_policy_report(const struct chain_run *run, size_t i);

#endif

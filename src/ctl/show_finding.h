/* Findings (chain/report.h) for readers, in one form for all commands: as lines of text, as a
 * word or two, as JSON. */
#ifndef CTL_SHOW_FINDING_H
#define CTL_SHOW_FINDING_H

#include <stdbool.h>

#include "chain/report.h"

struct buf;
struct history_finding;
struct json_t;

/* A finding of a message, or of the history. */
struct shown_finding {
	enum finding_kind kind;
	enum stage stage;
	bool undone;
	bool monitored;			   /* a rule with mode monitor would have done it */
	bool hidden;			   /* before and after are not in the history */
	const char *name, *before, *after; /* see enum finding_kind */
	const struct hit_place *place;	   /* or NULL */
};

struct shown_finding shown_finding(const struct finding *f);
struct shown_finding shown_finding_of_history(const struct history_finding *f);

/* "add header", "rule": the word for it in all outputs. */
const char *finding_word(enum finding_kind kind);

/* Appends it as a line, or as two where it is too long; each begins with `indent` blanks.
 * Values of header fields are decoded, and all texts cut. Examples:
 *
 *	rule "tag" hits: found "lottery" in Subject, table words:12
 *	Subject: Win the lottery -> [?] Win the lottery
 *	+ X-Tag: yes
 *	would: - recipient <bob@old.example> */
void show_finding(const struct shown_finding *f, int indent, struct buf *out);

/* Appends a change as the log line has it: `Subject`, `+X-Tag`, `-rcpt bob@old.example`,
 * `body`. Nothing for what is no change. */
void show_finding_briefly(const struct finding *f, struct buf *out);

/* Appends where a rule hit: "in Subject", "by all Subject fields", "in part 1.2,
 * application/zip", "message 300 of 200". found: what the rule found there, or NULL. */
void show_place(const struct hit_place *place, const char *found, struct buf *out);

/* What a policy found (policy/result.h): appends "    result infected(Win.Test)/12ms" as a
 * line, or puts it into a JSON object of the policy as the member "found". Nothing when its
 * result is NULL. */
void show_found(const struct policy_found *found, int indent, struct buf *out);
void show_found_json(struct json_t *policy, const struct policy_found *found);

/* Puts it into an empty JSON object (ctl/json.h); polymilterctl(8) has its members. */
void show_finding_json(struct json_t *object, const struct shown_finding *f);

#endif

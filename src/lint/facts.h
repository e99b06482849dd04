/* What must be true of a mail for a set of conditions to hold: a list of facts, each one line
 * of a condition. Two questions are answered about them: can all be true together, and is a
 * condition always true when they are? Both answers are on the safe side: "no" when unsure, so
 * that no lint warns of what is right.
 *
 * An example. A policy with when = {"in"} and unless = {"mx"}:
 *
 *	condition "in" { authenticated = no  client = {"192.0.2.7"} }
 *	condition "mx" { client = {"192.0.2.0/24"} }
 *
 * The facts of "in" are authenticated = no and the client; they imply the one line of "mx", so
 * that the policy never runs.
 *
 * Lines about recipients are put to one recipient at a time. Two conditions about them can both
 * hold, for two recipients, so that only lines of one section are compared. */
#ifndef LINT_FACTS_H
#define LINT_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "option/section.h"

struct lint_run;

struct fact {
	const struct fact_row *row;    /* which option, and how its values compare */
	bool negated;		       /* not_X */
	const struct section *section; /* in which it is written */
};

struct facts {
	struct fact *list;
	size_t n, cap;
	/* Conditions that do not hold: those of unless and none. */
	const struct section **excluded;
	size_t n_excluded, cap_excluded;
	size_t n_named; /* conditions that were added because others name them */
	/* Something else must be true as well that is no fact here: a list `any`, for example.
	 */
	bool is_partial;
};

/* Adds what holds when the condition, or another section with such lines, holds. */
void facts_add_lines(struct lint_run *run, struct facts *f, const struct section *s);
/* Adds that the condition does not hold. */
void facts_add_excluded(struct lint_run *run, struct facts *f, const struct section *condition);
/* Only those facts that no policy can change: about the client, its login, its encryption, the
 * listener. */
void facts_add_lasting(struct lint_run *run, struct facts *f, const struct facts *from);

/* A sentence on why the facts cannot be true together, "authenticated (line 3) and auth_user
 * (line 4) exclude each other"; NULL: they can. about: the section that is reported; two
 * facts of another section do not count, since that one is reported itself. */
const char *facts_contradiction(struct lint_run *run, const struct facts *f,
				const struct section *about);
/* Is all of `other` true whenever the facts are? */
bool facts_imply(const struct facts *f, const struct facts *other);

/* The option of the fact in its written form. */
const char *fact_option(struct lint_run *run, const struct fact *f);

/* In fact_compare.c. Can both not be true together? */
bool fact_excludes(const struct fact *a, const struct fact *b);
/* Is b true whenever a is? */
bool fact_implies(const struct fact *a, const struct fact *b);

enum fact_type {
	FACT_BOOL,
	FACT_NAME,    /* compared exactly */
	FACT_ADDRESS, /* without case */
	FACT_DOMAIN,
	FACT_NETWORK,
	FACT_PATTERN,
	FACT_HOURS, /* of one time zone */
	FACT_OVER,  /* sizes */
	FACT_UNDER,
	FACT_SECTION, /* header, macro, policy: the facts about one of them have the same title
		       */
};

struct fact_row {
	const char *option, *negated_option; /* NULL: there is no negated form */
	enum fact_type type;
	bool lasting;	/* no policy changes it */
	bool recipient; /* put to one recipient, or one mailbox of From, at a time */
};

#endif

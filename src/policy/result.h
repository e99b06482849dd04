/* Results: what a policy has found in a message, as one word, whatever verdict it makes of it.
 * Conditions of policies behind it and %{result:TITLE} use it, also when the policy only
 * monitors. This is a part of policy.h.
 *
 * A kind of policies that has results declares them in its struct policy_ops. Example, a
 * virus scanner:
 *
 *	static const char *const scan_words[] = {"clean", "infected", NULL};
 *	static const struct policy_results scan_results = {.words = scan_words};
 *
 *	policy_set_result(c, "infected", "Win.Test");	results="av:infected(Win.Test)" in the
 * log return VERDICT_CONTINUE;
 *
 * Three results need no declaration:
 *
 *	skipped   the policy was not called (when, unless, mode = "off"), or has set no result
 *	too-big   the message is larger than the policy looks at; it sets this itself
 *	error     it has failed (VERDICT_ERROR): then what it set before does not count */
#ifndef POLICY_RESULT_H
#define POLICY_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct policy_call;

#define RESULT_SKIPPED "skipped"
#define RESULT_TOO_BIG "too-big"
#define RESULT_ERROR   "error"

#define RESULT_DETAIL_MAX_BYTES 128u
#define RESULT_SYMBOLS_MAX	256u /* of a message; later ones are left out */

struct policy_results {		  /* of a kind of policies */
	const char *const *words; /* beside the three above; NULL ends them */
	bool open;		  /* others may come, which the server invents */
	bool scored;		  /* it finds a score, and symbols, too */
};

/* Of a kind, by number: the three above, its words, and for an open kind one for all others,
 * which is called "other". */
size_t policy_results_count(const struct policy_results *r);
const char *policy_results_word(const struct policy_results *r, size_t i);
/* The number of a result; SIZE_MAX: the kind does not have it. */
size_t policy_results_find(const struct policy_results *r, const char *word);
/* The word that was probably meant; NULL: none is near. */
const char *policy_results_suggest(const struct policy_results *r, const char *written,
				   struct arena *arena);

struct policy_found {	    /* in one message */
	const char *result; /* NULL: nothing */
	const char *detail; /* of the result: a virus's name, the reason of an error; or NULL */
	bool has_score;
	int64_t score; /* hundredths of a point */
	const char *const *symbols;
	size_t n_symbols;
	/* How the server was asked: policy_note_asked(). */
	bool was_asked;
	uint64_t ms; /* in line, and all tries */
	unsigned tries;
	unsigned server; /* that was asked last, from 1 */
};

/* Appends "7.0", "-0.15", "12.5": at least one decimal place. */
void policy_append_score(struct buf *b, int64_t hundredths);
/* Reads "5", "-0.25", "+7.5": 0 with *ret in hundredths; or -EINVAL, also when there are more
 * than two decimal places or 9 digits before them. */
int policy_parse_score(const char *text, int64_t *ret);

/* Appends it as the log has it: "infected(Win.Test)/12ms"; without a detail the score stands in
 * its place, "spam(7.5)". */
void policy_append_found(struct buf *b, const struct policy_found *found);

/* In a callback, or where the policy takes an answer. */

/* What the policy found. A call replaces what the one before set. result: one of its kind's
 * words, or too-big or skipped; in the name of an open kind's result, bytes other than letters
 * and digits become '-', and letters small ones. detail: printable ASCII is kept, of at most
 * RESULT_DETAIL_MAX_BYTES; or NULL. Both are copied. */
void policy_set_result(struct policy_call *c, const char *result, const char *detail);
/* Only of a kind that is scored. */
void policy_set_score(struct policy_call *c, int64_t hundredths);
void policy_add_symbol(struct policy_call *c, const char *name); /* which is copied */
/* For the log line: how a server was asked, all tries together; nothing for a kind without
 * results. server: that was asked last,
 * from 1. reason: of an error, a word such as "timeout", constant; NULL: there was an answer.
 * Example: 60001, 2, 1, "timeout" is logged as junk:error(timeout)/60001ms/tries=2/server=1 */
void policy_note_asked(struct policy_call *c, uint64_t ms, unsigned tries, unsigned server,
		       const char *reason);

#endif

/* The section policy "TITLE" { } of a condition: what an earlier policy has found in the
 * message. Private to the files of conditions.
 *
 *	policy "junk" { result = {"add-header", "reject"}  min_score = "5" }
 *
 * holds for the result "reject" with 7.5 points, not with 3, and not without a score. A policy
 * that found nothing has the result "skipped", no score and no symbols: then result, symbol,
 * min_score and max_score do not hold (unless result has "skipped"), not_result and not_symbol
 * do. */
#ifndef POLICY_CONDITION_FOUND_H
#define POLICY_CONDITION_FOUND_H

#include "policy/condition_line.h"
#include "policy/result.h"

struct condition_found {
	const char *title; /* of the policy */
	/* Texts; n 0: the line is not written. */
	struct condition_values result, not_result, symbol, not_symbol;
	bool has_min, has_max;
	int64_t min, max; /* hundredths, inclusive */
};

extern const struct option condition_found_options[];

/* NULL after section_error(). The scope's arena owns it. */
const struct condition_found *condition_found_read(const struct section *s,
						   const struct condition_scope *scope);
/* The line of a condition; like the others. */
int condition_found_evaluate(const struct condition_found *f, const struct condition_view *v);
/* Appends `policy "junk" { result = { "reject" } }`. */
void condition_found_text(struct buf *b, struct arena *arena, const struct condition_found *f);

/* For a list whose conditions exclude mail when they hold (unless, none): warns of each that
 * does not hold when its policy has failed, or was skipped, so that an outage would select all
 * mail; unless another condition of the list holds then. */
void condition_warn_of_outage(const struct section *s, const char *option,
			      const struct condition *const *list, size_t n);

#endif

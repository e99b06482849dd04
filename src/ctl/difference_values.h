/* The values of differences as text for people, bounded in length; private to the files of
 * differences. All memory is the arena's, or static. */
#ifndef CTL_DIFFERENCE_VALUES_H
#define CTL_DIFFERENCE_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/differences.h"
#include "ctl/mail_after.h"

struct buf;

/* Fields that are told one by one; their names are compared with one another. */
#define DIFFERENCE_FIELDS_MAX 200u

/* The header fields between those with which both headers begin, and those with which both
 * end. */
struct field_range {
	const struct mta_header *old, *new;
	size_t n_old, n_new;
};

/* Takes a list without its last separator. */
const char *difference_end_value(struct buf *b, const char *separator, struct arena *arena);

struct field_range difference_trim_fields(const struct mta_header *old,
					  const struct mta_header *new);
/* Whether the fields of this name have the same values in both. */
bool difference_fields_equal(const struct field_range *r, const char *name);
/* The decoded values of the fields of this name, a line each. */
const char *difference_field(struct arena *arena, const struct mta_header *fields, size_t n,
			     const char *name);
/* "From, To, Subject". */
const char *difference_field_names(struct arena *arena, const struct mta_header *fields,
				   size_t n);

bool difference_rcpts_equal(const char *const *a, const char *const *b);
/* "<a@example.org>, <b@example.org>". */
const char *difference_rcpts(struct arena *arena, const char *const *rcpts);
/* A line for each: "<b@example.org>: 550 5.7.1 No". */
const char *difference_refusals(struct arena *arena, const struct mta_message *message,
				const struct mta_refusal *refusals);
/* The first lines that are not in both bodies, of each. */
void difference_body_lines(struct arena *arena, const struct mail_after *old,
			   const struct mail_after *new, const char **ret_old,
			   const char **ret_new);
/* The policies that have made a result, as far as this kind is concerned, with their rules that
 * hit: "words/tag, legal". */
const char *difference_causes(struct arena *arena, const struct offline_result *r,
			      enum difference_kind kind, const char *name);

#endif

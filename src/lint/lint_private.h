/* What the lints share. Private to src/lint. */
#ifndef LINT_LINT_PRIVATE_H
#define LINT_LINT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "option/section.h"

struct arena;
struct chain;
struct config;
struct policy_inst;

struct lint_run {
	const struct config *cfg;
	const char *name;    /* of the lint that runs */
	struct arena *arena; /* ends with the run */
};

/* In the order of the table in lint.c; each reports what it finds with lint_warn(). */
void lint_never_holds(struct lint_run *run);
void lint_never_runs(struct lint_run *run);
void lint_behind_end(struct lint_run *run);
void lint_catch_all(struct lint_run *run);
void lint_hidden(struct lint_run *run);
void lint_match_steps(struct lint_run *run);
void lint_forged_from(struct lint_run *run);
void lint_open_pattern(struct lint_run *run);
void lint_forged_results(struct lint_run *run);
void lint_reply_class(struct lint_run *run);
void lint_size_before_footer(struct lint_run *run);
void lint_behind_signer(struct lint_run *run);
void lint_too_big_passes(struct lint_run *run);
void lint_body_limit(struct lint_run *run);
void lint_readable_secret(struct lint_run *run);

/* section_warning_item() with the lint's name behind the text. option NULL: about the section;
 * item SIZE_MAX: about the option as a whole. */
void lint_warn(struct lint_run *run, const struct section *s, const char *option, size_t item,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Does the section's table have the option, and is it written? */
bool lint_has(const struct section *s, const char *option);
/* The texts of a list, or the one text of another option; none when it is not written. */
size_t lint_values(const struct section *s, const char *option, const char *const **ret);
/* The value of an option that is a text or a word, or its default; NULL: there is neither, or
 * no such option. */
const char *lint_text(const struct section *s, const char *option);
/* Is the text of that option, its default included, this one? */
bool lint_is(const struct section *s, const char *option, const char *text);
/* Has it no when, no unless, and mode enforce? */
bool lint_is_unconditional(const struct section *s);

/* The sections of a kind at the top level. */
size_t lint_top_sections(const struct lint_run *run, const char *kind,
			 const struct section *const **ret);
/* The sections of a kind inside another one; none when that has no such kind. */
size_t lint_inner_sections(const struct section *s, const char *kind,
			   const struct section *const **ret);
/* The section of kind with this title at the top level; NULL: none. */
const struct section *lint_find_section(const struct lint_run *run, const char *kind,
					const char *title);
const struct section *lint_policy_section(const struct lint_run *run,
					  const struct policy_inst *inst);
bool lint_is_policy(const struct section *s);

/* Calls visit for each section of the file, outer ones first. */
void lint_each_section(struct lint_run *run,
		       void (*visit)(struct lint_run *run, const struct section *s));

/* Does the pattern match every address, or every text? It is tried with a few of each. */
bool lint_matches_every_address(const char *pattern);
bool lint_matches_every_text(const char *pattern);

#endif

/* Conditions about what earlier policies have found: see condition_found.h. Input: the section
 * policy "TITLE" { } of a condition; then, for each message, what the chain says of that
 * policy. Output: a line of the condition. */
#include "policy/condition_found.h"

#include <errno.h>
#include <string.h>

#include "policy/condition_line.h"
#include "util/arena.h"
#include "util/buf.h"

const struct option condition_found_options[] = {
	{.name = "result",
	 .type = OPTION_LIST,
	 .help = "the policy's result is one of these",
	 .also = "results is value verdict action status"},
	{.name = "not_result",
	 .type = OPTION_LIST,
	 .help = "the policy's result is none of these",
	 .also = "not_results is_not"},
	{.name = "symbol",
	 .type = OPTION_LIST,
	 .help = "the policy found one of these symbols",
	 .also = "symbols test tests rule rules"},
	{.name = "not_symbol",
	 .type = OPTION_LIST,
	 .help = "the policy found none of these symbols",
	 .also = "not_symbols not_test not_rule"},
	{.name = "min_score",
	 .type = OPTION_STRING,
	 .help = "the score is at least this",
	 .also = "score score_over at_least min"},
	{.name = "max_score",
	 .type = OPTION_STRING,
	 .help = "the score is at most this",
	 .also = "score_under at_most max"},
	{.name = NULL},
};

/* Reading. */

/* check: is the text a result of that kind? NULL: any text is right. */
static int
read_found_list(const struct section *s, const char *option, struct arena *arena,
		const struct policy_results *check, struct condition_values *ret)
{
	const char *const *texts = NULL;
	size_t n = section_list(s, option, &texts);
	struct condition_value *values = arena_alloc(arena, (n + 1) * sizeof(*values));
	int r = 0;

	if (!section_has(s, option))
		return 0;
	if (n == 0)
		return section_error(s, option, "%s: an empty list matches nothing", option);
	for (size_t i = 0; i < n; i++) {
		const char *near;

		values[i] = (struct condition_value){.type = VALUE_TEXT, .text = texts[i]};
		if (check == NULL || policy_results_find(check, texts[i]) != SIZE_MAX)
			continue;
		near = policy_results_suggest(check, texts[i], arena);
		r = section_error_item(s, option, i, "%s: policy '%s' has no result '%s'%s%s%s",
				       option, section_title(s), texts[i],
				       near != NULL ? "; did you mean '" : "",
				       near != NULL ? near : "", near != NULL ? "'?" : "");
	}
	*ret = (struct condition_values){values, n};
	return r;
}

static int
read_score_option(const struct section *s, const char *option, bool *has, int64_t *ret)
{
	*has = section_has(s, option);
	if (!*has || policy_parse_score(section_string(s, option), ret) == 0)
		return 0;
	return section_error(s, option,
			     "%s: '%s' is not a score: a number with at most two decimal "
			     "places, such as \"5\" or \"-0.25\"",
			     option, section_string(s, option));
}

static int
check_scored(const struct section *s, const struct policy_results *results)
{
	static const char *const options[] = {"symbol", "not_symbol", "min_score", "max_score"};
	int r = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !results->scored; i++)
		if (section_has(s, options[i]))
			r = section_error(s, options[i],
					  "%s: policy '%s' finds no score and no symbols",
					  options[i], section_title(s));
	return r;
}

static bool
has_text(const struct condition_values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->value[i].text, text) == 0)
			return true;
	return false;
}

/* Is each value of a in b? */
static bool
are_all_among(const struct condition_values *a, const struct condition_values *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!has_text(b, a->value[i].text))
			return false;
	return a->n > 0;
}

static int
check_found_lines(const struct section *s, const struct condition_found *f)
{
	if (f->result.n + f->not_result.n + f->symbol.n + f->not_symbol.n == 0 && !f->has_min &&
	    !f->has_max)
		return section_error(s, NULL,
				     "policy \"%s\" has no lines; did you mean 'result = { ... "
				     "}'?",
				     f->title);
	if (f->has_min && f->has_max && f->min > f->max)
		return section_error(s, "min_score",
				     "this never holds: min_score is larger than max_score");
	if (are_all_among(&f->result, &f->not_result))
		return section_error(s, "not_result",
				     "this never holds: not_result has all of result");
	if (are_all_among(&f->symbol, &f->not_symbol))
		return section_error(s, "not_symbol",
				     "this never holds: not_symbol has all of symbol");
	return 0;
}

const struct condition_found *
condition_found_read(const struct section *s, const struct condition_scope *scope)
{
	struct condition_found *f = arena_zalloc(scope->arena, sizeof(*f));
	const struct policy_results *results =
		scope->results(scope->ctx, s, NULL, section_title(s));
	int r = 0;

	if (results == NULL)
		return NULL;
	f->title = section_title(s);
	r |= read_found_list(s, "result", scope->arena, results, &f->result);
	r |= read_found_list(s, "not_result", scope->arena, results, &f->not_result);
	r |= read_found_list(s, "symbol", scope->arena, NULL, &f->symbol);
	r |= read_found_list(s, "not_symbol", scope->arena, NULL, &f->not_symbol);
	r |= read_score_option(s, "min_score", &f->has_min, &f->min);
	r |= read_score_option(s, "max_score", &f->has_max, &f->max);
	r |= check_scored(s, results);
	if (r == 0)
		r = check_found_lines(s, f);
	return r == 0 ? f : NULL;
}

/* Evaluation. */

/* The value that is among the symbols; or NULL. */
static const struct condition_value *
find_symbol(const struct condition_values *values, const struct policy_found *found)
{
	for (size_t i = 0; i < values->n; i++)
		for (size_t k = 0; k < found->n_symbols; k++)
			if (strcmp(values->value[i].text, found->symbols[k]) == 0)
				return &values->value[i];
	return NULL;
}

static bool
score_fits(const struct condition_found *f, const struct policy_found *found)
{
	if (!f->has_min && !f->has_max)
		return true;
	return found->has_score && (!f->has_min || found->score >= f->min) &&
	       (!f->has_max || found->score <= f->max);
}

static bool
found_fits(const struct condition_found *f, const struct policy_found *found)
{
	if (f->result.n > 0 && !has_text(&f->result, found->result))
		return false;
	if (has_text(&f->not_result, found->result))
		return false;
	if (f->symbol.n > 0 && find_symbol(&f->symbol, found) == NULL)
		return false;
	return find_symbol(&f->not_symbol, found) == NULL && score_fits(f, found);
}

/* For the trace: the result, and the symbol that decided. */
static void
note_found(const struct condition_found *f, const struct condition_view *v,
	   const struct policy_found *found)
{
	const struct condition_value *symbol;
	struct policy_found shown = *found;
	struct buf text = {0};

	if (v->step == NULL)
		return;
	shown.was_asked = false;
	policy_append_found(&text, &shown);
	v->step->subject = buf_move_to_arena(&text, v->match.arena);
	symbol = find_symbol(&f->symbol, found);
	if (symbol == NULL)
		symbol = find_symbol(&f->not_symbol, found);
	if (symbol != NULL)
		v->step->value = condition_value_text(v->match.arena, symbol);
}

int
condition_found_evaluate(const struct condition_found *f, const struct condition_view *v)
{
	struct policy_found found = {.result = RESULT_SKIPPED};

	if (v->found != NULL && !v->found(v->ctx, f->title, &found))
		return TRI_UNKNOWN;
	note_found(f, v, &found);
	return found_fits(f, &found) ? TRI_YES : TRI_NO;
}

/* As text. */

static void
append_found_list(struct buf *b, struct arena *arena, const char *name,
		  const struct condition_values *values)
{
	if (values->n == 0)
		return;
	buf_putc(b, ' ');
	condition_append_list(b, arena, name, values);
}

static void
append_score_line(struct buf *b, const char *name, bool has, int64_t score)
{
	if (!has)
		return;
	buf_printf(b, " %s = \"", name);
	policy_append_score(b, score);
	buf_putc(b, '"');
}

void
condition_found_text(struct buf *b, struct arena *arena, const struct condition_found *f)
{
	buf_printf(b, "policy \"%s\" {", f->title);
	append_found_list(b, arena, "result", &f->result);
	append_found_list(b, arena, "not_result", &f->not_result);
	append_found_list(b, arena, "symbol", &f->symbol);
	append_found_list(b, arena, "not_symbol", &f->not_symbol);
	append_score_line(b, "min_score", f->has_min, f->min);
	append_score_line(b, "max_score", f->has_max, f->max);
	buf_puts(b, " }");
}

/* Outages. */

/* Does the condition consist of one line, about this policy, that holds for the result? */
static bool
holds_for_result(const struct condition *c, const char *title, const char *result)
{
	const struct policy_found found = {.result = result};
	const struct condition_line *l = c->lines;

	return c->n_lines == 1 && l->kind == LINE_POLICY &&
	       strcmp(l->found->title, title) == 0 && found_fits(l->found, &found);
}

static bool
some_holds_for_result(const struct condition *const *list, size_t n, const char *title,
		      const char *result)
{
	for (size_t i = 0; i < n; i++)
		if (holds_for_result(list[i], title, result))
			return true;
	return false;
}

/* The result of an outage at which no condition of the list holds because of this line; NULL:
 * none. */
static const char *
find_outage(const struct condition_found *f, const struct condition *const *list, size_t n)
{
	static const char *const outages[] = {RESULT_ERROR, RESULT_SKIPPED};

	for (size_t i = 0; i < sizeof(outages) / sizeof(outages[0]); i++) {
		const struct policy_found found = {.result = outages[i]};

		if (!found_fits(f, &found) &&
		    !some_holds_for_result(list, n, f->title, outages[i]))
			return outages[i];
	}
	return NULL;
}

void
condition_warn_of_outage(const struct section *s, const char *option,
			 const struct condition *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct condition *c = list[i];

		for (size_t k = 0; k < c->n_lines; k++) {
			const struct condition_found *f = c->lines[k].found;
			const char *outage = f != NULL ? find_outage(f, list, n) : NULL;

			if (outage != NULL)
				section_warning(s, option,
						"%s: '%s' does not hold when the result of "
						"\"%s\" is '%s', so an outage of it selects "
						"all mail; list a condition that has the "
						"results 'error' and 'skipped', too",
						option, c->name, f->title, outage);
		}
	}
}

/* Rules of the policy "content" whose table has the actions (actions = yes), as body_checks of
 * Postfix has them: each paragraph is looked up, in their order, and the first row that fits
 * decides for that paragraph. The walk ends at the first final verdict. A row acts once on a
 * message, however many paragraphs it fits: a text is there as plain text and as HTML.
 *
 *	/^-- $/ DUNNO		that paragraph passes
 *	/cheap pills/ REJECT	the first one with them is refused */
#include "policies/content.h"

struct row_use {
	struct content_search *search;
	const struct content_rule *rule;
	size_t *line; /* of the rows that have acted */
	size_t n, cap;
};

static bool
has_row_acted(const struct row_use *u, size_t line)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->line[i] == line)
			return true;
	return false;
}

static enum verdict
act_on_row(struct row_use *u, const struct content_finding *f)
{
	struct policy_call *c = u->search->call;
	const struct policy_hit hit = {.rule = u->rule->rule,
				       .groups = f->groups.n > 0 ? &f->groups : NULL,
				       .match = f->match};
	struct policy_action a;

	if (has_row_acted(u, f->row->line))
		return VERDICT_CONTINUE;
	u->line = arena_grow(policy_arena(c), u->line, u->n, &u->cap, sizeof(*u->line));
	u->line[u->n++] = f->row->line;
	if (policy_action_from_row(c, &u->rule->rows.rows, u->rule->match.table, f->row,
				   &f->groups, &a) < 0)
		return VERDICT_ERROR;
	content_note_hit(u->search, u->rule, f);
	return policy_run_action(c, &a, &hit);
}

static enum verdict
look_up_paragraphs(struct row_use *u, enum content_where where)
{
	const struct content_rule *rule = u->rule;
	const struct searched_text *t = content_get_text(u->search, where, rule->form);
	enum verdict v = VERDICT_CONTINUE;
	struct pattern_choice rows;
	struct text_paragraph p;
	size_t at = 0, begin = 0;

	if (t == NULL || !content_choose_patterns(u->search, &rule->match, where, &rows))
		return VERDICT_ERROR;
	for (; rows.n > 0 && v == VERDICT_CONTINUE && message_text_next(t->text, &at, &p);
	     begin = at) {
		struct content_finding f = {.where = where, .at = begin, .text = t->text};
		int r = content_match_paragraph(u->search, &rows, &p, &f);

		if (r < 0)
			return VERDICT_ERROR;
		if (r > 0)
			v = act_on_row(u, &f);
	}
	return v;
}

enum verdict
content_apply_rows(struct content_search *s, const struct content_rule *rule)
{
	struct row_use u = {.search = s, .rule = rule};
	enum verdict v = VERDICT_CONTINUE;

	for (enum content_where w = 0; w < CONTENT_WHERES && v == VERDICT_CONTINUE; w++)
		if ((rule->where & 1u << w) != 0)
			v = look_up_paragraphs(&u, w);
	return v;
}

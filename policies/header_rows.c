/* Rules of the policy "header" whose table has the actions (actions = yes), as header_checks(5)
 * of Postfix has them: each header is looked up, in their order, and the first row that fits
 * decides for that header. The walk ends at the first final verdict.
 *
 * An example, with match_on = "line" and the headers Subject, X-Spam-Level, To:
 *
 *	/^Subject:/ DUNNO	the Subject passes
 *	/^X-Spam-/ IGNORE	X-Spam-Level is removed
 *	/./ REJECT		To is refused
 *
 * Fields that rows insert are written when the walk is over: no row sees them. */
#include "policies/header.h"

#include <string.h>

#include "content/field.h"
#include "util/str.h"

/* A field that is to be written behind the walk. */
struct late_field {
	struct policy_action action;
	struct policy_hit hit;
};

struct row_walk {
	struct rule_context *ctx;
	struct late_field *late;
	size_t n_late, cap_late;
};

static void
write_later(struct row_walk *w, const struct policy_action *a, const struct policy_hit *hit)
{
	w->late = arena_grow(policy_arena(w->ctx->call), w->late, w->n_late, &w->cap_late,
			     sizeof(*w->late));
	w->late[w->n_late++] = (struct late_field){*a, *hit};
}

/* The new value. Of a header that is matched as it was sent the text may have encoded words,
 * which stay as they are. */
static const char *
make_row_value(struct rule_context *ctx, const struct policy_action *a,
	       const struct policy_hit *hit)
{
	struct buf *text = &ctx->text, *out = &ctx->out;

	buf_reset(text);
	buf_reset(out);
	policy_action_expand_value(ctx->call, a, hit, text);
	if (!ctx->rule->selector.subject.decode && str_is_ascii(buf_string(text), text->len))
		field_fold_line(strlen(a->header) + 2, buf_string(text), text->len, out);
	else
		field_encode(a->header, buf_string(text), text->len, out);
	return buf_string(out);
}

/* REPLACE gives the whole field. Another name is another field. */
static void
replace_field(struct row_walk *w, struct header *h, const struct policy_action *a,
	      const struct policy_hit *hit)
{
	struct policy_action added = *a;

	if (str_case_equal(h->name, a->header)) {
		policy_change_header(w->ctx->call, h, make_row_value(w->ctx, a, hit));
		return;
	}
	policy_delete_header(w->ctx->call, h);
	added.action = RULE_ADD;
	write_later(w, &added, hit);
}

static enum verdict
run_row(struct row_walk *w, struct header *h)
{
	struct rule_context *ctx = w->ctx;
	const struct policy_hit hit = header_make_hit(ctx);
	struct policy_action a;

	if (policy_action_from_row(ctx->call, &ctx->rule->table.rows, ctx->rule->selector.table,
				   &ctx->sel.hit, &ctx->sel.groups, &a) < 0)
		return VERDICT_ERROR;
	if (a.action == RULE_INSERT)
		write_later(w, &a, &hit);
	else if (a.action == RULE_REPLACE)
		replace_field(w, h, &a, &hit);
	else if (a.action == RULE_REMOVE)
		policy_delete_header(ctx->call, h);
	else
		return policy_run_action(ctx->call, &a, &hit);
	return VERDICT_CONTINUE;
}

static enum verdict
walk_headers(struct row_walk *w)
{
	struct rule_context *ctx = w->ctx;
	struct header *h = NULL;
	enum verdict v = VERDICT_CONTINUE;
	int r;

	while ((r = selection_next(&ctx->sel, &h)) > 0) {
		ctx->sel.hit = (struct table_hit){0};
		r = selection_matches(&ctx->sel, h);
		if (r < 0)
			break;
		if (r == 0)
			continue;
		header_note_hit(ctx);
		v = run_row(w, h);
		if (v != VERDICT_CONTINUE)
			return v;
	}
	return r < 0 ? ctx->sel.error : v;
}

enum verdict
header_apply_rows(struct rule_context *ctx)
{
	struct row_walk w = {.ctx = ctx};
	enum verdict v = walk_headers(&w);

	for (size_t i = 0; i < w.n_late && v == VERDICT_CONTINUE; i++)
		(void)policy_run_action(ctx->call, &w.late[i].action, &w.late[i].hit);
	return v;
}

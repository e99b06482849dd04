/* What rules do: runs the actions that policies share. action_read.c reads their options. */
#include "policy/action.h"

#include <string.h>
#include <syslog.h>

#include "content/field.h"
#include "content/header_text.h"
#include "policy/rcpt_edit.h"
#include "util/mailbox.h"
#include "util/str.h"

/* One action that is done to one message. */
struct act_context {
	struct policy_call *call;
	const struct policy_action *action;
	const struct policy_hit *hit;
};

void
policy_fill_hit_values(struct policy_call *c, const struct policy_hit *hit,
		       struct placeholder_values *values)
{
	policy_fill_values(c, values);
	values->value[PLACEHOLDER_RULE] = hit->rule->title;
	values->value[PLACEHOLDER_MATCH] = hit->match;
	if (hit->recipient != NULL)
		values->value[PLACEHOLDER_RECIPIENT] = hit->recipient;
}

static void
expand_value(const struct act_context *x, struct buf *out)
{
	const struct policy_action *a = x->action;
	struct placeholder_values values = {.ctx = NULL};
	struct buf scratch = {0};

	if (policy_action_uses(a) != 0)
		policy_fill_hit_values(x->call, x->hit, &values);
	if (a->row_value != NULL)
		template_expand(a->row_value, &values, false, out);
	else
		value_template_expand(&a->value, &values, x->hit->groups, &scratch, out);
	buf_free(&scratch);
}

void
policy_action_expand_value(struct policy_call *c, const struct policy_action *a,
			   const struct policy_hit *hit, struct buf *out)
{
	const struct act_context x = {c, a, hit};

	expand_value(&x, out);
}

/* The new value, encoded as one of the action's header. The message's. */
static const char *
encode_value(const struct act_context *x)
{
	struct buf text = {0}, out = {0};

	expand_value(x, &text);
	field_encode(x->action->header, buf_string(&text), text.len, &out);
	buf_free(&text);
	return buf_move_to_arena(&out, policy_arena(x->call));
}

enum verdict
policy_action_refuse(struct policy_call *c, const struct policy_action *a,
		     const struct policy_hit *hit)
{
	struct placeholder_values values = {.ctx = NULL};

	policy_fill_hit_values(c, hit, &values);
	return policy_refuse(c, &a->reply, &values);
}

static enum verdict
refuse_message(const struct act_context *x)
{
	return policy_action_refuse(x->call, x->action, x->hit);
}

static void
log_hit(const struct act_context *x)
{
	const char *text = x->action->text;

	policy_log(x->call, LOG_NOTICE, *text != '\0' ? "rule %s hits: %s" : "rule %s hits%s",
		   x->hit->rule->title, text);
}

static enum verdict
log_only(const struct act_context *x)
{
	log_hit(x);
	return VERDICT_CONTINUE;
}

static enum verdict
discard_message(const struct act_context *x)
{
	if (*x->action->text != '\0')
		log_hit(x);
	return VERDICT_DISCARD;
}

static enum verdict
accept_message(const struct act_context *x)
{
	(void)x;
	return VERDICT_ACCEPT;
}

static enum verdict
quarantine_message(const struct act_context *x)
{
	const char *text = x->action->text;

	policy_quarantine(x->call, *text != '\0' ? text : x->hit->rule->title);
	return VERDICT_CONTINUE;
}

static enum verdict
redirect_message(const struct act_context *x)
{
	policy_redirect_message(x->call, x->action->to);
	return VERDICT_CONTINUE;
}

static enum verdict
add_header_field(const struct act_context *x)
{
	policy_add_header(x->call, x->action->header, encode_value(x));
	return VERDICT_CONTINUE;
}

static enum verdict
insert_header_field(const struct act_context *x)
{
	policy_insert_header(x->call, x->action->place, x->action->header, encode_value(x));
	return VERDICT_CONTINUE;
}

/* The first instance keeps its place; the others, which may be forged, are deleted. */
static enum verdict
set_header_field(const struct act_context *x)
{
	const char *name = x->action->header, *value = encode_value(x);
	struct message *m = policy_message(x->call);
	uint32_t key = header_key(name);
	struct header *first = message_find_header(m, name, key, NULL), *h = first;

	while (h && (h = message_find_header(m, name, key, h)))
		policy_delete_header(x->call, h);
	if (!first)
		policy_add_header(x->call, name, value);
	else if (strcmp(first->value, value) != 0)
		policy_change_header(x->call, first, value);
	return VERDICT_CONTINUE;
}

static bool
has_text_already(const struct act_context *x, struct header *h, const char *text)
{
	const struct header_text *f = header_text(policy_arena(x->call), h, true);
	struct buf scratch = {0};
	bool found = field_contains(f->decoded.text, text, &scratch);

	buf_free(&scratch);
	return found;
}

/* Notes that there is more than one of the header that is extended. */
static void
note_duplicate(const struct act_context *x, struct header *first)
{
	const char *name = x->action->header;
	char *note;

	if (message_find_header(policy_message(x->call), name, header_key(name), first) == NULL)
		return;
	note = arena_printf(policy_arena(x->call), "duplicate-%s", name);
	str_lower(note);
	policy_note(x->call, "warn", note);
}

static void
write_extended_header(const struct act_context *x, struct header *first, const struct buf *text)
{
	const char *name = x->action->header, *old = first != NULL ? first->value : "";
	struct buf out = {0};

	(x->action->action == RULE_PREFIX ? field_prefix : field_suffix)(
		name, (const char *)text->data, text->len, old, &out);
	if (first != NULL)
		policy_change_header(x->call, first, buf_string(&out));
	else
		policy_add_header(x->call, name, buf_string(&out));
	buf_free(&out);
}

/* Prefix or suffix: text is added to the first instance, or makes the header. Placeholders
 * without values may leave nothing to add. */
static enum verdict
extend_header(const struct act_context *x)
{
	const char *name = x->action->header;
	struct header *first =
		message_find_header(policy_message(x->call), name, header_key(name), NULL);
	struct buf text = {0};
	const char *added;

	if (first != NULL)
		note_duplicate(x, first);
	expand_value(x, &text);
	added = buf_string(&text);
	if (added[strspn(added, " \t")] != '\0' &&
	    !(first != NULL && x->action->once && has_text_already(x, first, added)))
		write_extended_header(x, first, &text);
	buf_free(&text);
	return VERDICT_CONTINUE;
}

static enum verdict
go_on(const struct act_context *x)
{
	(void)x;
	return VERDICT_CONTINUE;
}

static enum verdict (*const actions[RULE_ACTION_COUNT])(const struct act_context *x) = {
	[RULE_REJECT] = refuse_message,
	[RULE_TEMPFAIL] = refuse_message,
	[RULE_DISCARD] = discard_message,
	[RULE_ACCEPT] = accept_message,
	[RULE_PASS] = go_on,
	[RULE_QUARANTINE] = quarantine_message,
	[RULE_LOG] = log_only,
	[RULE_REDIRECT] = redirect_message,
	[RULE_BCC] = go_on, /* its mailbox is in bcc */
	[RULE_ADD] = add_header_field,
	[RULE_INSERT] = insert_header_field,
	[RULE_SET] = set_header_field,
	[RULE_REPLACE] = go_on,
	[RULE_REMOVE] = go_on,
	[RULE_PREFIX] = extend_header,
	[RULE_SUFFIX] = extend_header,
};

enum verdict
policy_run_action(struct policy_call *c, const struct policy_action *a,
		  const struct policy_hit *hit)
{
	const struct act_context x = {c, a, hit};

	for (size_t i = 0; i < a->n_bcc; i++)
		policy_add_copy(c, a->bcc[i]);
	return actions[a->action](&x);
}

/* The value of a row that inserts or replaces a field, which has compiled before. */
static int
compile_row_value(struct policy_call *c, const struct row_form *form,
		  const struct row_action *row, struct policy_action *ret)
{
	struct template *value;
	char why[160];

	if (template_compile(policy_arena(c), row->text, form->allowed, &value, why,
			     sizeof(why)) < 0)
		return -1;
	ret->header = row->header;
	ret->row_value = value;
	return 0;
}

int
policy_action_from_row(struct policy_call *c, const struct row_form *form,
		       const struct table *t, const struct table_hit *hit,
		       const struct regex_groups *groups, struct policy_action *ret)
{
	struct arena *arena = policy_arena(c);
	struct policy_action a = {.text = "", .place = HEADER_BELOW};
	struct row_action row;
	int r = row_action_make(arena, form, hit->value, groups, &row);

	if (r == 0) {
		a.action = row.action;
		a.reply = row.reply;
		if (row.header != NULL)
			r = compile_row_value(c, form, &row, &a);
		else if (row.action == RULE_REDIRECT)
			a.to = mailbox_from_path(arena, row.text);
		else if (row.action != RULE_BCC)
			a.text = row.text;
	}
	if (r == 0 && row.action == RULE_BCC) {
		const char **bcc = arena_alloc(arena, sizeof(*bcc));

		*bcc = mailbox_from_path(arena, row.text);
		a.bcc = bcc;
		a.n_bcc = 1;
	}
	if (r < 0) {
		(void)policy_fail(c,
				  "table %s, line %zu: what was matched makes '%.80s' no "
				  "action",
				  table_name(t), hit->line, hit->value);
		return -1;
	}
	*ret = a;
	return 0;
}

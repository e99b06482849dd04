/* Blind copies of the policy "recipient". Input: the envelope as its maps left it; output: more
 * recipients, each once, and none who gets the message anyway.
 *
 * Copies are added when all recipients are known, so that the order in which the client names
 * them makes no difference. A bcc_map whose conditions are not known yet leaves all copies from
 * its own on to message(). */
#include <string.h>

#include "policies/recipient.h"
#include "policy/asking.h"
#include "text/address_template.h"
#include "util/counts.h"
#include "util/mailbox.h"
#include "util/str.h"

#define ENVELOPE_FROM "X-Envelope-From"
#define ENVELOPE_TO   "X-Envelope-To"

/* The addresses of one bcc_map, or of bcc. */
struct copy_list {
	const char **addr;
	size_t n, cap;
};

static void
add_to_list(struct policy_call *c, struct copy_list *list, const char *addr)
{
	list->addr = arena_grow(policy_arena(c), list->addr, list->n, &list->cap,
				sizeof(*list->addr));
	list->addr[list->n++] = addr;
}

/* Adds those that are no recipient yet. */
static void
add_new_copies(struct policy_call *c, const char *const *addr, size_t n)
{
	static const char never[] = "NOTIFY=NEVER";
	const struct message *m = policy_message(c);
	struct buf args = {0};
	struct counts mailboxes;

	if (n == 0)
		return;
	counts_init(&mailboxes, policy_arena(c), 2 * m->n_rcpts + n, true);
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++) {
		counts_add(&mailboxes, m->rcpts[i].mailbox);
		if (m->rcpts[i].other != NULL)
			counts_add(&mailboxes, m->rcpts[i].other);
	}
	buf_append(&args, never, sizeof(never));
	for (size_t i = 0; i < n; i++)
		if (counts_add(&mailboxes, addr[i]) == 1)
			add_marked_rcpt(c, MARK_COPY, RCPT_NONE, addr[i], &args);
	buf_free(&args);
}

static enum verdict
collect_address(struct policy_call *c, const struct recipient_copy *copy,
		const struct template *t, const struct placeholder_values *values,
		const struct regex_groups *groups, struct copy_list *list)
{
	const char *addr;
	int r = address_template_make(policy_arena(c), t, values, groups, &addr);

	if (r < 0)
		return policy_fail(c, "bcc_map '%s' makes '%s', which is not an address",
				   copy->rule->title, addr);
	if (r > 0)
		add_to_list(c, list, addr);
	return VERDICT_CONTINUE;
}

/* The addresses in the value of a table; they were checked when it was loaded. */
static enum verdict
collect_addresses_of_value(struct policy_call *c, const struct recipient_copy *copy,
			   const char *value, const struct placeholder_values *values,
			   const struct regex_groups *groups, struct copy_list *list)
{
	enum verdict v = VERDICT_CONTINUE;
	const char *text;
	char why[128];

	while (v == VERDICT_CONTINUE &&
	       (text = mapping_next_result(policy_arena(c), &value)) != NULL) {
		struct template *t;

		if (template_compile(policy_arena(c), text, UINT32_MAX, &t, why, sizeof(why)) <
		    0)
			return policy_fail(c, "table '%s': %s", table_name(copy->table), why);
		v = collect_address(c, copy, t, values, groups, list);
	}
	return v;
}

/* key: a mailbox, "" for the null sender, or a login name that is no address. Of keys that are
 * written out those count that count for maps; the groups of patterns are wanted. */
static int
find_copy_value(struct policy_call *c, const struct table *t, const char *key, bool is_mailbox,
		const char **ret_value, struct regex_groups *ret_groups)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct match_context match = policy_match_context(c);
	struct table_hit hit = {0};
	int r;

	if (!is_mailbox)
		r = table_find_text(t, &match, key, &hit, ret_groups);
	else if (table_type(t) == TABLE_REGEX)
		r = table_find_address(t, &match, key, 0, &hit, ret_groups);
	else
		r = table_lookup_address(t, &match, key, conf->rules.delimiter, &hit.value);
	if (r < 0)
		(void)policy_fail(c, "table '%s': a pattern %s", table_name(t),
				  regex_failure_text(r));
	*ret_value = hit.value;
	return r;
}

/* What is looked up; other: the mailbox that the MTA takes it for, or NULL. */
struct copy_key {
	const char *key, *other;
	bool is_mailbox;
};

/* False: there is no such thing. */
static bool
find_copy_key(struct policy_call *c, const struct recipient_copy *copy, size_t rcpt,
	      struct copy_key *ret)
{
	const struct sender *s = policy_sender(c);
	const char *user;

	*ret = (struct copy_key){.is_mailbox = true};
	switch (copy->lookup) {
	case COPY_BY_RECIPIENT:
		ret->key = policy_message(c)->rcpts[rcpt].mailbox;
		ret->other = policy_message(c)->rcpts[rcpt].other;
		break;
	case COPY_BY_SENDER:
		ret->key = s != NULL ? s->mailbox : NULL;
		ret->other = s != NULL ? s->other : NULL;
		break;
	case COPY_BY_AUTH_USER:
		user = str_nonblank(policy_macro(c, "{auth_authen}"));
		ret->is_mailbox = user != NULL && strchr(user, '@') != NULL;
		ret->key = ret->is_mailbox ? mailbox_from_path(policy_arena(c), user) : user;
		break;
	}
	return ret->key != NULL;
}

/* Of the message, or of the recipient that it is for. */
static void
note_copy(struct policy_call *c, const struct recipient_copy *copy, const char *found)
{
	policy_note_rule(c, copy->rule, copy->table != NULL ? table_name(copy->table) : NULL,
			 found);
	if (found != NULL && (copy->table == NULL || copy->lookup != COPY_BY_AUTH_USER))
		policy_trace_place(c, &(struct hit_place){.kind = copy->for_each_rcpt
									  ? HIT_RECIPIENT
									  : HIT_SENDER,
							  .name = found});
}

static enum verdict
collect_table_copies(struct policy_call *c, const struct recipient_copy *copy, size_t rcpt,
		     const struct placeholder_values *values, struct copy_list *list)
{
	bool is_regex = table_type(copy->table) == TABLE_REGEX;
	struct regex_groups groups = {0};
	const char *value = NULL;
	struct copy_key key;
	int r;

	if (!find_copy_key(c, copy, rcpt, &key))
		return VERDICT_CONTINUE;
	r = find_copy_value(c, copy->table, key.key, key.is_mailbox, &value, &groups);
	if (r == 0 && key.other != NULL)
		r = find_copy_value(c, copy->table, key.other, true, &value, &groups);
	if (r < 0)
		return VERDICT_ERROR;
	if (r == 0)
		return VERDICT_CONTINUE;
	note_copy(c, copy, key.key);
	return collect_addresses_of_value(c, copy, value, values, is_regex ? &groups : NULL,
					  list);
}

/* The addresses of a bcc_map that applies to the recipient (SIZE_MAX: to the message). */
static enum verdict
collect_copies(struct policy_call *c, const struct recipient_copy *copy, size_t rcpt,
	       struct copy_list *list)
{
	const char *recipient =
		rcpt == SIZE_MAX ? NULL : policy_message(c)->rcpts[rcpt].mailbox;
	struct placeholder_values values = {0};
	enum verdict v = VERDICT_CONTINUE;

	policy_fill_values(c, &values);
	values.value[PLACEHOLDER_RECIPIENT] = recipient;
	if (copy->table != NULL)
		return collect_table_copies(c, copy, rcpt, &values, list);
	note_copy(c, copy, recipient);
	for (size_t i = 0; i < copy->n_to && v == VERDICT_CONTINUE; i++)
		v = collect_address(c, copy, copy->to[i], &values, NULL, list);
	return v;
}

/* For the recipient or the message: CONTINUE, ERROR, or with state->waits set. */
static enum verdict
collect_if_applies(struct policy_call *c, const struct recipient_copy *copy, size_t rcpt,
		   struct copy_list *list)
{
	int r = policy_lines_hold(c, copy->rule, copy->condition, rcpt);

	if (r < 0)
		return VERDICT_ERROR;
	if (r == TRI_UNKNOWN)
		return wait_for_conditions(c);
	return r == TRI_YES ? collect_copies(c, copy, rcpt, list) : VERDICT_CONTINUE;
}

/* For all recipients but copies. */
static enum verdict
collect_for_each_rcpt(struct policy_call *c, const struct recipient_copy *copy,
		      struct copy_list *list)
{
	const struct recipient_state *state = policy_msg_state(c);
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; v == VERDICT_CONTINUE && !state->waits &&
			   (i = policy_next_rcpt(c, i)) != RCPT_NONE;
	     i++)
		if (get_rcpt_mark(c, i) != MARK_COPY)
			v = collect_if_applies(c, copy, i, list);
	return v;
}

static enum verdict
add_copies_of_map(struct policy_call *c, const struct recipient_copy *copy)
{
	struct recipient_state *state = policy_msg_state(c);
	struct copy_list list = {0};
	enum verdict v = copy->for_each_rcpt ? collect_for_each_rcpt(c, copy, &list)
					     : collect_if_applies(c, copy, SIZE_MAX, &list);

	if (v != VERDICT_CONTINUE || state->waits)
		return v;
	add_new_copies(c, list.addr, list.n);
	state->wants_envelope_headers |= copy->has_envelope_headers && list.n > 0;
	return v;
}

enum verdict
add_copies(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct recipient_state *state = policy_msg_state(c);
	enum verdict v = VERDICT_CONTINUE;

	add_new_copies(c, conf->bcc, conf->n_bcc);
	for (; state->n_copies_done < conf->n_copies; state->n_copies_done++) {
		const struct recipient_copy *copy = &conf->copies[state->n_copies_done];

		if (policy_rule_enforces(copy->rule))
			v = add_copies_of_map(c, copy);
		if (v != VERDICT_CONTINUE || state->waits)
			return v;
	}
	return VERDICT_CONTINUE;
}

/* What a policy before, or the sender of the message, has put there is not believed. */
static void
set_envelope_header(struct policy_call *c, const char *name, struct buf *value)
{
	policy_delete_headers(c, name);
	policy_add_header(c, name, buf_string(value));
	buf_reset(value);
}

void
set_envelope_headers(struct policy_call *c)
{
	const struct recipient_state *state = policy_msg_state(c);
	const struct sender *s = policy_sender(c);
	struct buf b = {0};

	if (!state->wants_envelope_headers)
		return;
	mailbox_append_to_field(&b, s != NULL ? s->mailbox : "");
	set_envelope_header(c, ENVELOPE_FROM, &b);
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++) {
		if (get_rcpt_mark(c, i) == MARK_COPY)
			continue;
		if (b.len > 0)
			buf_puts(&b, ",\n\t");
		mailbox_append_to_field(&b, policy_message(c)->rcpts[i].mailbox);
	}
	set_envelope_header(c, ENVELOPE_TO, &b);
	buf_free(&b);
}

enum verdict
watch_copy(struct policy_call *c, size_t copy)
{
	const struct recipient_conf *conf = policy_conf(c);
	const struct policy_rule *rule = conf->copies[copy].rule;
	struct recipient_state *state = policy_msg_state(c), before = *state;
	enum verdict v;

	policy_begin_rule(c, rule);
	state->wants_envelope_headers = false;
	v = add_copies_of_map(c, &conf->copies[copy]);
	if (v == VERDICT_CONTINUE)
		set_envelope_headers(c);
	*state = before;
	return policy_end_rule(c, rule, v);
}

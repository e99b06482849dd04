/* The table of a rule: its values are checked when the configuration is loaded, and become the
 * reply, or the reason of a quarantine, of a rule that hit. */
#include "policy/action_table.h"

int
action_table_read_rows(struct policy_setup *setup, const struct section *s,
		       const struct table *table, uint32_t actions, uint32_t allowed,
		       struct action_table *ret)
{
	int r = policy_action_check_absent(s, table);

	*ret = (struct action_table){
		.table = table,
		.has_rows = true,
		.rows = {.actions = actions, .allowed = allowed & ~PLACEHOLDERS_FOUND},
	};
	return r | row_action_check(policy_setup_arena(setup), table, &ret->rows, &ret->actions,
				    &ret->uses);
}

int
action_table_read_replies(struct policy_setup *setup, const struct table *table,
			  const struct policy_action *action, uint32_t allowed,
			  struct action_table *ret)
{
	*ret = (struct action_table){
		.table = table,
		.replies = {.own = action->reply.text != NULL ? &action->reply : NULL,
			    .allowed = allowed & ~PLACEHOLDERS_FOUND,
			    .reject = action->action == RULE_REJECT},
	};
	return table_reply_check(policy_setup_arena(setup), table, &ret->replies, &ret->uses);
}

void
action_table_add_need(const struct action_table *t, const struct policy_rule *rule,
		      const struct policy_action *action, struct policy_need *need)
{
	if (policy_rule_enforces(rule) && t->has_rows)
		policy_actions_add_need(t->actions, need);
	else if (policy_rule_enforces(rule))
		policy_action_add_need(action, need);
	policy_uses_add_need(policy_action_uses(action) | t->uses, need);
}

enum verdict
action_table_run(struct policy_call *c, const struct action_table *t,
		 const struct policy_action *action, const struct table_hit *row,
		 const struct regex_groups *groups, const struct policy_hit *hit)
{
	struct policy_action by_row;

	if (row == NULL || row->value == NULL)
		return policy_run_action(c, action, hit);
	by_row = *action;
	if (by_row.reply.text != NULL)
		table_reply_make(policy_arena(c), &t->replies, row->value, groups,
				 &by_row.reply);
	if (by_row.action == RULE_QUARANTINE)
		by_row.text = regex_expand_to_string(policy_arena(c), row->value, groups);
	return policy_run_action(c, &by_row, hit);
}

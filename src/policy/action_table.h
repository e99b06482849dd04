/* The table of a rule, in which what the rule looks at is looked up: its rows are the actions
 * (actions = yes), or the rule has one action, and a row's value is its reply or the reason of
 * its quarantine. A part of policy.h for policies with rules that have a table. */
#ifndef POLICY_ACTION_TABLE_H
#define POLICY_ACTION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/action.h"
#include "text/table_reply.h"

/* All zero: the rule has no table. */
struct action_table {
	const struct table *table;
	bool has_rows;			 /* the rows are the actions */
	struct row_form rows;		 /* of these */
	struct table_reply_form replies; /* of the values of a table without actions */
	uint32_t actions;		 /* RULE_ACTION_BIT()s of the rows */
	uint32_t uses;			 /* PLACEHOLDER_BIT()s in the table */
};

/* In configure(): read one of both kinds for the rule of section s. allowed: the placeholders
 * of the rule; those of what policies have found have no value in a table. 0, or -EINVAL after
 * section_error(). */
int action_table_read_rows(struct policy_setup *setup, const struct section *s,
			   const struct table *table, uint32_t actions, uint32_t allowed,
			   struct action_table *ret);
/* action: the rule's, which lives as long. */
int action_table_read_replies(struct policy_setup *setup, const struct table *table,
			      const struct policy_action *action, uint32_t allowed,
			      struct action_table *ret);

/* Adds what the rule's action, or the rows, need. */
void action_table_add_need(const struct action_table *t, const struct policy_rule *rule,
			   const struct policy_action *action, struct policy_need *need);

/* Does the rule's one action, as the row says that was found; row NULL, or without a value: as
 * the rule says. As policy_run_action(). */
enum verdict action_table_run(struct policy_call *c, const struct action_table *t,
			      const struct policy_action *action, const struct table_hit *row,
			      const struct regex_groups *groups, const struct policy_hit *hit);

#endif

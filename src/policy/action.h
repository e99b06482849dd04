/* What a rule does: the actions that policies share, with their options, and those of rows of
 * tables with `actions = yes`. A part of policy.h for policies with rules.
 *
 *	static const char *const words_actions[] = {"reject", "log", "insert", NULL};
 *	static const struct option words_rule_options[] = {
 *		{"action", OPTION_WORD, .words = words_actions,
 *		 .words_also = option_actions_also, .help = "what is done"},
 *		{"", OPTION_INCLUDE, .options = policy_action_options},
 *		...
 *	r = policy_action_read(setup, section, &form, &rule->action);	in configure()
 *	policy_action_add_need(&rule->action, need);
 *
 *	return policy_run_action(c, &rule->action, &hit);			in message()
 *
 * What a policy does only to what it has found, such as `remove` of a header that matched, is
 * its own code. */
#ifndef POLICY_ACTION_H
#define POLICY_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"
#include "text/row_action.h"
#include "text/rule_action.h"
#include "text/value_template.h"

/* reply, to, bcc, header, value */
extern const struct option policy_action_options[];

struct policy_action {
	enum rule_action action;
	struct reply reply;	/* of reject, tempfail */
	const char *to;		/* of redirect: the mailbox */
	const char *const *bcc; /* mailboxes that get a copy, whatever the action is */
	size_t n_bcc;
	const char *header;	     /* of add, insert, set, prefix, suffix: the field's name */
	struct value_template value; /* of the same and replace */
	enum header_place place;     /* of insert */
	bool once;		     /* of prefix, suffix: not when it is there already */
	const char *text; /* of discard, quarantine, log: for the log; "": the rule's title */
	/* Of a row's insert and replace, in place of value: its '$' are plain characters. */
	const struct template *row_value;
};

/* How the options of one section are read. */
struct policy_action_form {
	const char *const *words; /* the actions that the policy has; NULL at the end */
	uint32_t allowed;	  /* placeholders of reply and value */
	int groups;		  /* of the rule's pattern, see value_template_read() */
	const char *header;	  /* the default of the option header; or NULL */
	const char *header_or;	  /* " or 'name'": the option that has this default; or NULL */
	const char *written_reject,
		*written_tempfail; /* replies; NULL: those of all policies */
};

/* An option that has a meaning for some actions only. */
struct action_option {
	const char *option;
	uint32_t actions; /* RULE_ACTION_BIT()s */
	bool needed;	  /* these actions need it */
};

/* Reports options of a rule that do not go with its action, and those that are missing. words:
 * as in struct policy_action_form. 0, or -EINVAL after section_error(). */
int policy_action_check_options(struct arena *arena, const struct section *s,
				const char *const *words, enum rule_action action,
				const struct action_option *options, size_t n);

/* Reads `action` and policy_action_options. 0, or -EINVAL after section_error(). */
int policy_action_read(struct policy_setup *setup, const struct section *s,
		       const struct policy_action_form *form, struct policy_action *ret);
/* The error for a rule without `action`. -EINVAL. */
int policy_action_refuse_missing(const struct section *s);
/* Adds what the action needs of the MTA, and what it changes. For a rule that enforces. */
void policy_action_add_need(const struct policy_action *a, struct policy_need *need);
/* The same for a bit set of RULE_ACTION_BIT()s, such as those of a table's rows. */
void policy_actions_add_need(uint32_t actions, struct policy_need *need);
/* PLACEHOLDER_BIT()s of its texts. */
uint32_t policy_action_uses(const struct policy_action *a);
/* What placeholders need: adds the macro for %{id}, and PART_SENDER. */
void policy_uses_add_need(uint32_t uses, struct policy_need *need);

/* In a section whose table has actions: `action` and its options have no meaning. 0, or -EINVAL
 * after section_error() at each that is written. */
int policy_action_check_absent(const struct section *s, const struct table *t);

/* What a rule has found. */
struct policy_hit {
	const struct policy_rule *rule;
	const struct regex_groups *groups; /* NULL: none */
	const char *match;		   /* for %{match}; or NULL */
	const char *recipient; /* the mailbox that it is about, for %{recipient}; or NULL */
};

/* The placeholders of all policies, %{rule} and %{match}. */
void policy_fill_hit_values(struct policy_call *c, const struct policy_hit *hit,
			    struct placeholder_values *values);

/* Does it. The verdict for the callback: CONTINUE after what is no verdict, RULE_PASS included.
 * REPLACE and REMOVE do nothing here. */
enum verdict policy_run_action(struct policy_call *c, const struct policy_action *a,
			       const struct policy_hit *hit);
/* Only the refusal: of reject and tempfail. At RCPT it concerns that recipient. */
enum verdict policy_action_refuse(struct policy_call *c, const struct policy_action *a,
				  const struct policy_hit *hit);
/* The new value of the field, UTF-8 on one line, in out. */
void policy_action_expand_value(struct policy_call *c, const struct policy_action *a,
				const struct policy_hit *hit, struct buf *out);

/* Makes the action of a row that was found. 0, or a negative number after policy_fail(). */
int policy_action_from_row(struct policy_call *c, const struct row_form *form,
			   const struct table *t, const struct table_hit *row,
			   const struct regex_groups *groups, struct policy_action *ret);

#endif

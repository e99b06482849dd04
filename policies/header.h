/* What the files of the policy "header" share: header_read.c reads the section, header.c
 * applies its rules, header_rows.c those whose table has the actions. */
#ifndef POLICIES_HEADER_H
#define POLICIES_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "content/field_edit.h"
#include "policy/action_table.h"
#include "policy/policy.h"
#include "policy/selector.h"

struct header_rule {
	const struct policy_rule *rule; /* its title, and how it is logged */
	struct selector selector;
	struct policy_action action; /* unless the rows of its table are the actions */
	struct action_table table;   /* of its selector */
	bool always;		     /* it has no tests: the header is made for each message */
	uint64_t keep;		     /* of remove: number of instances */
};

struct header_conf {
	struct header_rule *rules;
	size_t n;
};

extern const struct option header_options[];

/* Fills *ret_conf, a struct header_conf: see struct policy_ops. */
int header_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf);

/* One rule that is applied to one message. */
struct rule_context {
	struct policy_call *call;
	const struct header_rule *rule;
	struct message *message;
	struct selection sel;
	struct buf text; /* the expanded value, or scratch */
	struct buf out;	 /* the encoded value, or scratch */
	bool passes;	 /* a rule with action pass hit: the rules behind it are not asked */
};

/* Notes that the rule hits: the text that matched and, with a table, the line: "words:12". */
void header_note_hit(struct rule_context *ctx);
/* What the selection has found, for an action. */
struct policy_hit header_make_hit(struct rule_context *ctx);
/* A rule whose table has the actions: looks up each header that it selects. */
enum verdict header_apply_rows(struct rule_context *ctx);

#endif

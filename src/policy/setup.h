/* What the functions policy_setup_* of policy.h work on. For the reader of the configuration
 * (src/config), which fills it in for each section of a policy, and for tests of policies; a
 * policy does not include it. */
#ifndef POLICY_SETUP_H
#define POLICY_SETUP_H

#include "content/mime_tree.h"
#include "policy/condition.h"
#include "policy/policy.h"

struct policy_setup {
	const char *title;	      /* of the section */
	struct condition_scope scope; /* finds tables and conditions; has the arena */
	struct content_limits view;   /* of limits { } */
	/* Finds services; NULL: there are none. */
	const struct service *(*service)(void *ctx, const struct section *s, const char *option,
					 const char *name, const struct service_kind *kind);
	void *service_ctx;
	uint64_t wait_time_ms; /* of limits { } */
	/* Of policy_setup_rule(); {0} at first. */
	const struct policy_rule **rules;
	size_t n_rules, cap_rules;
	/* Titles that placeholders name, by policy_setup_template(); {0} at first. */
	const char **named_policies;
	size_t n_named, cap_named;
};

/* After configure(): adds what the conditions of the rules need. Example, a map with `when` of
 * a condition about a header: need.message becomes EOH, need.reads gets PART_HEADERS. */
void setup_add_rule_needs(const struct policy_setup *setup, struct policy_need *need);
/* The same of a list of conditions. */
void setup_add_condition_needs(struct arena *arena, const struct condition *const *conds,
			       size_t n, struct policy_need *need);

#endif

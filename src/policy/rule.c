/* Reads what all rules of policies have, whatever the policy: title, when, unless, mode. Input:
 * the section of a rule; output: struct policy_rule, and what its conditions need of the
 * message. */
#include "policy/rule.h"

#include "policy/policy.h"
#include "policy/setup.h"

const char *const policy_mode_words[] = {"enforce", "monitor", "off", NULL};

const struct option_also policy_mode_also[] = {
	{"enforce", "on yes enabled active live true"},
	{"monitor", "dry_run test log warn audit shadow soft_bounce AuditAndNotify "
		    "permissive"},
	{"off", "disabled no none false"},
	{.word = NULL},
};

const struct option policy_rule_options[] = {
	{"when", OPTION_LIST, "{}", .help = "only if all these conditions hold",
	 .also = "if only_if condition conditions for"},
	{"unless", OPTION_LIST, "{}", .help = "not if one of these conditions holds",
	 .also = "except exception exclude not if_not"},
	{"mode", OPTION_WORD, "enforce", .words = policy_mode_words,
	 .words_also = policy_mode_also,
	 .help = "monitor: only log what would be done; off: do nothing",
	 .also = "enabled dry_run test soft_bounce"},
	{.name = NULL},
};

const struct policy_rule *
policy_setup_rule(struct policy_setup *setup, const struct section *section)
{
	struct arena *arena = setup->scope.arena;
	struct policy_rule *rule = arena_alloc(arena, sizeof(*rule));

	*rule = (struct policy_rule){
		.title = section_title(section),
		.number = setup->n_rules,
		.mode = (enum policy_mode)section_word(section, "mode"),
	};
	rule->when = condition_read_names(section, "when", &setup->scope, &rule->n_when);
	rule->unless = condition_read_names(section, "unless", &setup->scope, &rule->n_unless);
	rule->always = policy_rule_enforces(rule) && rule->n_when + rule->n_unless == 0;
	setup->rules = arena_grow(arena, setup->rules, setup->n_rules, &setup->cap_rules,
				  sizeof(*setup->rules));
	setup->rules[setup->n_rules++] = rule;
	return rule;
}

/* The stage and the macros; not the parts. */
static void
add_condition_stage(struct arena *arena, const struct condition *cond, struct policy_need *need)
{
	const char *macros = condition_macros(cond);
	enum stage known = condition_last_stage(cond);

	if (known > need->message)
		need->message = known;
	if (*macros != '\0')
		need->macros = need->macros == NULL
				       ? macros
				       : arena_printf(arena, "%s %s", need->macros, macros);
}

void
setup_add_condition_needs(struct arena *arena, const struct condition *const *conds, size_t n,
			  struct policy_need *need)
{
	for (size_t i = 0; i < n; i++) {
		need->reads |= condition_reads(conds[i]);
		if ((condition_reads(conds[i]) & PART_BODY) != 0)
			need->max_body = 0;
		add_condition_stage(arena, conds[i], need);
	}
}

static void
add_rule_condition_needs(struct arena *arena, const struct policy_rule *rule,
			 const struct condition *const *conds, size_t n,
			 struct policy_need *need)
{
	if (!policy_rule_monitors(rule)) {
		setup_add_condition_needs(arena, conds, n, need);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		need->watches |= condition_reads(conds[i]);
		add_condition_stage(arena, conds[i], need);
	}
}

void
policy_setup_lines_need(struct policy_setup *setup, const struct policy_rule *rule,
			const struct condition *lines, struct policy_need *need)
{
	if (rule->mode != MODE_OFF)
		add_rule_condition_needs(setup->scope.arena, rule, &lines, 1, need);
}

void
setup_add_rule_needs(const struct policy_setup *setup, struct policy_need *need)
{
	struct arena *arena = setup->scope.arena;

	for (size_t i = 0; i < setup->n_rules; i++) {
		const struct policy_rule *rule = setup->rules[i];

		if (rule->mode == MODE_OFF)
			continue;
		add_rule_condition_needs(arena, rule, rule->when, rule->n_when, need);
		add_rule_condition_needs(arena, rule, rule->unless, rule->n_unless, need);
	}
}

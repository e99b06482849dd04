/* Whether the results that the policies of a chain use are known when they use them. Input: a
 * chain; output: an error for each use of a policy that stands behind, a warning for each of
 * one that is not in the chain. Example, where the condition "infected" is about "virus":
 *
 *	chain = {"virus", "tag"}	"tag" with when = {"infected"}: right
 *	chain = {"tag", "virus"}	an error: the result is not known yet
 *	chain = {"tag"}			a warning: "virus" counts as skipped */
#include <string.h>

#include "chain/chain.h"
#include "config/builder.h"
#include "config/diagnostics.h"
#include "util/arena.h"

struct order_check {
	struct config_builder *b;
	const struct section *listener;
	const struct chain *chain;
	size_t user; /* index of the policy at work in the chain */
};

static size_t
find_title_in_chain(const struct chain *chain, const char *title)
{
	size_t i = 0;

	while (i < chain->n && strcmp(chain->inst[i]->title, title) != 0)
		i++;
	return i;
}

/* how: where the policy uses it, `condition "infected"`. */
static void
check_result_use(const struct order_check *check, const char *title, const char *how)
{
	const struct section *s = check->listener;
	const char *user = check->chain->inst[check->user]->title;
	size_t at = find_title_in_chain(check->chain, title);
	size_t item = builder_find_value(s, "chain", user);

	if (at == check->user)
		section_error_item(s, "chain", item,
				   "chain: \"%s\" uses its own result (%s), which is not known "
				   "yet",
				   user, how);
	else if (at == check->chain->n && check->b->diagnostics->n_errors == 0)
		section_warning_item(s, "chain", item,
				     "chain: \"%s\" uses the result of \"%s\" (%s), which is "
				     "not in this chain: it counts as 'skipped'",
				     user, title, how);
	else if (at > check->user && at < check->chain->n)
		section_error_item(s, "chain", item,
				   "chain: \"%s\" uses the result of \"%s\" (%s), so \"%s\" "
				   "must stand before it",
				   user, title, how, title);
}

static void
check_conditions(const struct order_check *check, const struct condition *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t n_titles;
		const char *const *titles = condition_policies(list[i], &n_titles);
		const char *how = arena_printf(check->b->arena, "condition \"%s\"",
					       condition_name(list[i]));

		for (size_t k = 0; k < n_titles; k++)
			check_result_use(check, titles[k], how);
	}
}

static void
check_policy_uses(const struct order_check *check)
{
	const struct policy_inst *inst = check->chain->inst[check->user];

	check_conditions(check, inst->when, inst->n_when);
	check_conditions(check, inst->unless, inst->n_unless);
	for (size_t i = 0; i < inst->n_rules; i++) {
		const struct policy_rule *rule = inst->rules[i];

		check_conditions(check, rule->when, rule->n_when);
		check_conditions(check, rule->unless, rule->n_unless);
	}
	for (size_t i = 0; i < inst->events->n_exceptions; i++) {
		const struct policy_exception *e = &inst->events->exceptions[i];

		check_conditions(check, e->when, e->n_when);
		check_conditions(check, e->unless, e->n_unless);
	}
	for (size_t i = 0; i < inst->n_named; i++)
		check_result_use(check, inst->named_policies[i], "a placeholder");
}

void
builder_check_results(struct config_builder *b, const struct section *listener,
		      const struct chain *chain)
{
	struct order_check check = {.b = b, .listener = listener, .chain = chain};

	for (; check.user < chain->n; check.user++)
		check_policy_uses(&check);
}

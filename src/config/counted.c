/* Numbers the policies of all chains and their rules, by which they are counted. Input:
 * policies in the order in which chains name them; output: the lists of counted policies and
 * rules in struct config, as far as they are counted by name. */
#include "config/builder.h"
#include "stats/counters.h"
#include "util/arena.h"
#include "util/buf.h"

static void
add_rule(struct config_builder *b, const struct policy_rule *rule, size_t policy)
{
	struct config *c = b->config;

	if (c->n_chain_rules < COUNTED_RULES_MAX) {
		b->counted_rules = arena_grow(b->arena, b->counted_rules, c->n_chain_rules,
					      &b->cap_counted_rules, sizeof(*b->counted_rules));
		b->counted_rules[c->n_chain_rules] = (struct counted_rule){
			rule->title, (uint32_t)counter_place(policy, COUNTED_POLICIES_MAX)};
		c->counted_rules = b->counted_rules;
	}
	c->n_chain_rules++;
}

static const char *
list_results(struct arena *arena, const struct policy_ops *ops)
{
	struct buf b = {0};

	for (size_t i = 0; ops->results != NULL && i < COUNTED_RESULTS_MAX &&
			   i < policy_results_count(ops->results);
	     i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", policy_results_word(ops->results, i));
	return buf_move_to_arena(&b, arena);
}

static void
add_policy(struct config_builder *b, const struct policy_inst *inst)
{
	struct config *c = b->config;

	if (c->n_chain_policies < COUNTED_POLICIES_MAX) {
		b->counted_policies =
			arena_grow(b->arena, b->counted_policies, c->n_chain_policies,
				   &b->cap_counted_policies, sizeof(*b->counted_policies));
		b->counted_policies[c->n_chain_policies] =
			(struct counted_policy){.title = inst->title,
						.kind = inst->ops->name,
						.results = list_results(b->arena, inst->ops),
						.mode = inst->mode};
		c->counted_policies = b->counted_policies;
	}
	for (size_t i = 0; i < inst->n_rules; i++)
		add_rule(b, inst->rules[i], c->n_chain_policies);
	c->n_chain_policies++;
}

struct policy_numbers
builder_count_policy(struct config_builder *b, struct definition *p)
{
	if (!p->is_counted) {
		p->is_counted = true;
		p->numbers = (struct policy_numbers){b->config->n_chain_policies,
						     b->config->n_chain_rules};
		add_policy(b, p->object);
	}
	return p->numbers;
}

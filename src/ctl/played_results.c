/* Reads --result POLICY=RESULT: see played_results.h. */
#include "ctl/played_results.h"

#include <string.h>
#include <sysexits.h>

#include "chain/chain.h"
#include "ctl/command.h"
#include "util/arena.h"
#include "util/str.h"

static const struct policy_inst *
find_inst(const struct chain *chain, const char *title)
{
	for (size_t i = 0; i < chain->n; i++)
		if (strcmp(chain->inst[i]->title, title) == 0)
			return chain->inst[i];
	return NULL;
}

static int
refuse_policy(const struct command *c, const struct chain *chain, const char *title,
	      struct arena *arena)
{
	const char **titles = arena_zalloc(arena, (chain->n + 1) * sizeof(*titles)), *near;
	size_t n = 0;

	for (size_t i = 0; i < chain->n; i++)
		if (chain->inst[i]->ops->results != NULL)
			titles[n++] = chain->inst[i]->title;
	near = str_nearest(title, titles);
	return command_usage(c, "--result: no policy '%s' in the chain of \"%s\"%s%s%s", title,
			     chain->listener, near != NULL ? "; did you mean '" : "",
			     near != NULL ? near : "", near != NULL ? "'?" : "");
}

static int
check_played_result(const struct command *c, const struct chain *chain,
		    const struct played_result *p, struct arena *arena)
{
	const struct policy_inst *inst = find_inst(chain, p->policy);
	const struct policy_results *results;
	const char *near;

	if (inst == NULL)
		return refuse_policy(c, chain, p->policy, arena);
	results = inst->ops->results;
	if (results == NULL)
		return command_usage(c, "--result: %s \"%s\" is a policy without results",
				     inst->ops->name, p->policy);
	if (policy_results_find(results, p->result) != SIZE_MAX)
		return EX_OK;
	near = policy_results_suggest(results, p->result, arena);
	return command_usage(c, "--result: policy '%s' has no result '%s'%s%s%s", p->policy,
			     p->result, near != NULL ? "; did you mean '" : "",
			     near != NULL ? near : "", near != NULL ? "'?" : "");
}

int
played_results_read(const struct command *c, const struct command_args *args, int option,
		    const struct chain *chain, struct arena *arena, struct played_results *ret)
{
	struct played_result *list = arena_alloc(arena, (args->n_given + 1) * sizeof(*list));
	const char *text;
	size_t at = 0;
	int status = EX_OK;

	*ret = (struct played_results){.list = list};
	while (status == EX_OK && (text = command_next_value(args, option, &at)) != NULL) {
		const char *equals = strrchr(text, '=');

		if (equals == NULL || equals == text || equals[1] == '\0')
			return command_usage(c, "--result: '%s' is not POLICY=RESULT", text);
		list[ret->n] = (struct played_result){
			arena_strndup(arena, text, (size_t)(equals - text)), equals + 1};
		status = check_played_result(c, chain, &list[ret->n++], arena);
	}
	return status;
}

const char *
played_results_find(const struct played_results *played, const char *policy)
{
	for (size_t i = 0; i < played->n; i++)
		if (strcmp(played->list[i].policy, policy) == 0)
			return played->list[i].result;
	return NULL;
}

/* The functions that a policy calls while its section is read (policy.h, part 2). Each one only
 * reaches into struct policy_setup. */
#include "policy/setup.h"

#include <errno.h>

#include "text/placeholder.h"
#include "util/arena.h"

struct arena *
policy_setup_arena(struct policy_setup *setup)
{
	return setup->scope.arena;
}

const char *
policy_setup_title(const struct policy_setup *setup)
{
	return setup->title;
}

const struct content_limits *
policy_setup_content_limits(const struct policy_setup *setup)
{
	return &setup->view;
}

const struct table *
policy_setup_table(struct policy_setup *setup, const struct section *s, const char *option,
		   const char *name)
{
	return table_scope_find(&setup->scope.tables, s, option, name);
}

const struct table_scope *
policy_setup_tables(const struct policy_setup *setup)
{
	return &setup->scope.tables;
}

const struct condition *
policy_setup_condition(struct policy_setup *setup, const struct section *s)
{
	return condition_read(s, &setup->scope);
}

const struct condition *
policy_setup_table_condition(struct policy_setup *setup, const struct section *s,
			     const char *option, const struct table *table)
{
	return condition_read_with_table(s, &setup->scope, option, table);
}

static int
setup_name_policy(struct policy_setup *setup, const struct section *s, const char *option,
		  enum placeholder what, const char *title)
{
	const struct condition_scope *scope = &setup->scope;
	const struct policy_results *results = scope->results(scope->ctx, s, option, title);

	if (results == NULL)
		return -EINVAL;
	if (what == PLACEHOLDER_SCORE && !results->scored)
		return section_error(s, option, "%s: policy '%s' finds no score", option,
				     title);
	setup->named_policies = arena_grow(scope->arena, setup->named_policies, setup->n_named,
					   &setup->cap_named, sizeof(*setup->named_policies));
	setup->named_policies[setup->n_named++] = title;
	return 0;
}

int
policy_setup_template(struct policy_setup *setup, const struct section *s, const char *option,
		      const struct template *t)
{
	enum placeholder what;
	const char *title;
	size_t at = 0;
	int r = 0;

	while (t != NULL && (title = template_next_policy(t, &at, &what)) != NULL)
		r |= setup_name_policy(setup, s, option, what, title);
	return r < 0 ? -EINVAL : 0;
}

const struct service *
policy_setup_service(struct policy_setup *setup, const struct section *s, const char *option,
		     const struct service_kind *kind)
{
	return setup->service(setup->service_ctx, s, option, section_string(s, option), kind);
}

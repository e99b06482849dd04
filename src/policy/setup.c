/* The functions that a policy calls while its section is read (policy.h, part 2). Each one only
 * reaches into struct policy_setup. */
#include "policy/setup.h"

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

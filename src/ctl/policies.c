/* polymilterctl policies: what is built in, from the tables that the parser reads. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"
#include "config/schema.h"
#include "ctl/command.h"
#include "util/arena.h"
#include "util/str.h"

#define MAX_DEPTH 4 /* size, limit, header: as deep as sections go */

enum { OPT_OPTIONS };

static const struct command_option options[] = {
	[OPT_OPTIONS] = {"options", NULL,
			 "all options, tab separated: section, option, type, default, help", 0},
	{0},
};

static const char *const type_names[] = {
	[OPTION_STRING] = "string",   [OPTION_SIZE] = "size",	[OPTION_DURATION] = "duration",
	[OPTION_COUNT] = "count",     [OPTION_MODE] = "mode",	[OPTION_BOOL] = "bool",
	[OPTION_WORD] = "word",	      [OPTION_REGEX] = "regex", [OPTION_LIST] = "list",
	[OPTION_REGEXES] = "regexes", [OPTION_LIMIT] = "limit", [OPTION_SECTION] = "section",
	[OPTION_GROUP] = "group",
};

/* One option; path is that of its section ("header.rule", "" for the top level), depth 1 for
 * what stands in the first table. */
typedef void row_fn(const char *path, const struct option *o);

struct level {
	const char *path;
	const struct option *table;
	size_t next;
};

/* Every option of a table; those of a section inside come behind it. */
static void
walk(struct arena *arena, const char *path, const struct option *table, row_fn *row)
{
	struct level levels[MAX_DEPTH] = {{.path = path, .table = table}};
	size_t depth = 1;

	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		const struct option *o = option_at(level->table, level->next++);

		if (!o) {
			depth--;
			continue;
		}
		row(level->path, o);
		if (!o->options || !option_is_section(o))
			continue;
		assert(depth < MAX_DEPTH);
		levels[depth++] = (struct level){
			.path = arena_printf(arena, "%s%s%s", level->path,
					     *level->path ? "." : "", o->name),
			.table = o->options,
		};
	}
}

/* For programs. */
static void
print_row(const char *path, const struct option *o)
{
	printf("%s\t%s\t%s\t%s\t%s\n", *path ? path : "-", o->name, type_names[o->type],
	       o->value ? o->value : "-", o->help ? o->help : "");
}

/* For people. */
static void
describe_row(const char *path, const struct option *o)
{
	char left[64];
	int indent = 2;

	for (const char *p = path; (p = strchr(p, '.')); p++)
		indent += 2;
	snprintf(left, sizeof(left), "%*s%s%s", indent, "", o->name,
		 option_is_section(o) ? " { }" : "");
	printf("%-26s %-9s %s", left, type_names[o->type], o->help ? o->help : "");
	for (size_t i = 0; o->words && o->words[i]; i++)
		printf("%s %s", i ? "," : ":", o->words[i]);
	if (o->value)
		printf(" (%s)", *o->value ? o->value : "\"\"");
	if (o->planned)
		printf(" [planned]");
	printf("\n");
}

static const struct option *
find_policy(const struct option *top, const char *name)
{
	const struct option *o = option_find(top, name);

	return o && schema_is_policy(o) ? o : NULL;
}

static int
refuse(const struct command *c, const char *name)
{
	const char *names[32] = {NULL};
	const char *near;

	for (size_t i = 0; policy_registry[i] && i < 31; i++)
		names[i] = policy_registry[i]->name;
	near = str_nearest(name, names);
	return near ? command_usage(c, "no policy '%s'; did you mean '%s'?", name, near)
		    : command_usage(c, "no policy '%s'", name);
}

static void
list(void)
{
	for (size_t i = 0; policy_registry[i]; i++)
		printf("%-12s %s\n", policy_registry[i]->name, policy_registry[i]->summary);
}

static void
describe(struct arena *arena, const struct option *policy)
{
	printf("%s: %s\n\n", policy->name, policy->help);
	walk(arena, policy->name, policy->options, describe_row);
}

static int
policies_run(const struct command *c, const struct command_args *args)
{
	const char *name = args->n_operands ? args->operands[0] : NULL;
	struct arena *arena = arena_new();
	const struct option *top = schema_make_options(arena);
	const struct option *policy = name ? find_policy(top, name) : NULL;
	int status = EX_OK;

	if (name && (!policy || !policy->options))
		status = refuse(c, name);
	else if (args->values[OPT_OPTIONS])
		walk(arena, policy ? name : "", policy ? policy->options : top, print_row);
	else if (policy)
		describe(arena, policy);
	else
		list();
	arena_free(arena);
	return status;
}

const struct command command_policies = {
	.name = "policies",
	.operands = "[NAME]",
	.max_operands = 1,
	.summary = "Lists the policies that are built in, or one with its options",
	.options = options,
	.run = policies_run,
};

/* polymilterctl policies: prints the policies that are built in, or options with their types,
 * defaults and help, from the tables with which the configuration is read. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"
#include "config/schema.h"
#include "ctl/command.h"
#include "util/arena.h"
#include "util/str.h"

#define MAX_DEPTH 4 /* tables inside each other: top level, size, limit, header */

enum { OPT_OPTIONS };

static const struct command_option options[] = {
	[OPT_OPTIONS] = {"options", NULL,
			 "print options as lines: section, option, type, default, help", 0},
	{0},
};

static const char *const type_names[] = {
	[OPTION_STRING] = "string",   [OPTION_SIZE] = "size",	[OPTION_DURATION] = "duration",
	[OPTION_COUNT] = "count",     [OPTION_MODE] = "mode",	[OPTION_BOOL] = "bool",
	[OPTION_WORD] = "word",	      [OPTION_REGEX] = "regex", [OPTION_LIST] = "list",
	[OPTION_REGEXES] = "regexes", [OPTION_LIMIT] = "limit", [OPTION_SECTION] = "section",
	[OPTION_GROUP] = "group",
};

/* Prints one option. path is that of its section: "header.rule", "" for the top level. */
typedef void print_option_fn(const char *path, const struct option *o);

struct table_level { /* a table in which walking has begun */
	const char *path;
	const struct option *table;
	size_t next;
};

/* Prints every option of a table; those of a section inside it follow that section. */
static void
print_options(struct arena *arena, const char *path, const struct option *table,
	      print_option_fn *print)
{
	struct table_level levels[MAX_DEPTH] = {{.path = path, .table = table}};
	size_t depth = 1;

	while (depth > 0) {
		struct table_level *level = &levels[depth - 1];
		const struct option *o = option_at(level->table, level->next++);

		if (!o) {
			depth--;
			continue;
		}
		print(level->path, o);
		if (!o->options || !option_is_section(o))
			continue;
		assert(depth < MAX_DEPTH);
		levels[depth++] = (struct table_level){
			.path = arena_printf(arena, "%s%s%s", level->path,
					     *level->path ? "." : "", o->name),
			.table = o->options,
		};
	}
}

/* As a line for programs, its fields separated by tabs. */
static void
print_option_fields(const char *path, const struct option *o)
{
	printf("%s\t%s\t%s\t%s\t%s\n", *path ? path : "-", o->name, type_names[o->type],
	       o->value ? o->value : "-", o->help ? o->help : "");
}

/* As an indented line for readers. */
static void
print_option_line(const char *path, const struct option *o)
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
find_policy_section(const struct option *top, const char *name)
{
	const struct option *o = option_find(top, name);

	return o && schema_is_policy(o) ? o : NULL;
}

static int
reject_policy_name(const struct command *c, const struct option *top, const char *name)
{
	const char *near = option_suggest(top, name);

	return near && find_policy_section(top, near)
		       ? command_usage(c, "no policy '%s'; did you mean '%s'?", name, near)
		       : command_usage(c, "no policy '%s'", name);
}

static void
print_policies(void)
{
	for (size_t i = 0; policy_registry[i]; i++)
		printf("%-12s %s\n", policy_registry[i]->name, policy_registry[i]->summary);
}

static void
print_policy(struct arena *arena, const struct option *policy)
{
	printf("%s: %s\n\n", policy->name, policy->help);
	print_options(arena, policy->name, policy->options, print_option_line);
}

static int
policies_run(const struct command *c, const struct command_args *args)
{
	const char *name = args->n_operands ? args->operands[0] : NULL;
	struct arena *arena = arena_new();
	const struct option *top = schema_make_options(arena);
	const struct option *policy = name ? find_policy_section(top, name) : NULL;
	int status = EX_OK;

	if (name && (!policy || !policy->options))
		status = reject_policy_name(c, top, name);
	else if (args->values[OPT_OPTIONS])
		print_options(arena, policy ? name : "", policy ? policy->options : top,
			      print_option_fields);
	else if (policy)
		print_policy(arena, policy);
	else
		print_policies();
	arena_free(arena);
	return status;
}

const struct command command_policies = {
	.name = "policies",
	.operands = "[NAME]",
	.max_operands = 1,
	.summary = "List the policies that are built in, or the options of one",
	.options = options,
	.run = policies_run,
};

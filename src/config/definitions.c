/* Makes what other sections name by its title: tables, conditions, services, policies.
 *
 * Input: the sections of these kinds. Output: their objects, found by title from then on. The
 * order matters: a policy needs its conditions, a condition needs its tables and the
 * conditions in its lists all, any and none. A file may define conditions in any order, so
 * each is read after those that it names. Example:
 *
 *     condition "a" { all = { "b", "c" } }     a waits for b, b waits for c;
 *     condition "b" { any = { "c" } }          c is read, then b, then a (c is read already)
 *     condition "c" { tls = yes }
 *
 * With none = { "a" } in "c" the walk would meet "a" while that waits: a circular dependency,
 * reported at the title "a" in "c". The walk keeps its path in needed_by and does not recurse,
 * because a file may have thousands of conditions in one path. */
#include <assert.h>
#include <string.h>

#include "chain/chain.h"
#include "config/builder.h"
#include "config/schema.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"
#include "util/str.h"

/* The options of a condition that name other conditions. */
static const char *const condition_lists[] = {"all", "any", "none"};
#define N_CONDITION_LISTS (sizeof(condition_lists) / sizeof(condition_lists[0]))

size_t
builder_find_value(const struct section *s, const char *option, const char *value)
{
	const char *const *list;
	size_t n;

	if (!option_is_list(option_find(s->options, option)))
		return SIZE_MAX;
	n = section_list(s, option, &list);
	for (size_t i = 0; i < n; i++) {
		const char *table = table_reference(list[i]);

		if (strcmp(list[i], value) == 0 || (table != NULL && strcmp(table, value) == 0))
			return i;
	}
	return SIZE_MAX;
}

static struct definition *
find_definition(const struct definitions *known, const char *title)
{
	for (size_t i = 0; i < known->n; i++) {
		if (strcmp(section_title(known->list[i].section), title) == 0)
			return known->list + i;
	}
	return NULL;
}

static const struct section *
find_section_in_groups(const struct section *s, const char *title)
{
	for (size_t i = 0; i < s->n_groups; i++) {
		for (size_t k = 0; k < s->groups[i].n; k++) {
			if (strcmp(section_title(s->groups[i].sections[k]), title) == 0 &&
			    strcmp(s->groups[i].option->name, "policy") != 0)
				return s->groups[i].sections[k];
		}
	}
	return NULL;
}

/* A section of any kind with this title, at the top level or inside a section there; but the
 * title of a section `policy` of a condition is another one's. NULL: none. "table:X" names X.
 */
static const struct section *
find_section_titled(const struct config_builder *b, const char *title)
{
	const char *in_table = table_reference(title);
	const struct section *found;

	if (in_table != NULL)
		title = in_table;
	found = *title != '\0' ? find_section_in_groups(b->root, title) : NULL;
	for (size_t i = 0; found == NULL && *title != '\0' && i < b->root->n_groups; i++) {
		const struct section_group *group = &b->root->groups[i];

		for (size_t k = 0; found == NULL && k < group->n; k++)
			found = find_section_in_groups(group->sections[k], title);
	}
	return found;
}

static bool
is_policy_kind(const char *kind)
{
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		if (strcmp(policy_registry[i]->name, kind) == 0)
			return true;
	}
	return false;
}

/* Where a title is the name of an option of conditions, or of a kind of policies: how a section
 * gets the title that belongs here. "" else. */
static const char *
tell_title_of_kind(struct config_builder *b, const char *kind, const char *title)
{
	const struct option *o = option_find(b->source->options, kind);

	if (o != NULL && o->options != NULL && option_find(o->options, title) != NULL)
		return arena_printf(b->arena, "; write %s \"NAME\" { %s = ... }, and NAME here",
				    kind, title);
	if (strcmp(kind, "policy") == 0 && is_policy_kind(title))
		return arena_printf(b->arena, "; write the title: NAME of %s \"NAME\" { ... }",
				    title);
	return "";
}

/* What is said of a title that no section of the right kind has: where a section of another
 * kind has it, as in "when: 'caps' is not a condition but the policy at line 4", or which title
 * was probably meant. */
static const char *
describe_missing_definition(struct config_builder *b, const struct definitions *known,
			    const char *kind, const struct section *s, const char *title)
{
	const struct section *other = find_section_titled(b, title);
	const char **titles, *near;

	if (other != NULL)
		return arena_printf(b->arena, "'%s' is not a %s but the %s at %s", title, kind,
				    is_policy_kind(section_kind(other)) ? "policy"
									: section_kind(other),
				    strcmp(other->file, s->file) == 0
					    ? arena_printf(b->arena, "line %u", other->line)
					    : section_place(other));
	titles = arena_alloc(b->arena, (known->n + 1) * sizeof(*titles));
	for (size_t i = 0; i < known->n; i++)
		titles[i] = section_title(known->list[i].section);
	titles[known->n] = NULL;
	near = str_nearest(title, titles);
	return near == NULL ? arena_printf(b->arena, "unknown %s '%s'%s", kind, title,
					   tell_title_of_kind(b, kind, title))
			    : arena_printf(b->arena, "unknown %s '%s'; did you mean '%s'?",
					   kind, title, near);
}

/* Marks the definition as used. When there is none it is reported, unless a refused section may
 * be it: then the error in that section was reported. */
static struct definition *
find_definition_or_report(struct config_builder *b, const struct definitions *known,
			  const char *kind, const struct section *s, const char *option,
			  const char *title)
{
	struct definition *found = find_definition(known, title);

	if (found != NULL) {
		found->is_used = true;
		return found;
	}
	if (source_may_define(b->source, title))
		return NULL;
	section_error_item(s, option, builder_find_value(s, option, title), "%s: %s", option,
			   describe_missing_definition(b, known, kind, s, title));
	return NULL;
}

static const struct table *
find_table_for_scope(void *ctx, const struct section *s, const char *option, const char *name)
{
	struct config_builder *b = ctx;
	const struct definition *found =
		find_definition_or_report(b, &b->tables, "table", s, option, name);

	return found != NULL ? found->object : NULL;
}

static const struct condition *
find_condition_for_scope(void *ctx, const struct section *s, const char *option,
			 const char *name)
{
	struct config_builder *b = ctx;
	const struct definition *found =
		find_definition_or_report(b, &b->conditions, "condition", s, option, name);

	return found != NULL ? found->object : NULL;
}

static bool
is_listener_in_scope(void *ctx, const char *name)
{
	struct config_builder *b = ctx;
	const struct section *const *list;
	size_t n = section_sections(b->root, "listener", &list);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(section_title(list[i]), name) == 0)
			return true;
	}
	return source_may_define(b->source, name);
}

static const struct policy_ops *
find_policy_ops(const char *kind)
{
	size_t i = 0;

	while (strcmp(policy_registry[i]->name, kind) != 0)
		i++;
	return policy_registry[i];
}

/* Policies are not made yet: their kinds are known from their sections. That a condition names
 * a policy is no use of it. */
static const struct policy_results *
find_results_for_scope(void *ctx, const struct section *s, const char *option,
		       const char *title)
{
	struct config_builder *b = ctx;
	const struct definition *p = find_definition(&b->policies, title);
	const struct policy_results *results;
	const char *where = option != NULL ? arena_printf(b->arena, "%s: ", option) : "";

	if (p == NULL) {
		if (!source_may_define(b->source, title))
			section_error(s, option, "%s%s", where,
				      describe_missing_definition(b, &b->policies, "policy", s,
								  title));
		return NULL;
	}
	results = find_policy_ops(section_kind(p->section))->results;
	if (results == NULL)
		section_error(s, option, "%s%s \"%s\" is a policy without results", where,
			      section_kind(p->section), title);
	return results;
}

struct definition *
builder_find_policy(struct config_builder *b, const struct section *s, const char *option,
		    const char *name)
{
	return find_definition_or_report(b, &b->policies, "policy", s, option, name);
}

struct definition *
builder_find_service(struct config_builder *b, const struct section *s, const char *option,
		     const char *name)
{
	return find_definition_or_report(b, &b->services, "service", s, option, name);
}

static const struct service *
use_service_in_scope(void *ctx, const struct section *s, const char *option, const char *name,
		     const struct service_kind *kind)
{
	return builder_use_service(ctx, s, option, name, kind);
}

static void
collect_definitions(struct config_builder *b, const char *kind, struct definitions *known)
{
	const struct section *const *list;
	size_t n = section_sections(b->root, kind, &list);
	struct definition *more = arena_zalloc(b->arena, (known->n + n) * sizeof(*more));

	if (known->n > 0)
		memcpy(more, known->list, known->n * sizeof(*more));
	for (size_t i = 0; i < n; i++)
		more[known->n + i].section = list[i];
	known->list = more;
	known->n += n;
}

static void
load_tables(struct config_builder *b)
{
	for (size_t i = 0; i < b->tables.n; i++) {
		struct definition *t = b->tables.list + i;

		/* Its type may be what is missing: further errors would be misleading. */
		if (!t->section->faulty)
			t->object =
				table_load(b->arena, t->section, section_directory(t->section));
	}
}

/* The next condition that c names and that exists. NULL: no more. */
static struct definition *
find_next_dependency(struct config_builder *b, struct definition *c)
{
	for (; c->next_list < N_CONDITION_LISTS; c->next_list++, c->next_in_list = 0) {
		const char *const *names;
		size_t n = section_list(c->section, condition_lists[c->next_list], &names);

		while (c->next_in_list < n) {
			struct definition *needed =
				find_definition(&b->conditions, names[c->next_in_list++]);

			if (needed != NULL)
				return needed;
		}
	}
	return NULL;
}

/* Reports, at the last title that from has looked at, that this title is a condition which
 * waits for from. */
static void
report_circular_dependency(struct config_builder *b, const struct definition *from,
			   const struct definition *to)
{
	const char *chain = arena_printf(b->arena, "'%s'", section_title(to->section));
	const char *option = condition_lists[from->next_list];

	for (const struct definition *c = from; c != to; c = c->needed_by)
		chain = arena_printf(b->arena, "'%s' needs %s", section_title(c->section),
				     chain);
	section_error_item(from->section, option, from->next_in_list - 1,
			   "%s: circular dependency of conditions: '%s' needs %s", option,
			   section_title(to->section), chain);
}

static void
read_one_condition(struct config_builder *b, struct definition *c)
{
	c->state = DEFINITION_READ;
	c->object = condition_read(c->section, &b->scope);
}

/* Reads a condition after those that it needs. */
static void
read_condition_with_dependencies(struct config_builder *b, struct definition *c)
{
	c->state = DEFINITION_WAITS;
	while (c != NULL) {
		struct definition *needed = find_next_dependency(b, c);

		if (needed == NULL) {
			read_one_condition(b, c);
			c = c->needed_by;
		} else if (needed->state == DEFINITION_WAITS) {
			report_circular_dependency(b, c, needed);
			c->next_list = N_CONDITION_LISTS;
		} else if (needed->state == DEFINITION_NEW) {
			needed->needed_by = c;
			needed->state = DEFINITION_WAITS;
			c = needed;
		}
	}
}

static void
read_all_conditions(struct config_builder *b)
{
	for (size_t i = 0; i < b->conditions.n; i++) {
		if (b->conditions.list[i].state == DEFINITION_NEW)
			read_condition_with_dependencies(b, b->conditions.list + i);
	}
}

static void
make_policy_instance(struct config_builder *b, struct definition *p)
{
	const struct section *s = p->section;
	struct policy_setup setup = {.title = section_title(s),
				     .scope = b->scope,
				     .view = b->view,
				     .service = use_service_in_scope,
				     .service_ctx = b,
				     .wait_time_ms = b->config->wait_time_ms};
	struct policy_inst *inst = arena_zalloc(b->arena, sizeof(*inst));

	inst->ops = find_policy_ops(section_kind(s));
	inst->title = section_title(s);
	inst->mode = (enum policy_mode)section_word(s, "mode");
	inst->on_error = (enum on_event)section_word(s, "on_error");
	inst->events = builder_read_events(b, s);
	inst->when = condition_read_names(s, "when", &b->scope, &inst->n_when);
	inst->unless = condition_read_names(s, "unless", &b->scope, &inst->n_unless);
	if (s->incomplete || inst->ops->configure(&setup, s, &inst->need, &inst->conf) < 0)
		return;
	setup_add_rule_needs(&setup, &inst->need);
	builder_add_event_needs(b, inst->events, &inst->need);
	inst->rules = setup.rules;
	inst->n_rules = setup.n_rules;
	inst->named_policies = setup.named_policies;
	inst->n_named = setup.n_named;
	p->object = inst;
}

void
builder_make_definitions(struct config_builder *b)
{
	b->scope = (struct condition_scope){.arena = b->arena,
					    .tables = {find_table_for_scope, b},
					    .condition = find_condition_for_scope,
					    .listener = is_listener_in_scope,
					    .results = find_results_for_scope,
					    .ctx = b,
					    .zones = &b->zones};
	collect_definitions(b, "table", &b->tables);
	collect_definitions(b, "condition", &b->conditions);
	collect_definitions(b, "service", &b->services);
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		collect_definitions(b, policy_registry[i]->name, &b->policies);
	load_tables(b);
	builder_read_services(b);
	read_all_conditions(b);
	for (size_t i = 0; i < b->policies.n; i++)
		make_policy_instance(b, b->policies.list + i);
	for (size_t i = 0; i < b->tables.n; i++)
		if (b->tables.list[i].object != NULL)
			table_warn_keys(b->tables.list[i].object);
}

static void
warn_unused_definitions(const struct definitions *known, const char *problem)
{
	for (size_t i = 0; i < known->n; i++) {
		const struct section *s = known->list[i].section;

		if (!known->list[i].is_used)
			section_warning(s, NULL, "%s \"%s\" %s", section_kind(s),
					section_title(s), problem);
	}
}

void
builder_warn_unused(struct config_builder *b)
{
	warn_unused_definitions(&b->policies, "is in no chain, so it never runs");
	warn_unused_definitions(&b->conditions, "is not used");
	warn_unused_definitions(&b->tables, "is not used");
	warn_unused_definitions(&b->services, "is not used");
}

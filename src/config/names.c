/* What is known by its title: tables, conditions, policies. */
#include <assert.h>
#include <string.h>

#include "chain/chain.h"
#include "config/build.h"
#include "config/schema.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"
#include "util/str.h"

/* The lists of a condition that name others. */
static const char *const condition_lists[] = {"all", "any", "none"};
#define N_CONDITION_LISTS (sizeof(condition_lists) / sizeof(condition_lists[0]))

size_t
build_item(const struct section *s, const char *option, const char *value)
{
	const char *const *list;
	size_t n;

	if (!option_is_list(option_find(s->options, option)))
		return SIZE_MAX;
	n = section_list(s, option, &list);
	for (size_t i = 0; i < n; i++) {
		const char *colon = strchr(list[i], ':');

		if (strcmp(list[i], value) == 0 ||
		    (colon != NULL && strcmp(colon + 1, value) == 0))
			return i;
	}
	return SIZE_MAX;
}

static struct named *
find(const struct names *names, const char *title)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(section_title(names->list[i].section), title) == 0)
			return names->list + i;
	}
	return NULL;
}

/* As find(), and tells when there is none, unless it may be one of those that were refused. */
static struct named *
look_up(struct build *b, const struct names *names, const char *kind, const struct section *s,
	const char *option, const char *title)
{
	struct named *found = find(names, title);
	const char **titles, *near;

	if (found != NULL) {
		found->used = true;
		return found;
	}
	if (source_is_lost(b->source, title))
		return NULL;
	titles = arena_alloc(b->arena, (names->n + 1) * sizeof(*titles));
	for (size_t i = 0; i < names->n; i++)
		titles[i] = section_title(names->list[i].section);
	titles[names->n] = NULL;
	near = str_nearest(title, titles);
	section_error_item(s, option, build_item(s, option, title), "%s: unknown %s '%s'%s%s%s",
			   option, kind, title, near != NULL ? "; did you mean '" : "",
			   near != NULL ? near : "", near != NULL ? "'?" : "");
	return NULL;
}

static const struct table *
scope_table(void *ctx, const struct section *s, const char *option, const char *name)
{
	struct build *b = ctx;
	const struct named *found = look_up(b, &b->tables, "table", s, option, name);

	return found != NULL ? found->made : NULL;
}

static const struct condition *
scope_condition(void *ctx, const struct section *s, const char *option, const char *name)
{
	struct build *b = ctx;
	const struct named *found = look_up(b, &b->conditions, "condition", s, option, name);

	return found != NULL ? found->made : NULL;
}

static bool
scope_listener(void *ctx, const char *name)
{
	struct build *b = ctx;
	const struct section *const *list;
	size_t n = section_sections(b->root, "listener", &list);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(section_title(list[i]), name) == 0)
			return true;
	}
	return source_is_lost(b->source, name);
}

struct named *
build_find_policy(struct build *b, const struct section *s, const char *option,
		  const char *name)
{
	return look_up(b, &b->policies, "policy", s, option, name);
}

static void
gather(struct build *b, const char *kind, struct names *names)
{
	const struct section *const *list;
	size_t n = section_sections(b->root, kind, &list);
	struct named *more = arena_zalloc(b->arena, (names->n + n) * sizeof(*more));

	if (names->n > 0)
		memcpy(more, names->list, names->n * sizeof(*more));
	for (size_t i = 0; i < n; i++)
		more[names->n + i].section = list[i];
	names->list = more;
	names->n += n;
}

static void
make_tables(struct build *b)
{
	for (size_t i = 0; i < b->tables.n; i++) {
		struct named *t = b->tables.list + i;

		/* Without its type, all that is said of a table would be wrong. */
		if (!t->section->faulty)
			t->made =
				table_load(b->arena, t->section, section_directory(t->section));
	}
}

/* The next condition that c names and that is known; NULL: no more. */
static struct named *
next_needed(struct build *b, struct named *c)
{
	for (; c->list < N_CONDITION_LISTS; c->list++, c->item = 0) {
		const char *const *names;
		size_t n = section_list(c->section, condition_lists[c->list], &names);

		while (c->item < n) {
			struct named *needed = find(&b->conditions, names[c->item++]);

			if (needed != NULL)
				return needed;
		}
	}
	return NULL;
}

/* "a" names "b" names "a": told at the name that closes the circle. */
static void
refuse_circle(struct build *b, const struct named *from, const struct named *to)
{
	const char *chain = arena_printf(b->arena, "'%s'", section_title(to->section));
	const char *option = condition_lists[from->list];

	for (const struct named *c = from; c != to; c = c->asked_by)
		chain = arena_printf(b->arena, "'%s' needs %s", section_title(c->section),
				     chain);
	section_error_item(from->section, option, from->item - 1,
			   "%s: conditions need each other in a circle: '%s' needs %s", option,
			   section_title(to->section), chain);
}

static void
make_condition(struct build *b, struct named *c)
{
	c->open = false;
	c->done = true;
	c->made = condition_read(c->section, &b->scope);
}

/* Reads those that it needs first, by a walk that keeps its way in asked_by. */
static void
make_condition_and_needed(struct build *b, struct named *c)
{
	c->open = true;
	while (c != NULL) {
		struct named *needed = next_needed(b, c);

		if (needed == NULL) {
			make_condition(b, c);
			c = c->asked_by;
		} else if (needed->open) {
			refuse_circle(b, c, needed);
			c->list = N_CONDITION_LISTS;
		} else if (!needed->done) {
			needed->asked_by = c;
			needed->open = true;
			c = needed;
		}
	}
}

static void
make_conditions(struct build *b)
{
	for (size_t i = 0; i < b->conditions.n; i++) {
		if (!b->conditions.list[i].done)
			make_condition_and_needed(b, b->conditions.list + i);
	}
}

static const struct condition *const *
read_conditions(struct build *b, const struct section *s, const char *option, size_t *ret_n)
{
	const char *const *names;
	size_t n = section_list(s, option, &names);
	const struct condition **list = arena_alloc(b->arena, (n + 1) * sizeof(*list));

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct condition *c = scope_condition(b, s, option, names[i]);

		if (c != NULL)
			list[(*ret_n)++] = c;
	}
	return list;
}

static const struct policy_ops *
ops_of(const char *kind)
{
	size_t i = 0;

	while (strcmp(policy_registry[i]->name, kind) != 0)
		i++;
	return policy_registry[i];
}

static void
make_policy(struct build *b, struct named *p)
{
	const struct section *s = p->section;
	struct policy_setup setup = {.title = section_title(s), .scope = b->scope};
	struct policy_inst *inst = arena_zalloc(b->arena, sizeof(*inst));

	inst->ops = ops_of(section_kind(s));
	inst->title = section_title(s);
	inst->mode = (enum policy_mode)section_word(s, "mode");
	inst->on_error = (enum on_error)section_word(s, "on_error");
	inst->when = read_conditions(b, s, "when", &inst->n_when);
	inst->unless = read_conditions(b, s, "unless", &inst->n_unless);
	if (!s->incomplete && inst->ops->configure(&setup, s, &inst->need, &inst->conf) == 0)
		p->made = inst;
}

void
build_names(struct build *b)
{
	b->scope = (struct condition_scope){.arena = b->arena,
					    .tables = {scope_table, b},
					    .condition = scope_condition,
					    .listener = scope_listener,
					    .ctx = b};
	gather(b, "table", &b->tables);
	gather(b, "condition", &b->conditions);
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		gather(b, policy_registry[i]->name, &b->policies);
	make_tables(b);
	make_conditions(b);
	for (size_t i = 0; i < b->policies.n; i++)
		make_policy(b, b->policies.list + i);
}

static void
warn_unused(const struct names *names, const char *what)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct section *s = names->list[i].section;

		if (!names->list[i].used)
			section_warning(s, NULL, "%s \"%s\" %s", section_kind(s),
					section_title(s), what);
	}
}

void
build_warn_unused(struct build *b)
{
	warn_unused(&b->policies, "stands in no chain");
	warn_unused(&b->conditions, "is used by nothing");
	warn_unused(&b->tables, "is used by nothing");
}

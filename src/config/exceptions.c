/* The options on_EVENT of a policy's section, and its sections `exception`. Input: the section;
 * output: struct policy_events, and what its actions and conditions need of the MTA. */
#include <string.h>

#include "chain/chain.h"
#include "config/builder.h"
#include "config/schema.h"
#include "option/section.h"
#include "util/arena.h"

static size_t
count_event_options(const struct option *table)
{
	const struct option *o;
	size_t n = 0;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		n += schema_is_event(o);
	return n;
}

static const char *const *
list_event_options(struct arena *arena, const struct option *table, size_t n)
{
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));
	const struct option *o;
	size_t used = 0;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		if (schema_is_event(o))
			names[used++] = o->name;
	return names;
}

static const int *
read_actions(struct arena *arena, const struct section *s, const struct policy_events *events)
{
	int *actions = arena_alloc(arena, (events->n_options + 1) * sizeof(*actions));

	for (size_t i = 0; i < events->n_options; i++)
		actions[i] = section_word(s, events->options[i]);
	return actions;
}

static void
check_exception(const struct section *s, const struct policy_events *events, bool last)
{
	bool acts = false;

	for (size_t i = 0; i < events->n_options; i++)
		acts |= section_has(s, events->options[i]);
	if (!acts)
		section_error(s, NULL,
			      "exception \"%s\" has no option on_error or another "
			      "on_...",
			      section_title(s));
	else if (!section_has(s, "when") && !section_has(s, "unless"))
		section_warning(s, NULL,
				"exception \"%s\" has neither when nor unless, so it "
				"always counts%s",
				section_title(s), last ? "" : ", and those behind it never do");
}

static struct policy_exception
read_exception(struct config_builder *b, const struct section *s,
	       const struct policy_events *events)
{
	struct policy_exception e = {.title = section_title(s)};

	e.when = condition_read_names(s, "when", &b->scope, &e.n_when);
	e.unless = condition_read_names(s, "unless", &b->scope, &e.n_unless);
	e.actions = read_actions(b->arena, s, events);
	return e;
}

const struct policy_events *
builder_read_events(struct config_builder *b, const struct section *s)
{
	struct policy_events *events = arena_zalloc(b->arena, sizeof(*events));
	const struct section *const *list;
	struct policy_exception *exceptions;
	size_t n = section_sections(s, "exception", &list);

	events->n_options = count_event_options(s->options);
	events->options = list_event_options(b->arena, s->options, events->n_options);
	events->actions = read_actions(b->arena, s, events);
	exceptions = arena_alloc(b->arena, (n + 1) * sizeof(*exceptions));
	for (size_t i = 0; i < n; i++) {
		exceptions[i] = read_exception(b, list[i], events);
		check_exception(list[i], events, i + 1 == n);
	}
	events->exceptions = exceptions;
	events->n_exceptions = n;
	return events;
}

static void
add_action_needs(const int *actions, const struct policy_events *events,
		 struct policy_need *need)
{
	for (size_t i = 0; i < events->n_options; i++) {
		bool ends = actions[i] == ON_EVENT_ACCEPT || actions[i] == ON_EVENT_DISCARD;

		if (actions[i] == ON_EVENT_QUARANTINE)
			need->actions |= ACTION_QUARANTINE;
		if (ends && strcmp(events->options[i], "on_error") != 0)
			need->may_end = true;
	}
}

void
builder_add_event_needs(struct config_builder *b, const struct policy_events *events,
			struct policy_need *need)
{
	add_action_needs(events->actions, events, need);
	for (size_t i = 0; i < events->n_exceptions; i++) {
		const struct policy_exception *e = &events->exceptions[i];

		add_action_needs(e->actions, events, need);
		setup_add_condition_needs(b->arena, e->when, e->n_when, need);
		setup_add_condition_needs(b->arena, e->unless, e->n_unless, need);
	}
}

/* Lints about conditions: one that never holds, and what never runs because of them. */
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "lint/facts.h"
#include "lint/lint_private.h"

void
lint_never_holds(struct lint_run *run)
{
	const struct section *const *list;
	size_t n = lint_top_sections(run, "condition", &list);

	for (size_t i = 0; i < n; i++) {
		struct facts f = {0};
		const char *why;

		facts_add_lines(run, &f, list[i]);
		why = facts_contradiction(run, &f, list[i]);
		if (why != NULL)
			lint_warn(run, list[i], NULL, SIZE_MAX,
				  "condition \"%s\" never holds: %s; remove one of them",
				  section_title(list[i]), why);
	}
}

/* Adds what when, unless and the lines in the section itself say. */
static void
add_section_conditions(struct lint_run *run, struct facts *f, const struct section *s)
{
	const char *const *names;
	size_t n = lint_values(s, "when", &names);

	for (size_t i = 0; i < n; i++) {
		const struct section *c = lint_find_section(run, "condition", names[i]);

		if (c != NULL)
			facts_add_lines(run, f, c);
	}
	n = lint_values(s, "unless", &names);
	for (size_t i = 0; i < n; i++) {
		const struct section *c = lint_find_section(run, "condition", names[i]);

		if (c != NULL)
			facts_add_excluded(run, f, c);
	}
	if (option_find(s->options, "recipient_domain") != NULL) /* limit, bcc_map, access */
		facts_add_lines(run, f, s);
}

/* Is the listener of that name one by which the mail may come in? */
static bool
facts_allow_listener(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->list[i];
		const char *const *values;
		bool listed = false;
		size_t n;

		if (strcmp(fact->row->option, "listener") != 0)
			continue;
		n = lint_values(fact->section, fact->negated ? "not_listener" : "listener",
				&values);
		for (size_t k = 0; k < n; k++)
			listed |= strcmp(values[k], name) == 0;
		if (listed == fact->negated)
			return false;
	}
	return true;
}

static bool
chain_has_policy(const struct chain *chain, const char *title)
{
	for (size_t i = 0; i < chain->n; i++)
		if (strcmp(chain->inst[i]->title, title) == 0)
			return true;
	return false;
}

/* Is the policy in chains, and do its conditions exclude the listeners of all of them? */
static bool
excludes_its_listeners(const struct lint_run *run, const struct section *s,
		       const struct facts *f)
{
	bool in_chain = false;

	for (size_t i = 0; i < run->cfg->n_listeners; i++) {
		const struct listener_conf *l = &run->cfg->listeners[i];

		if (!chain_has_policy(l->chain, section_title(s)))
			continue;
		in_chain = true;
		if (facts_allow_listener(f, l->name))
			return false;
	}
	return in_chain;
}

static void
check_section_runs(struct lint_run *run, const struct section *s, const struct facts *around)
{
	const char *option = lint_has(s, "when")     ? "when"
			     : lint_has(s, "unless") ? "unless"
						     : NULL;
	struct facts f = {0};
	const char *why;

	facts_add_lasting(run, &f, around);
	add_section_conditions(run, &f, s);
	why = facts_contradiction(run, &f, s);
	if (why != NULL)
		lint_warn(run, s, option, SIZE_MAX,
			  "%s \"%s\" never runs: %s; remove one of them, or the %s",
			  section_kind(s), section_title(s), why, section_kind(s));
	else if (lint_is_policy(s) && excludes_its_listeners(run, s, &f))
		lint_warn(run, s, option, SIZE_MAX,
			  "%s \"%s\" never runs: its conditions exclude each listener that has "
			  "it in its chain; add it to another chain, or change the condition",
			  section_kind(s), section_title(s));
	for (size_t i = 0; why == NULL && i < s->n_groups; i++)
		for (size_t k = 0; k < s->groups[i].n; k++)
			check_section_runs(run, s->groups[i].sections[k], &f);
}

void
lint_never_runs(struct lint_run *run)
{
	const struct facts none = {0};

	for (size_t p = 0; policy_registry[p] != NULL; p++) {
		const struct section *const *list;
		size_t n = lint_top_sections(run, policy_registry[p]->name, &list);

		for (size_t i = 0; i < n; i++)
			check_section_runs(run, list[i], &none);
	}
}

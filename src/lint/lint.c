/* The table of lints, and what they share: reports, and reading sections whose options are not
 * all known here. */
#include "lint/lint.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "lint/lint_private.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"

/* clang-format off */
static const struct {
	const char *name;
	void (*run)(struct lint_run *run);
} lints[] = {
	{"never-holds",        lint_never_holds},
	{"never-runs",         lint_never_runs},
	{"behind-end",         lint_behind_end},
	{"catch-all",          lint_catch_all},
	{"hidden",             lint_hidden},
	{"match-steps",        lint_match_steps},
	{"forged-from",        lint_forged_from},
	{"open-pattern",       lint_open_pattern},
	{"forged-results",     lint_forged_results},
	{"reply-class",        lint_reply_class},
	{"size-before-footer", lint_size_before_footer},
	{"behind-signer",      lint_behind_signer},
	{"too-big-passes",     lint_too_big_passes},
	{"body-limit",         lint_body_limit},
	{"readable-secret",    lint_readable_secret},
};
/* clang-format on */

void
lint_config(const struct config *cfg)
{
	struct lint_run run = {.cfg = cfg, .arena = arena_new()};

	for (size_t i = 0; i < sizeof(lints) / sizeof(lints[0]); i++) {
		run.name = lints[i].name;
		lints[i].run(&run);
	}
	arena_free(run.arena);
}

void
lint_warn(struct lint_run *run, const struct section *s, const char *option, size_t item,
	  const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(run->arena, fmt, ap);
	va_end(ap);
	if (option == NULL)
		section_warning(s, NULL, "%s [%s]", text, run->name);
	else
		section_warning_item(s, option, item, "%s [%s]", text, run->name);
}

bool
lint_has(const struct section *s, const char *option)
{
	return option_find(s->options, option) != NULL && section_has(s, option);
}

size_t
lint_values(const struct section *s, const char *option, const char *const **ret)
{
	for (size_t i = 0; i < s->n_values; i++) {
		if (strcmp(s->values[i].option->name, option) != 0)
			continue;
		*ret = s->values[i].text;
		return s->values[i].n;
	}
	*ret = NULL;
	return 0;
}

const char *
lint_text(const struct section *s, const char *option)
{
	const struct option *o = option_find(s->options, option);
	const char *const *text;

	if (o == NULL)
		return NULL;
	if (o->type == OPTION_WORD)
		return section_string(s, option);
	return lint_values(s, option, &text) > 0 ? text[0] : o->value;
}

bool
lint_is(const struct section *s, const char *option, const char *text)
{
	const char *value = lint_text(s, option);

	return value != NULL && strcmp(value, text) == 0;
}

bool
lint_is_unconditional(const struct section *s)
{
	const char *mode = lint_text(s, "mode");

	return !lint_has(s, "when") && !lint_has(s, "unless") &&
	       (mode == NULL || strcmp(mode, "enforce") == 0);
}

size_t
lint_inner_sections(const struct section *s, const char *kind,
		    const struct section *const **ret)
{
	const struct option *o = option_find(s->options, kind);

	*ret = NULL;
	if (o == NULL || !option_is_section(o)) /* in a rule, `header` is a string */
		return 0;
	return section_sections(s, kind, ret);
}

size_t
lint_top_sections(const struct lint_run *run, const char *kind,
		  const struct section *const **ret)
{
	return lint_inner_sections(run->cfg->section, kind, ret);
}

const struct section *
lint_find_section(const struct lint_run *run, const char *kind, const char *title)
{
	const struct section *const *list;
	size_t n = lint_top_sections(run, kind, &list);

	for (size_t i = 0; i < n; i++)
		if (strcmp(section_title(list[i]), title) == 0)
			return list[i];
	return NULL;
}

const struct section *
lint_policy_section(const struct lint_run *run, const struct policy_inst *inst)
{
	return lint_find_section(run, inst->ops->name, inst->title);
}

bool
lint_is_policy(const struct section *s)
{
	if (s->parent == NULL || s->parent->parent != NULL)
		return false;
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		if (strcmp(policy_registry[i]->name, section_kind(s)) == 0)
			return true;
	return false;
}

/* Recursion is as deep as the option tables are nested. */
static void
visit_sections(struct lint_run *run, const struct section *s,
	       void (*visit)(struct lint_run *run, const struct section *s))
{
	visit(run, s);
	for (size_t i = 0; i < s->n_groups; i++)
		for (size_t k = 0; k < s->groups[i].n; k++)
			visit_sections(run, s->groups[i].sections[k], visit);
}

void
lint_each_section(struct lint_run *run,
		  void (*visit)(struct lint_run *run, const struct section *s))
{
	visit_sections(run, run->cfg->section, visit);
}

static bool
matches_all_probes(const char *pattern, const char *const *probes)
{
	static const struct regex_limits limits = {.steps = 100000, .time_us = UINT64_MAX};
	struct arena *arena = arena_new();
	struct regex *re;
	char why[256];
	bool all;

	re = regex_compile_with_flags(arena, pattern, REGEX_BACKREFS, why, sizeof(why));
	all = re != NULL;
	for (; all && *probes != NULL; probes++) {
		struct regex_budget budget = {0};

		all = regex_match(re, &limits, &budget, *probes, strlen(*probes), NULL, NULL) >
		      0;
	}
	arena_free(arena);
	return all;
}

bool
lint_matches_every_address(const char *pattern)
{
	static const char *const probes[] = {
		"a@b.example",	 "Zo\xc3\xab.x+list@sub.example.net", "\"a b\"@x-1.invalid",
		"x@[192.0.2.1]", "0_9=q@xn--bcher-kva.test",	      NULL};

	return matches_all_probes(pattern, probes);
}

bool
lint_matches_every_text(const char *pattern)
{
	static const char *const probes[] = {
		"x", "Hello, world!", "\"Ann\" <a@b.example>", "\xc3\xa4 2026", "-", NULL};

	return matches_all_probes(pattern, probes);
}

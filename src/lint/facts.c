/* Collects the facts of conditions, those that they name included. */
#include "lint/facts.h"

#include <string.h>

#include "lint/lint_private.h"
#include "util/arena.h"

#define NAMED_MAX 50u  /* conditions that are looked at for one set of facts */
#define FACTS_MAX 400u /* pairs of them are compared; of more the rest is left out */

/* clang-format off */
static const struct fact_row fact_rows[] = {
	{"authenticated",      NULL,                     FACT_BOOL,    true,  false},
	{"tls",                NULL,                     FACT_BOOL,    true,  false},
	{"listener",           "not_listener",           FACT_NAME,    true,  false},
	{"client",             "not_client",             FACT_NETWORK, true,  false},
	{"client_name",        "not_client_name",        FACT_PATTERN, true,  false},
	{"helo",               "not_helo",               FACT_PATTERN, true,  false},
	{"auth_user",          "not_auth_user",          FACT_NAME,    true,  false},
	{"sender",             "not_sender",             FACT_ADDRESS, false, false},
	{"sender_domain",      "not_sender_domain",      FACT_DOMAIN,  false, false},
	{"recipient",          "not_recipient",          FACT_ADDRESS, false, true},
	{"recipient_domain",   "not_recipient_domain",   FACT_DOMAIN,  false, true},
	{"sender_match",       "not_sender_match",       FACT_PATTERN, false, false},
	{"recipient_match",    "not_recipient_match",    FACT_PATTERN, false, true},
	{"time",               "not_time",               FACT_HOURS,   false, false},
	{"header_from",        "not_header_from",        FACT_ADDRESS, false, true},
	{"header_from_domain", "not_header_from_domain", FACT_DOMAIN,  false, true},
	{"url_domain",         "not_url_domain",         FACT_DOMAIN,  false, true},
	{"size_over",          NULL,                     FACT_OVER,    false, false},
	{"size_under",         NULL,                     FACT_UNDER,   false, false},
};
static const struct fact_row section_rows[] = {
	{"header", NULL, FACT_SECTION, false, false},
	{"macro",  NULL, FACT_SECTION, true,  false},
	{"policy", NULL, FACT_SECTION, false, false},
};
/* clang-format on */

static void
add_fact(struct lint_run *run, struct facts *f, struct fact fact)
{
	if (f->n >= FACTS_MAX) {
		f->is_partial = true;
		return;
	}
	f->list = arena_grow(run->arena, f->list, f->n, &f->cap, sizeof(*f->list));
	f->list[f->n++] = fact;
}

void
facts_add_excluded(struct lint_run *run, struct facts *f, const struct section *condition)
{
	if (f->n_excluded >= FACTS_MAX) {
		f->is_partial = true;
		return;
	}
	f->excluded = arena_grow(run->arena, f->excluded, f->n_excluded, &f->cap_excluded,
				 sizeof(const struct section *));
	f->excluded[f->n_excluded++] = condition;
}

static void
add_option_facts(struct lint_run *run, struct facts *f, const struct section *s)
{
	for (size_t i = 0; i < sizeof(fact_rows) / sizeof(fact_rows[0]); i++) {
		const struct fact_row *row = &fact_rows[i];

		if (lint_has(s, row->option))
			add_fact(run, f, (struct fact){row, false, s});
		if (row->negated_option != NULL && lint_has(s, row->negated_option))
			add_fact(run, f, (struct fact){row, true, s});
	}
}

static void
add_section_facts(struct lint_run *run, struct facts *f, const struct section *s)
{
	for (size_t i = 0; i < sizeof(section_rows) / sizeof(section_rows[0]); i++) {
		const struct section *const *list;
		size_t n = lint_inner_sections(s, section_rows[i].option, &list);

		for (size_t k = 0; k < n; k++)
			add_fact(run, f, (struct fact){&section_rows[i], false, list[k]});
	}
}

/* Adds the conditions that `all` names, and the one of `any` if it names one only. They name
 * each other without a circle, and NAMED_MAX bounds the recursion. */
static void
add_named_facts(struct lint_run *run, struct facts *f, const struct section *s,
		const char *option)
{
	const char *const *names;
	size_t n = lint_values(s, option, &names);

	if (strcmp(option, "any") == 0 && n > 1) {
		f->is_partial = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct section *c = lint_find_section(run, "condition", names[i]);

		if (c != NULL && f->n_named < NAMED_MAX) {
			f->n_named++;
			facts_add_lines(run, f, c);
		} else {
			f->is_partial = true;
		}
	}
}

void
facts_add_lines(struct lint_run *run, struct facts *f, const struct section *s)
{
	const char *const *names;
	size_t n;

	add_option_facts(run, f, s);
	add_section_facts(run, f, s);
	if (strcmp(section_kind(s), "condition") != 0)
		return;
	n = lint_values(s, "none", &names);
	for (size_t i = 0; i < n; i++) {
		const struct section *c = lint_find_section(run, "condition", names[i]);

		if (c != NULL)
			facts_add_excluded(run, f, c);
	}
	add_named_facts(run, f, s, "all");
	add_named_facts(run, f, s, "any");
}

void
facts_add_lasting(struct lint_run *run, struct facts *f, const struct facts *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (from->list[i].row->lasting)
			add_fact(run, f, from->list[i]);
}

const char *
fact_option(struct lint_run *run, const struct fact *f)
{
	if (f->row->type == FACT_SECTION)
		return arena_printf(run->arena, "%s \"%s\"", f->row->option,
				    section_title(f->section));
	return f->negated ? f->row->negated_option : f->row->option;
}

/* "line 7", or "FILE:7" if it is not the file of `about`. */
static const char *
describe_place(struct lint_run *run, const struct section *about, const char *file,
	       unsigned line)
{
	if (strcmp(about->file, file) == 0)
		return arena_printf(run->arena, "line %u", line);
	return arena_printf(run->arena, "%s:%u", file, line);
}

/* "authenticated (line 3)" */
static const char *
describe_fact(struct lint_run *run, const struct section *about, const struct fact *f)
{
	const struct section *s = f->section;
	const char *option = fact_option(run, f);
	unsigned line = s->line;

	for (size_t i = 0; i < s->n_values; i++)
		if (strcmp(s->values[i].option->name, option) == 0)
			line = s->values[i].line;
	return arena_printf(run->arena, "%s (%s)", option,
			    describe_place(run, about, s->file, line));
}

static const char *
find_excluded_that_holds(struct lint_run *run, const struct facts *f,
			 const struct section *about)
{
	for (size_t i = 0; i < f->n_excluded; i++) {
		struct facts other = {0};

		facts_add_lines(run, &other, f->excluded[i]);
		if (facts_imply(f, &other))
			return arena_printf(run->arena,
					    "whenever the other lines hold, condition \"%s\" "
					    "(%s) holds, too, which excludes them",
					    section_title(f->excluded[i]),
					    describe_place(run, about, f->excluded[i]->file,
							   f->excluded[i]->line));
	}
	return NULL;
}

const char *
facts_contradiction(struct lint_run *run, const struct facts *f, const struct section *about)
{
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = i + 1; k < f->n; k++) {
			const struct fact *a = &f->list[i], *b = &f->list[k];

			if ((a->section != b->section || a->section == about) &&
			    fact_excludes(a, b))
				return arena_printf(run->arena, "%s and %s exclude each other",
						    describe_fact(run, about, a),
						    describe_fact(run, about, b));
		}
	return find_excluded_that_holds(run, f, about);
}

bool
facts_imply(const struct facts *f, const struct facts *other)
{
	const struct section *by = NULL; /* whose lines about recipients imply the others */

	if (other->is_partial || other->n_excluded > 0 || other->n == 0)
		return false;
	for (size_t i = 0; i < other->n; i++) {
		size_t k = 0;

		while (k < f->n && !fact_implies(&f->list[k], &other->list[i]))
			k++;
		if (k == f->n)
			return false;
		if (!f->list[k].row->recipient)
			continue;
		if (by != NULL && by != f->list[k].section)
			return false;
		by = f->list[k].section;
	}
	return true;
}

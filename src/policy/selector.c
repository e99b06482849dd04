/* Header lines: which are meant, and how they must be. */
#include "policy/selector.h"

#include <errno.h>
#include <string.h>

#include "content/field.h"
#include "content/header_text.h"

/* Reading. */

const struct option selector_options[] = {
	{"name", OPTION_STRING, .help = "the header that is meant"},
	{"name_match", OPTION_REGEX,
	 .help = "pattern of the names of several headers together, case-blind"},
	{"match", OPTION_REGEXES, .help = "some instance matches one of these"},
	{"not_match", OPTION_REGEXES,
	 .help = "the header is there and no instance matches one of these"},
	{"present", OPTION_BOOL, .help = "the header is there, or is not"},
	{"fewer_than", OPTION_COUNT, .help = "there are fewer instances"},
	{"more_than", OPTION_COUNT, .help = "there are more instances"},
	{"table", OPTION_STRING,
	 .help = "a regex table instead of match; its value is the reply or its text"},
	{"decode", OPTION_BOOL, "yes", .help = "match what people read; no: the raw value"},
	{"backrefs", OPTION_BOOL, "no", .help = "the patterns may have back-references"},
	{.name = NULL},
};

static int
read_name_match(struct arena *arena, const struct section *s, struct selector *sel)
{
	unsigned flags = REGEX_NOCASE | (section_bool(s, "backrefs") ? REGEX_BACKREFS : 0);
	const struct regex **re = arena_alloc(arena, sizeof(struct regex *));
	char why[256];

	*re = regex_compile_with_flags(arena, section_string(s, "name_match"), flags, why,
				       sizeof(why));
	if (!*re)
		return section_error(s, "name_match", "name_match: %s", why);
	sel->name_match = (struct patterns){re, 1, 0};
	return 0;
}

static int
read_names(struct arena *arena, const struct section *s, struct selector *sel)
{
	sel->name = section_string(s, "name");
	if (sel->name && section_has(s, "name_match"))
		return section_error(s, "name_match", "'name' or 'name_match', not both");
	if (section_has(s, "name_match"))
		return read_name_match(arena, s, sel);
	if (!sel->name)
		return 0;
	if (!field_name_is_valid(sel->name))
		return section_error(s, "name", "'%s' is no name of a header", sel->name);
	sel->key = header_key(sel->name);
	return 0;
}

/* What their values are to be. */
static int
read_values(struct policy_setup *setup, const struct section *s, struct selector *sel)
{
	struct arena *arena = policy_setup_arena(setup);
	bool backrefs = section_bool(s, "backrefs");
	int r = 0;

	sel->decode = section_bool(s, "decode");
	if (patterns_read(arena, s, "match", backrefs, &sel->match) < 0)
		r = -EINVAL;
	if (patterns_read(arena, s, "not_match", backrefs, &sel->not_match) < 0)
		r = -EINVAL;
	if (!section_has(s, "table"))
		return r;
	sel->table = policy_setup_table(setup, s, "table", section_string(s, "table"));
	if (!sel->table)
		return -EINVAL;
	if (table_type(sel->table) != TABLE_REGEX)
		return section_error(s, "table", "table %s is not of type regex",
				     table_name(sel->table));
	if (section_has(s, "match"))
		return section_error(s, "table", "'match' or 'table', not both");
	return r;
}

/* How many instances there may be. */
static int
read_counts(const struct section *s, struct selector *sel)
{
	bool more = section_has(s, "more_than"), fewer = section_has(s, "fewer_than");
	bool present = section_has(s, "present");

	sel->counts = present || more || fewer;
	sel->min = present && section_bool(s, "present") ? 1 : 0;
	sel->max = present && !section_bool(s, "present") ? 0 : UINT64_MAX;
	if (fewer && section_number(s, "fewer_than") == 0)
		return section_error(s, "fewer_than", "there are never fewer than 0");
	if (more && section_number(s, "more_than") >= sel->min)
		sel->min = section_number(s, "more_than") + 1;
	if (fewer && section_number(s, "fewer_than") <= sel->max)
		sel->max = section_number(s, "fewer_than") - 1;
	if (sel->min > sel->max)
		return section_error(s, present ? "present" : "more_than",
				     "this never holds: 'present', 'fewer_than' and "
				     "'more_than' contradict each other");
	return 0;
}

int
selector_read(struct policy_setup *setup, const struct section *s, struct selector *ret)
{
	struct selector sel = {.decode = section_bool(s, "decode")};
	int r = 0;

	r |= read_names(policy_setup_arena(setup), s, &sel);
	r |= read_values(setup, s, &sel);
	r |= read_counts(s, &sel);
	sel.lines = sel.counts || section_has(s, "match") || section_has(s, "not_match") ||
		    section_has(s, "table");
	*ret = sel;
	return r < 0 ? -EINVAL : 0;
}

/* At work. All of these return 1, 0, or -1 with sel->error. */

static int
form_matches(struct selection *sel, const struct patterns *p, struct text_form form)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = policy_match(sel->c, p->re[i], form.text, form.len, &sel->groups);

		if (r > 0)
			return 1;
		if (r < 0) {
			sel->error = policy_regex_failed(sel->c, p->re[i], r);
			return -1;
		}
	}
	return 0;
}

/* The next one at or behind index at whose name a pattern matches. */
static int
next_matched(struct selection *sel, size_t at, struct header **ret)
{
	const struct message *m = policy_message(sel->c);
	int r = 0;

	for (; at < m->n_headers && r == 0; at++) {
		struct header *h = &m->headers[at];

		if (h->deleted)
			continue;
		r = form_matches(sel, &sel->what->name_match,
				 header_text_of_name(policy_arena(sel->c), h)->name);
		*ret = h;
	}
	return r;
}

int
selection_next(struct selection *sel, struct header **at)
{
	const struct message *m = policy_message(sel->c);
	const struct selector *what = sel->what;

	if (!what->name)
		return next_matched(sel, *at ? (size_t)(*at - m->headers) + 1 : 0, at);
	*at = message_find_header(m, what->name, what->key, *at);
	return *at != NULL;
}

/* The forms of a value that are to be tried, one or two. */
static size_t
value_forms(struct selection *sel, struct header *h, struct text_form ret[static 2])
{
	bool decode = sel->what->decode;
	struct header_text *f = header_text(policy_arena(sel->c), h, decode);

	size_t n = header_text_candidates(f, decode, ret);

	if (!f->cut_noted && ret[0].len > REGEX_MAX_SUBJECT) {
		policy_note(sel->c, "cut", h->name);
		f->cut_noted = true;
	}
	if (n == 2 && sel->what->raw_first) {
		ret[0] = f->unfolded;
		ret[1] = f->decoded;
	}
	return n;
}

static int
value_matches(struct selection *sel, const struct patterns *p, struct header *h)
{
	struct text_form forms[2];
	size_t n = value_forms(sel, h, forms);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = form_matches(sel, p, forms[i]);
	return r;
}

static int
value_in_table(struct selection *sel, struct header *h)
{
	const struct table *table = sel->what->table;
	struct text_form forms[2];
	size_t n = value_forms(sel, h, forms);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = table_lookup(table, policy_arena(sel->c), policy_regex_limits(sel->c),
				 policy_regex_budget(sel->c), forms[i].text, &sel->answer);
	if (r < 0) {
		sel->error =
			policy_fail(sel->c, "table %s: %s", table_name(table), strerror(-r));
		return -1;
	}
	return r;
}

int
selection_matches(struct selection *sel, struct header *h)
{
	if (sel->what->table)
		return value_in_table(sel, h);
	if (sel->what->match.n == 0)
		return 1;

	int r = value_matches(sel, &sel->what->match, h);

	sel->has_groups = r > 0;
	return r;
}

static int
counts_hold(struct selection *sel)
{
	struct header *h = NULL;
	uint64_t n = 0;
	int r;

	while ((r = selection_next(sel, &h)) > 0)
		n++;
	return r < 0 ? r : n >= sel->what->min && n <= sel->what->max;
}

static int
none_matches(struct selection *sel)
{
	struct header *h = NULL;
	int r, there = 0;

	while ((r = selection_next(sel, &h)) > 0) {
		there = 1;
		r = value_matches(sel, &sel->what->not_match, h);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r < 0 ? r : there;
}

static int
one_fits(struct selection *sel)
{
	struct header *h = NULL;
	int r;

	while ((r = selection_next(sel, &h)) > 0) {
		r = selection_matches(sel, h);
		if (r != 0)
			return r;
	}
	return r;
}

int
selection_holds(struct selection *sel)
{
	const struct selector *what = sel->what;
	int r = 1;

	if (what->counts)
		r = counts_hold(sel);
	if (r > 0 && what->not_match.n > 0)
		r = none_matches(sel);
	if (r > 0 && (!what->counts || what->match.n > 0 || what->table))
		r = one_fits(sel);
	return r;
}

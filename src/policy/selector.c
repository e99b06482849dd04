/* Selectors of headers: reading their options, and applying them to a message. A value is
 * matched in its decoded form; one with an encoded word that cannot be decoded in its raw form,
 * too. */
#include "policy/selector.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "content/field.h"
#include "content/header_text.h"
#include "content/part_fields.h"
#include "match/written.h"
#include "policy/subject.h"

static const char *const where_words[] = {"message", "parts", "nested", NULL};
static const struct option_also where_also[] = {
	{"message", "headers top header"},
	{"parts", "mime mime_parts attachments mime_header_checks"},
	{"nested", "attached rfc822 messages nested_header_checks"},
	{.word = NULL},
};
static const char *const where_default[] = {"message", NULL};

const struct option selector_options[] = {
	{"name", OPTION_STRING, .help = "the name of the headers",
	 .also = "header_name field header_field"},
	{"name_match", OPTION_REGEX,
	 .help = "a pattern for the names of the headers, case-blind",
	 .also = "name_regex name_pattern"},
	{"match", OPTION_REGEXES, .help = "some instance matches one of these",
	 .also = "regex regexp pattern patterns re contains matches HeaderContains"},
	{"not_match", OPTION_REGEXES,
	 .help = "the header is there and no instance matches one of these",
	 .also = "not_regex not_pattern not_contains unless_match"},
	{"present", OPTION_BOOL, .help = "the header is (not) there",
	 .also = "exists exist has"},
	{"fewer_than", OPTION_COUNT, .help = "there are fewer instances",
	 .also = "less_than max at_most under"},
	{"more_than", OPTION_COUNT, .help = "there are more instances",
	 .also = "min over count at_least"},
	{"table", OPTION_STRING,
	 .help = "a regex table in place of match; its values are replies or their texts, or "
		 "actions",
	 .also = "map lookup list"},
	{"where", OPTION_LIST, .words = where_words, .words_also = where_also,
	 .help = "the message's headers (the default), those of its parts, those of attached "
		 "messages",
	 .also = "in scope source headers"},
	{"backrefs", OPTION_BOOL, "no", .unwritten = true,
	 .help = "the patterns may have back-references"},
	{.name = NULL},
};

static int
read_name_pattern(struct arena *arena, const struct section *s, struct selector *sel)
{
	unsigned flags = REGEX_NOCASE | (section_bool(s, "backrefs") ? REGEX_BACKREFS : 0);
	const struct regex **re = arena_alloc(arena, sizeof(struct regex *));
	const char *text = section_string(s, "name_match"),
		   *doubt = written_name_pattern_doubt(text);
	char why[256];

	if (pattern_check_written(s, "name_match", 0, text) < 0)
		return -EINVAL;
	if (doubt != NULL)
		section_warning(s, "name_match", "name_match: '%s': %s", text, doubt);
	*re = regex_compile_with_flags(arena, text, flags, why, sizeof(why));
	if (!*re)
		return section_error(s, "name_match", "name_match: '%s': %s", text, why);
	sel->name_match = (struct patterns){re, 1, 0};
	return 0;
}

static bool
ends_in_colon(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == ':';
}

static int
read_header_names(struct arena *arena, const struct section *s, struct selector *sel)
{
	sel->name = section_string(s, "name");
	if (sel->name && section_has(s, "name_match"))
		return section_error(s, "name_match", "'name' or 'name_match', not both");
	if (section_has(s, "name_match"))
		return read_name_pattern(arena, s, sel);
	if (!sel->name)
		return 0;
	if (!field_name_is_valid(sel->name))
		return section_error(s, "name", "name: '%s' is not a header name%s", sel->name,
				     ends_in_colon(sel->name) ? ": write it without the ':'"
							      : "");
	if (written_header_name_doubt(sel->name) != NULL)
		section_warning(s, "name", "name: '%s': %s", sel->name,
				written_header_name_doubt(sel->name));
	sel->key = header_key(sel->name);
	return 0;
}

static enum entry_fault
check_rule_for_header(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const char *const *name = ctx;
	const char *doubt = written_header_pattern_doubt(key, *name);

	(void)value;
	if (doubt == NULL)
		return ENTRY_FITS;
	snprintf(why, size, "'%.150s': %s", key, doubt);
	return ENTRY_DOUBTFUL;
}

/* Warns of patterns that begin with the header's name, as those of Postfix do. */
static void
check_patterns_for_header(const struct section *s, const struct selector *sel)
{
	const char *name = sel->name;

	if (name == NULL || sel->subject.on != MATCH_ON_VALUE)
		return;
	patterns_check_header(s, "match", sel->name);
	patterns_check_header(s, "not_match", sel->name);
	if (sel->table != NULL)
		(void)table_check_entries(sel->table, check_rule_for_header, &name);
}

/* What the values are tested with. */
static int
read_value_tests(struct policy_setup *setup, const struct section *s, struct selector *sel)
{
	struct arena *arena = policy_setup_arena(setup);
	bool backrefs = section_bool(s, "backrefs");
	int r = 0;

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

/* Where the headers are. */
static int
read_places(const struct section *s, struct selector *sel)
{
	const char *const *words = where_default;

	if (section_has(s, "where") && section_list(s, "where", &words) == 0)
		return section_error(s, "where", "where: an empty list selects no header");
	for (; *words != NULL; words++)
		sel->where |= 1u << option_word_index(where_words, *words);
	return 0;
}

/* Between how many headers there may be: present, fewer_than and more_than as min and max. */
static int
read_count_tests(const struct section *s, struct selector *sel)
{
	bool more = section_has(s, "more_than"), fewer = section_has(s, "fewer_than");
	bool present = section_has(s, "present");

	sel->has_counts = present || more || fewer;
	sel->min = present && section_bool(s, "present") ? 1 : 0;
	sel->max = present && !section_bool(s, "present") ? 0 : UINT64_MAX;
	if (fewer && section_number(s, "fewer_than") == 0)
		return section_error(s, "fewer_than", "there are never fewer than 0");
	if (more)
		sel->min = section_number(s, "more_than") + 1;
	if (fewer && section_number(s, "fewer_than") <= sel->max)
		sel->max = section_number(s, "fewer_than") - 1;
	if (sel->min > sel->max)
		return section_error(s, present ? "present" : "more_than",
				     "this never holds: 'present', 'fewer_than' and "
				     "'more_than' contradict each other");
	return 0;
}

static bool
has_value_tests(const struct section *s)
{
	return section_has(s, "match") || section_has(s, "not_match") ||
	       section_has(s, "table");
}

int
selector_read(struct policy_setup *setup, const struct section *s, struct selector *ret)
{
	struct selector sel = {0};
	int r = 0;

	r |= read_header_names(policy_setup_arena(setup), s, &sel);
	r |= read_places(s, &sel);
	r |= subject_read(s, sel.name, has_value_tests(s), &sel.subject);
	r |= read_value_tests(setup, s, &sel);
	r |= read_count_tests(s, &sel);
	if (r == 0)
		check_patterns_for_header(s, &sel);
	sel.has_tests = sel.has_counts || has_value_tests(s);
	*ret = sel;
	return r < 0 ? -EINVAL : 0;
}

/* All below return 1, 0, or -1 with sel->error set, as those of selector.h do. */

static int
match_form(struct selection *sel, const struct patterns *p, struct text_form form)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = policy_match(sel->call, p->re[i], form.text, form.len, &sel->groups);

		if (r > 0)
			return 1;
		if (r < 0) {
			sel->error = policy_regex_failed(sel->call, p->re[i], r);
			return -1;
		}
	}
	return 0;
}

/* Is the header one of those that the selector names? All are if it names none. */
static int
is_selected(struct selection *sel, struct header *h)
{
	const struct selector *selector = sel->selector;

	if (selector->name != NULL)
		return h->key == selector->key && str_case_equal(h->name, selector->name);
	if (selector->name_match.n == 0)
		return 1;
	return match_form(sel, &selector->name_match,
			  header_text_of_name(policy_arena(sel->call), h)->name);
}

static bool
is_in_message(const struct selection *sel, const struct header *h)
{
	const struct message *m = policy_message(sel->call);

	return h >= m->headers && h < m->headers + m->n_headers;
}

/* The next header of the message behind h (NULL: from the beginning). Of a selector for parts
 * alone these are the message's MIME fields. */
static int
find_next_in_message(struct selection *sel, struct header **h)
{
	const struct message *m = policy_message(sel->call);
	bool all = (sel->selector->where & WHERE_MESSAGE) != 0;
	size_t at = *h != NULL ? (size_t)(*h - m->headers) + 1 : 0;
	int r = 0;

	if (sel->selector->name != NULL && all) {
		*h = message_find_header(m, sel->selector->name, sel->selector->key, *h);
		return *h != NULL;
	}
	for (; at < m->n_headers && r == 0; at++) {
		*h = &m->headers[at];
		if (!(*h)->deleted && (all || content_is_mime_field((*h)->name)))
			r = is_selected(sel, *h);
	}
	return r;
}

/* The next field of the body behind h (NULL: from the beginning). */
static int
find_next_in_body(struct selection *sel, struct header **h)
{
	unsigned where = sel->selector->where;
	size_t at = 0;
	int r = 0;

	if (sel->fields == NULL)
		sel->fields = content_part_fields(policy_message(sel->call),
						  policy_content_limits(sel->call));
	if (sel->fields == NULL)
		return 0;
	if (sel->fields->is_cut)
		policy_note_once(sel->call, "cut", "part-fields");
	if (*h != NULL)
		at = (size_t)((const struct part_field *)(const void *)*h -
			      sel->fields->field) +
		     1;
	for (; at < sel->fields->n && r == 0; at++) {
		struct part_field *f = &sel->fields->field[at];

		*h = &f->header;
		if (where & (f->is_nested ? WHERE_NESTED : WHERE_PARTS))
			r = is_selected(sel, *h);
	}
	return r;
}

/* As selection_next(), for what is not a name in the message alone. */
static int
find_next_elsewhere(struct selection *sel, struct header **at)
{
	unsigned where = sel->selector->where;
	int r = 0;

	if ((where & (WHERE_MESSAGE | WHERE_PARTS)) != 0 &&
	    (*at == NULL || is_in_message(sel, *at))) {
		r = find_next_in_message(sel, at);
		if (r == 0)
			*at = NULL;
	}
	if (r == 0 && selector_has_parts(sel->selector))
		r = find_next_in_body(sel, at);
	return r;
}

int
selection_next(struct selection *sel, struct header **at)
{
	const struct selector *selector = sel->selector;

	if (selector->name == NULL || selector->where != WHERE_MESSAGE)
		return find_next_elsewhere(sel, at);
	*at = message_find_header(policy_message(sel->call), selector->name, selector->key,
				  *at);
	return *at != NULL;
}

/* The texts with which a header is matched, in the order of trying. */
static void
get_subjects(struct selection *sel, struct header *h, struct header_subjects *ret)
{
	header_subjects(policy_arena(sel->call), h, sel->selector->subject, ret);
	for (size_t i = 0; i < ret->n; i++)
		if (ret->form[i].len > REGEX_MAX_SUBJECT)
			policy_note_once(sel->call, "cut", h->name);
}

static int
match_value(struct selection *sel, const struct patterns *p, struct header *h)
{
	struct header_subjects subjects;
	int r = 0;

	get_subjects(sel, h, &subjects);
	for (size_t i = 0; i < subjects.n && r == 0; i++)
		r = match_form(sel, p, subjects.form[i]);
	return r;
}

static int
look_up_value(struct selection *sel, struct header *h)
{
	const struct table *table = sel->selector->table;
	struct header_subjects subjects;
	struct match_context match = policy_match_context(sel->call);
	int r = 0;

	get_subjects(sel, h, &subjects);
	for (size_t i = 0; i < subjects.n && r == 0; i++)
		r = table_find_rule(table, &match, subjects.form[i].text, subjects.form[i].len,
				    &sel->hit, &sel->groups);
	if (r < 0) {
		sel->error =
			policy_fail(sel->call, "table %s: %s", table_name(table), strerror(-r));
		return -1;
	}
	sel->has_groups |= r > 0;
	return r;
}

int
selection_matches(struct selection *sel, struct header *h)
{
	int r;

	if (!sel->selector->table && sel->selector->match.n == 0)
		return 1;
	if (sel->selector->table) {
		r = look_up_value(sel, h);
	} else {
		r = match_value(sel, &sel->selector->match, h);
		sel->has_groups = r > 0;
	}
	if (r > 0)
		sel->header = h;
	return r;
}

static int
check_counts(struct selection *sel)
{
	struct header *h = NULL;
	uint64_t n = 0;
	int r;

	while ((r = selection_next(sel, &h)) > 0)
		n++;
	return r < 0 ? r : n >= sel->selector->min && n <= sel->selector->max;
}

static int
check_not_match(struct selection *sel)
{
	struct header *h = NULL;
	int r, there = 0;

	while ((r = selection_next(sel, &h)) > 0) {
		there = 1;
		r = match_value(sel, &sel->selector->not_match, h);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return r < 0 ? r : there;
}

static int
check_match(struct selection *sel)
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
selection_limits_hold(struct selection *sel)
{
	const struct selector *selector = sel->selector;
	int r = 1;

	if (selector->has_counts)
		r = check_counts(sel);
	if (r > 0 && selector->not_match.n > 0)
		r = check_not_match(sel);
	return r;
}

int
selection_holds(struct selection *sel)
{
	const struct selector *selector = sel->selector;
	int r = selection_limits_hold(sel);

	if (r > 0 && (!selector->has_counts || selector->match.n > 0 || selector->table))
		r = check_match(sel);
	return r;
}

/* Which field of its name a header is, from 1. */
static unsigned
number_header(const struct message *m, const struct header *wanted)
{
	uint32_t key = header_key(wanted->name);
	struct header *h = NULL;
	unsigned n = 0;

	while (h != wanted && (h = message_find_header(m, wanted->name, key, h)) != NULL)
		n++;
	return n;
}

void
selection_trace(const struct selection *sel)
{
	struct hit_place place = {.kind = HIT_HEADER, .name = sel->selector->name};

	if (sel->header != NULL)
		place.name = sel->header->name;
	if (sel->header != NULL && is_in_message(sel, sel->header))
		place.number = number_header(policy_message(sel->call), sel->header);

	if (place.name != NULL && sel->selector->has_tests)
		policy_trace_place(sel->call, &place);
}

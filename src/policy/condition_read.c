/* Reads conditions. Input: a section of polymilter.conf. Output: a struct condition, with its
 * lines in the order of enum line_kind, which is that of evaluation, and with what it needs:
 * the parts of a message and the macros that it reads, and the stage at which all of it is
 * known. Mistakes are reported with section_error(), all of a section at once. */
#include <errno.h>
#include <string.h>

#include "match/domain_list.h"
#include "match/patterns.h"
#include "policy/condition.h"
#include "policy/condition_found.h"
#include "policy/condition_line.h"
#include "policy/condition_value.h"
#include "policy/policy.h"
#include "policy/subject.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

/* Ten conditions that each name the next one ten times would be 10^10 evaluations. */
#define MAX_COST 10000u

/* A condition while it is read. */
struct condition_reader {
	const struct section *section;
	const struct condition_scope *scope;
	struct condition *c;
	struct condition_line *lines, *rcpt_lines; /* of c, where they are written */
	const char *table_option;		   /* of condition_read_with_table(); or NULL */
	const struct table *table;
	struct buf macros;
	bool failed;
};

/* An option whose value is a list. */
struct list_option {
	const char *name, *negated_name; /* negated_name NULL: it has no negated form */
	enum line_kind kind;
	condition_value_reader *read;
	uint32_t reads;	   /* PART_ bits */
	const char *macro; /* that it reads, or NULL */
};

static void
raise_last_stage(struct condition *c, enum stage last)
{
	if (last > c->last_stage)
		c->last_stage = last;
}

static bool
includes_macro(const char *words, const char *word, size_t len)
{
	for (const char *p = words; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* Adds the names that are not in r->macros yet; both are separated by blanks. */
static void
add_macros(struct condition_reader *r, const char *names)
{
	for (const char *p = names; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!includes_macro(buf_string(&r->macros), p, n)) {
			if (r->macros.len > 0)
				buf_putc(&r->macros, ' ');
			buf_append(&r->macros, p, n);
		}
		p += n;
	}
}

static void
add_policy_title(struct condition_reader *r, const char *title)
{
	struct condition *c = r->c;

	for (size_t i = 0; i < c->n_policies; i++)
		if (strcmp(c->policies[i], title) == 0)
			return;
	c->policies = arena_grow(r->scope->arena, c->policies, c->n_policies, &c->cap_policies,
				 sizeof(*c->policies));
	c->policies[c->n_policies++] = title;
}

/* Evaluating this condition includes evaluating the named one. */
static int
add_named_condition(struct condition_reader *r, const struct value_place *place,
		    const struct condition *named)
{
	r->c->reads |= named->reads;
	raise_last_stage(r->c, named->last_stage);
	r->c->cost += named->cost;
	if (r->c->cost > MAX_COST)
		return section_error_item(place->section, place->option, place->item,
					  "'%s' is one too many: with all that they name, more "
					  "than %u conditions would have to be evaluated",
					  named->name, MAX_COST);
	add_macros(r, named->macros);
	for (size_t i = 0; i < named->n_policies; i++)
		add_policy_title(r, named->policies[i]);
	return 0;
}

/* clang-format off */
static const struct list_option listener_list = {
	"listener", "not_listener", LINE_LISTENER, condition_value_read_listener, 0, NULL};

static const struct list_option cheap_lists[] = {
	{"client", "not_client", LINE_CLIENT, condition_value_read_network, 0, NULL},
	{"auth_user", "not_auth_user", LINE_AUTH_USER, condition_value_read_user, 0, MACRO_AUTHEN},
	{"sender", "not_sender", LINE_SENDER, condition_value_read_address, PART_SENDER, NULL},
	{"sender_domain", "not_sender_domain", LINE_SENDER_DOMAIN, condition_value_read_domain,
	 PART_SENDER, NULL},
};

static const struct list_option time_list = {
	"time", "not_time", LINE_TIME, condition_value_read_hours, 0, NULL};

static const struct list_option rcpt_lists[] = {
	{"recipient", "not_recipient", LINE_RECIPIENT, condition_value_read_address, PART_RCPTS,
	 NULL},
	{"recipient_domain", "not_recipient_domain", LINE_RECIPIENT_DOMAIN,
	 condition_value_read_domain, PART_RCPTS, NULL},
	{"recipient_match", "not_recipient_match", LINE_RECIPIENT_MATCH,
	 condition_value_read_address_pattern, PART_RCPTS, NULL},
};

static const struct list_option pattern_lists[] = {
	{"sender_match", "not_sender_match", LINE_SENDER_MATCH,
	 condition_value_read_address_pattern, PART_SENDER, NULL},
	{"client_name", "not_client_name", LINE_CLIENT_NAME, condition_value_read_pattern, 0, NULL},
	{"helo", "not_helo", LINE_HELO, condition_value_read_pattern, 0, NULL},
};

static const struct list_option header_from_lists[] = {
	{"header_from", "not_header_from", LINE_HEADER_FROM, condition_value_read_address,
	 PART_HEADERS, NULL},
	{"header_from_domain", "not_header_from_domain", LINE_HEADER_FROM_DOMAIN,
	 condition_value_read_domain, PART_HEADERS, NULL},
};

static const struct list_option url_lists[] = {
	{"url_domain", "not_url_domain", LINE_URL_DOMAIN, condition_value_read_domain,
	 PART_HEADERS | PART_BODY, NULL},
};

static const struct list_option named_condition_lists[] = {
	{"all", NULL, LINE_ALL, condition_value_read_condition, 0, NULL},
	{"any", NULL, LINE_ANY, condition_value_read_condition, 0, NULL},
	{"none", NULL, LINE_NONE, condition_value_read_condition, 0, NULL},
};
/* clang-format on */

#define N_LISTS(lists) (sizeof(lists) / sizeof((lists)[0]))
#define MAX_LINES      48u /* more than there are options; sections are counted apart */

static struct condition_line *
add_condition_line(struct condition_reader *r, enum line_kind kind)
{
	struct condition_line *l = kind >= LINE_RECIPIENT ? &r->rcpt_lines[r->c->n_rcpt_lines++]
							  : &r->lines[r->c->n_lines++];

	*l = (struct condition_line){.kind = kind};
	return l;
}

static int
read_list_value(struct condition_reader *r, const struct list_option *list,
		const struct value_place *place, const char *text, struct condition_value *ret)
{
	if (list->read(place, text, ret) < 0)
		return -EINVAL;
	return ret->type == VALUE_CONDITION ? add_named_condition(r, place, ret->condition) : 0;
}

static void
warn_of_outage(struct condition_reader *r, const char *option,
	       const struct condition_values *values)
{
	const struct condition **list = arena_alloc(r->scope->arena, values->n * sizeof(*list));

	for (size_t i = 0; i < values->n; i++)
		list[i] = values->value[i].condition;
	condition_warn_of_outage(r->section, option, list, values->n);
}

/* The values again, for a search of many domains; they are right. */
static const struct domain_list *
read_domains(struct condition_reader *r, const char *option)
{
	struct domain_list *list = arena_zalloc(r->scope->arena, sizeof(*list));

	r->failed |= domain_list_read(r->scope->arena, r->section, option, &r->scope->tables,
				      list) < 0;
	return list;
}

/* option: the list's name or its negated name. */
static void
read_list(struct condition_reader *r, const struct list_option *list, const char *option)
{
	struct value_place place = {r->section, r->scope, option, 0};
	const char *const *texts = NULL;
	size_t n = section_list(r->section, option, &texts);
	struct condition_value *values = arena_alloc(r->scope->arena, n * sizeof(*values));
	bool failed = n == 0;

	if (n == 0)
		section_error(r->section, option, "%s: an empty list matches nothing", option);
	for (; place.item < n; place.item++)
		failed |= read_list_value(r, list, &place, texts[place.item],
					  &values[place.item]) < 0;
	r->failed |= failed;
	if (failed)
		return;

	struct condition_line *l = add_condition_line(r, list->kind);

	l->values = (struct condition_values){values, n};
	l->negated = option == list->negated_name;
	if (list->kind == LINE_NONE)
		warn_of_outage(r, option, &l->values);
	if (list->kind == LINE_URL_DOMAIN)
		l->domains = read_domains(r, option);
	r->c->reads |= list->reads;
	if ((list->reads & PART_HEADERS) != 0)
		raise_last_stage(r->c, STAGE_EOH);
	if ((list->reads & PART_BODY) != 0)
		raise_last_stage(r->c, STAGE_EOM);
	if (list->macro != NULL)
		add_macros(r, list->macro);
}

/* The line of condition_read_with_table(). */
static void
add_table_line(struct condition_reader *r, const struct list_option *list)
{
	struct condition_value *value = arena_alloc(r->scope->arena, sizeof(*value));
	struct condition_line *l = add_condition_line(r, list->kind);

	*value = (struct condition_value){.type = VALUE_TABLE, .table = r->table};
	l->values = (struct condition_values){value, 1};
	r->c->table_line = l;
	r->c->reads |= list->reads;
}

static void
read_list_options(struct condition_reader *r, const struct list_option *lists, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (section_has(r->section, lists[i].name))
			read_list(r, &lists[i], lists[i].name);
		if (lists[i].negated_name != NULL &&
		    section_has(r->section, lists[i].negated_name))
			read_list(r, &lists[i], lists[i].negated_name);
		if (r->table_option != NULL && strcmp(lists[i].name, r->table_option) == 0)
			add_table_line(r, &lists[i]);
	}
}

/* macro: the one that the line reads; "" for none. */
static void
read_bool_line(struct condition_reader *r, const char *option, enum line_kind kind,
	       const char *macro)
{
	if (!section_has(r->section, option))
		return;
	add_condition_line(r, kind)->expected = section_bool(r->section, option);
	add_macros(r, macro);
}

static void
read_size_line(struct condition_reader *r, const char *option, enum line_kind kind)
{
	if (!section_has(r->section, option))
		return;
	add_condition_line(r, kind)->bytes = section_number(r->section, option);
	r->c->reads |= PART_SIZE | PART_HEADERS;
	raise_last_stage(r->c, STAGE_EOM);
}

/* time and not_time, in the zone of the section. */
static void
read_time_lines(struct condition_reader *r)
{
	const struct time_zone **known = r->scope->zones, *zone, *none = NULL;
	const char *name = section_string(r->section, "time_zone"), *why = "";
	size_t first = r->c->n_lines;

	if (!section_has(r->section, "time") && !section_has(r->section, "not_time")) {
		if (name != NULL)
			r->failed |= section_error(r->section, "time_zone",
						   "time_zone: there is no line time or "
						   "not_time") < 0;
		return;
	}
	zone = time_zone_read(r->scope->arena, name, known != NULL ? known : &none, &why);
	if (zone == NULL)
		r->failed |= section_error(r->section, "time_zone", "time_zone: '%s' %s", name,
					   why) < 0;
	read_list_options(r, &time_list, 1);
	for (; first < r->c->n_lines; first++)
		r->lines[first].zone = zone;
}

/* A message is larger than one and smaller than the other when there is room between them. */
static void
check_size_lines(struct condition_reader *r)
{
	const struct section *s = r->section;

	if (!section_has(s, "size_over") || !section_has(s, "size_under"))
		return;
	if (section_number(s, "size_under") <= section_number(s, "size_over") + 1)
		r->failed |= section_error(s, "size_under",
					   "size_under: this never holds: it is not larger "
					   "than size_over") < 0;
}

static void
add_rcpt_lines(struct condition_reader *r)
{
	if (r->c->n_rcpt_lines == 0)
		return;
	add_condition_line(r, LINE_RECIPIENTS);
	raise_last_stage(r->c, STAGE_DATA);
}

static int
read_section_patterns(struct condition_reader *r, const struct section *s, const char *option,
		      struct condition_values *ret)
{
	struct value_place place = {s, r->scope, option, 0};
	const char *const *texts = NULL;
	size_t n = section_has(s, option) ? section_list(s, option, &texts) : 0;
	struct condition_value *values = arena_alloc(r->scope->arena, n * sizeof(*values));
	bool failed = false;

	if (n == 0 && section_has(s, option))
		return section_error(s, option, "%s: an empty list matches nothing", option);
	for (; place.item < n; place.item++)
		failed |= condition_value_read_pattern(&place, texts[place.item],
						       &values[place.item]) < 0;
	*ret = (struct condition_values){values, n};
	return failed ? -EINVAL : 0;
}

/* A section without any line, and lines that contradict each other. counted: min or max is
 * written. */
static int
check_section_lines(const struct section *s, const struct condition_section *inner,
		    bool counted)
{
	bool has_patterns = inner->match.n > 0 || inner->not_match.n > 0;

	if (!has_patterns && inner->present < 0 && !counted)
		return section_error(s, NULL,
				     "%s \"%s\" has no lines; did you mean 'present = yes'?",
				     section_kind(s), section_title(s));
	if (inner->present == 0 && (has_patterns || inner->min > 0))
		return section_error(s, "present",
				     "this never holds: what is absent can neither match nor "
				     "be counted");
	if (inner->min > inner->max)
		return section_error(s, "min", "this never holds: min is larger than max");
	return 0;
}

static struct condition_section *
new_condition_section(struct condition_reader *r, const struct section *s)
{
	struct condition_section *inner = arena_zalloc(r->scope->arena, sizeof(*inner));

	inner->name = section_title(s);
	inner->key = header_key(inner->name);
	inner->present = section_has(s, "present") ? section_bool(s, "present") : -1;
	inner->max = UINT64_MAX;
	return inner;
}

/* "i" and "{i}" are the same macro; MTAs send longer names in braces only. */
static int
check_macro_title(const struct section *s)
{
	const char *name = section_title(s);
	size_t len = strlen(name);

	if (strchr(name, ' ') != NULL)
		return section_error(s, NULL, "'%s' is not a macro name", name);
	if (len == 1 || (len > 2 && name[0] == '{' && name[len - 1] == '}'))
		return 0;
	return section_error(s, NULL, "the MTA writes this macro with braces: \"{%s}\"", name);
}

static int
read_macro_section(struct condition_reader *r, const struct section *s)
{
	struct condition_section *inner = new_condition_section(r, s);

	if (check_macro_title(s) < 0 ||
	    read_section_patterns(r, s, "match", &inner->match) < 0 ||
	    check_section_lines(s, inner, false) < 0)
		return -EINVAL;
	add_condition_line(r, LINE_MACRO)->section = inner;
	add_macros(r, inner->name);
	raise_last_stage(r->c, STAGE_EOM);
	return 0;
}

static int
check_header_title(const struct section *s)
{
	const char *title = section_title(s);

	if (str_is_header_name(title, strlen(title)))
		return 0;
	return section_error(s, NULL, "'%s' is not a header name", title);
}

static int
read_header_section(struct condition_reader *r, const struct section *s)
{
	struct condition_section *inner = new_condition_section(r, s);
	bool min = section_has(s, "min"), max = section_has(s, "max");

	if (min)
		inner->min = section_number(s, "min");
	if (max)
		inner->max = section_number(s, "max");
	if (check_header_title(s) < 0 ||
	    read_section_patterns(r, s, "match", &inner->match) < 0 ||
	    read_section_patterns(r, s, "not_match", &inner->not_match) < 0 ||
	    check_section_lines(s, inner, min || max) < 0 ||
	    subject_read(s, inner->name, inner->match.n + inner->not_match.n > 0,
			 &inner->subject) < 0)
		return -EINVAL;
	if (inner->subject.on == MATCH_ON_VALUE) {
		patterns_check_header(s, "match", inner->name);
		patterns_check_header(s, "not_match", inner->name);
	}
	add_condition_line(r, LINE_HEADER)->section = inner;
	r->c->reads |= PART_HEADERS;
	raise_last_stage(r->c, STAGE_EOH);
	return 0;
}

static int
read_policy_section(struct condition_reader *r, const struct section *s)
{
	const struct condition_found *found = condition_found_read(s, r->scope);

	if (found == NULL)
		return -EINVAL;
	add_condition_line(r, LINE_POLICY)->found = found;
	add_policy_title(r, found->title);
	raise_last_stage(r->c, STAGE_EOM);
	return 0;
}

static void
read_condition_sections(struct condition_reader *r, const char *kind,
			int (*read)(struct condition_reader *, const struct section *))
{
	const struct section *const *sections = NULL;
	size_t n = section_sections(r->section, kind, &sections);

	for (size_t i = 0; i < n; i++)
		r->failed |= read(r, sections[i]) < 0;
}

/* In the order of enum line_kind. is_condition: the section is a `condition`, whose options are
 * condition_options; else only those of condition_rcpt_options may be there. */
static void
read_condition_lines(struct condition_reader *r, bool is_condition)
{
	if (is_condition)
		read_list_options(r, &listener_list, 1);
	read_list_options(r, cheap_lists, N_LISTS(cheap_lists));
	read_bool_line(r, "authenticated", LINE_AUTHENTICATED, MACRO_AUTHEN);
	read_bool_line(r, "tls", LINE_TLS, MACRO_TLS);
	read_time_lines(r);
	read_size_line(r, "size_over", LINE_SIZE_OVER);
	read_size_line(r, "size_under", LINE_SIZE_UNDER);
	check_size_lines(r);
	if (is_condition)
		r->c->all_rcpts = section_word(r->section, "recipient_scope") == 1;
	read_list_options(r, rcpt_lists, N_LISTS(rcpt_lists));
	add_rcpt_lines(r);
	read_list_options(r, pattern_lists, N_LISTS(pattern_lists));
	if (!is_condition)
		return;
	read_condition_sections(r, "macro", read_macro_section);
	read_condition_sections(r, "policy", read_policy_section);
	read_list_options(r, named_condition_lists, N_LISTS(named_condition_lists));
	read_list_options(r, header_from_lists, N_LISTS(header_from_lists));
	read_condition_sections(r, "header", read_header_section);
	read_list_options(r, url_lists, N_LISTS(url_lists));
}

static void
allocate_lines(struct condition_reader *r, bool is_condition)
{
	const struct section *const *sections = NULL;
	size_t n = MAX_LINES;

	if (is_condition)
		n += section_sections(r->section, "macro", &sections) +
		     section_sections(r->section, "policy", &sections) +
		     section_sections(r->section, "header", &sections);
	r->lines = arena_alloc(r->scope->arena, n * sizeof(*r->lines));
	n = 2 * N_LISTS(rcpt_lists) + 1; /* with the line of a table */
	r->rcpt_lines = arena_alloc(r->scope->arena, n * sizeof(*r->rcpt_lines));
}

struct condition *
condition_read(const struct section *s, const struct condition_scope *scope)
{
	return condition_read_with_table(s, scope, NULL, NULL);
}

struct condition *
condition_read_with_table(const struct section *s, const struct condition_scope *scope,
			  const char *option, const struct table *table)
{
	struct condition *c = arena_zalloc(scope->arena, sizeof(*c));
	struct condition_reader r = {
		.section = s, .scope = scope, .c = c, .table_option = option, .table = table};
	bool is_condition = strcmp(section_kind(s), "condition") == 0;

	c->kind = section_kind(s);
	c->name = section_title(s);
	c->last_stage = STAGE_ENVFROM;
	c->cost = 1;
	allocate_lines(&r, is_condition);
	c->lines = r.lines;
	c->rcpt_lines = r.rcpt_lines;
	read_condition_lines(&r, is_condition);
	if (c->n_lines == 0 && is_condition && !r.failed)
		section_warning(s, NULL, "it has no lines and so always holds");
	if (c->n_rcpt_lines == 0 && is_condition && section_has(s, "recipient_scope") &&
	    !r.failed)
		section_warning(s, "recipient_scope",
				"recipient_scope: there is no line about recipients");
	c->macros = arena_strdup(scope->arena, buf_string(&r.macros));
	buf_free(&r.macros);
	return r.failed ? NULL : c;
}

const struct condition *const *
condition_read_names(const struct section *s, const char *option,
		     const struct condition_scope *scope, size_t *ret_n)
{
	const char *const *names;
	size_t n = section_list(s, option, &names);
	const struct condition **list = arena_alloc(scope->arena, (n + 1) * sizeof(*list));

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct condition *c = scope->condition(scope->ctx, s, option, names[i]);

		if (c != NULL)
			list[(*ret_n)++] = c;
	}
	if (strcmp(option, "unless") == 0)
		condition_warn_of_outage(s, option, list, *ret_n);
	return list;
}

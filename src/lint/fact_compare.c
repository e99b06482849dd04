/* Compares two facts by their values, as they are written. */
#include <stdint.h>
#include <string.h>

#include "lint/facts.h"
#include "lint/lint_private.h"
#include "match/table.h"
#include "util/addr.h"
#include "util/domain.h"
#include "util/str.h"

static size_t
get_values(const struct fact *f, const char *const **ret)
{
	return lint_values(f->section, f->negated ? f->row->negated_option : f->row->option,
			   ret);
}

/* Does each thing that a means fit b, too? */
static bool
value_is_covered(enum fact_type type, const char *a, const char *b)
{
	struct cidr inner, outer;
	const char *why;

	if (strcmp(a, b) == 0)
		return true;
	if (table_reference(a) != NULL || table_reference(b) != NULL)
		return false;
	if (type == FACT_ADDRESS)
		return str_case_equal(a, b);
	if (type == FACT_DOMAIN) /* ".a.x" is covered by ".x", as "a.x" is */
		return str_case_equal(a, b) ||
		       (str_is_ascii(a, strlen(a)) && domain_fits(a, b));
	return type == FACT_NETWORK && cidr_parse(a, &inner, &why) == 0 &&
	       cidr_parse(b, &outer, &why) == 0 && cidr_contains(&outer, &inner);
}

/* Is there nothing that both mean? */
static bool
values_are_disjoint(enum fact_type type, const char *a, const char *b)
{
	struct cidr net;
	const char *why;

	if (table_reference(a) != NULL || table_reference(b) != NULL)
		return false;
	if (type == FACT_PATTERN || type == FACT_HOURS)
		return false;
	if (type == FACT_NETWORK)
		return cidr_parse(a, &net, &why) == 0 && cidr_parse(b, &net, &why) == 0 &&
		       !value_is_covered(type, a, b) && !value_is_covered(type, b, a);
	/* Another spelling of the same may have quotes, backslashes or letters beyond ASCII. */
	if (!str_is_ascii(a, strlen(a)) || !str_is_ascii(b, strlen(b)) ||
	    strpbrk(a, "\"\\") != NULL || strpbrk(b, "\"\\") != NULL)
		return false;
	if (type == FACT_DOMAIN)
		return !value_is_covered(type, a, b) && !value_is_covered(type, b, a);
	return !str_case_equal(a, b);
}

/* Is each value of a covered by some value of b? */
static bool
list_is_covered(const struct fact *a, const struct fact *b)
{
	const char *const *x, *const *y;
	size_t n = get_values(a, &x), m = get_values(b, &y);

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < m && !value_is_covered(a->row->type, x[i], y[k]))
			k++;
		if (k == m)
			return false;
	}
	return n > 0;
}

static bool
lists_are_disjoint(const struct fact *a, const struct fact *b)
{
	const char *const *x, *const *y;
	size_t n = get_values(a, &x), m = get_values(b, &y);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++)
			if (!values_are_disjoint(a->row->type, x[i], y[k]))
				return false;
	return n > 0 && m > 0;
}

static bool
bool_of(const struct fact *f)
{
	return section_bool(f->section, f->row->option);
}

static uint64_t
size_of(const struct fact *f)
{
	return section_number(f->section, f->row->option);
}

/* A client without a login has no user name. */
static bool
login_excludes(const struct fact *no_login, const struct fact *user)
{
	return strcmp(no_login->row->option, "authenticated") == 0 && !bool_of(no_login) &&
	       strcmp(user->row->option, "auth_user") == 0 && !user->negated;
}

/* What is absent can neither match nor be counted. */
static bool
absence_excludes(const struct section *absent, const struct section *other)
{
	bool is_absent = lint_has(absent, "present") && !section_bool(absent, "present");
	bool is_there = lint_has(other, "match") || lint_has(other, "not_match") ||
			(lint_has(other, "present") && section_bool(other, "present"));

	return is_absent && is_there;
}

static bool
sections_exclude(const struct fact *a, const struct fact *b)
{
	if (a->row != b->row ||
	    !str_case_equal(section_title(a->section), section_title(b->section)))
		return false;
	return absence_excludes(a->section, b->section) ||
	       absence_excludes(b->section, a->section);
}

/* Hours can be compared when the clock is the same. */
static bool
is_comparable(const struct fact *a, const struct fact *b)
{
	const char *zone, *other;

	if (a->row != b->row || a->row->type != FACT_HOURS)
		return a->row == b->row;
	zone = lint_text(a->section, "time_zone");
	other = lint_text(b->section, "time_zone");
	return zone == other || (zone != NULL && other != NULL && strcmp(zone, other) == 0);
}

/* Both are of the same option, negated or not. */
static bool
same_option_excludes(const struct fact *a, const struct fact *b)
{
	if (a->row->type == FACT_BOOL)
		return bool_of(a) != bool_of(b);
	if (a->row->recipient && (a->section != b->section || a->negated == b->negated))
		return false;
	if (a->negated != b->negated)
		return a->negated ? list_is_covered(b, a) : list_is_covered(a, b);
	return !a->negated && lists_are_disjoint(a, b);
}

bool
fact_excludes(const struct fact *a, const struct fact *b)
{
	if (a->row->type == FACT_OVER && b->row->type == FACT_UNDER)
		return size_of(b) <= size_of(a) || size_of(b) - size_of(a) == 1;
	if (a->row->type == FACT_UNDER && b->row->type == FACT_OVER)
		return fact_excludes(b, a);
	if (login_excludes(a, b) || login_excludes(b, a))
		return true;
	if (a->row->type == FACT_SECTION)
		return sections_exclude(a, b);
	if (!is_comparable(a, b) || a->row->type == FACT_OVER || a->row->type == FACT_UNDER)
		return false;
	return same_option_excludes(a, b);
}

/* One recipient for which a holds is enough for b, unless b wants all of them. */
static bool
scope_is_enough(const struct fact *a, const struct fact *b)
{
	return !a->row->recipient || !lint_is(b->section, "recipient_scope", "all") ||
	       lint_is(a->section, "recipient_scope", "all");
}

bool
fact_implies(const struct fact *a, const struct fact *b)
{
	if (!is_comparable(a, b) || !scope_is_enough(a, b))
		return false;
	if (a->row->type == FACT_BOOL)
		return bool_of(a) == bool_of(b);
	if (a->row->type == FACT_OVER)
		return size_of(a) >= size_of(b);
	if (a->row->type == FACT_UNDER)
		return size_of(a) <= size_of(b);
	if (a->row->type == FACT_SECTION) /* the same, of a condition that both name */
		return a->section == b->section;
	if (a->negated)
		return b->negated && list_is_covered(b, a);
	return b->negated ? lists_are_disjoint(a, b) : list_is_covered(a, b);
}

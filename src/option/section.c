/* The values of a section that was read, by the names of its options, and the report of errors
 * in it. A text is parsed each time that it is asked for: sections are read only while the
 * configuration is loaded, never for a message. */
#include "option/section.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "util/str.h"

#define MAX_MESSAGE_BYTES 1024u

const char *
section_kind(const struct section *s)
{
	return s->kind;
}

const char *
section_title(const struct section *s)
{
	return s->title;
}

const struct section *
section_parent(const struct section *s)
{
	return s->parent;
}

bool
section_is_faulty(const struct section *s)
{
	return s->faulty;
}

const char *
section_place(const struct section *s)
{
	return s->place;
}

const char *
section_directory(const struct section *s)
{
	return s->directory != NULL ? s->directory : ".";
}

/* Asserts that the section's table has the option. */
static const struct option *
find_known_option(const struct section *s, const char *option)
{
	const struct option *o = option_find(s->options, option);

	assert(o != NULL);
	return o;
}

/* NULL: the option is not written. */
static const struct section_value *
find_written_value(const struct section *s, const char *option)
{
	for (size_t i = 0; i < s->n_values; i++) {
		if (strcmp(s->values[i].option->name, option) == 0)
			return s->values + i;
	}
	return NULL;
}

bool
section_has(const struct section *s, const char *option)
{
	const struct section_group *g = s->groups;

	if (!option_is_section(find_known_option(s, option)))
		return find_written_value(s, option) != NULL;
	for (size_t i = 0; i < s->n_groups; i++) {
		if (strcmp(g[i].option->name, option) == 0)
			return true;
	}
	return false;
}

/* As it is written, else the default, else NULL. */
static const char *
get_scalar_text(const struct section *s, const struct option *o)
{
	const struct section_value *v = find_written_value(s, o->name);

	if (v == NULL && s->defaults != NULL)
		v = find_written_value(s->defaults, o->name);
	return v != NULL ? v->text[0] : o->value;
}

const char *
section_string(const struct section *s, const char *option)
{
	const struct option *o = find_known_option(s, option);

	assert(o->type == OPTION_STRING || o->type == OPTION_REGEX || o->type == OPTION_WORD);
	return get_scalar_text(s, o);
}

static uint64_t
parse_checked_number(const struct option *o, const char *text)
{
	uint64_t v = 0;
	mode_t mode = 0;
	int r;

	if (o->type == OPTION_SIZE || (o->type == OPTION_LIMIT && o->sized)) {
		r = str_parse_size(text, &v);
	} else if (o->type == OPTION_DURATION) {
		r = str_parse_duration(text, &v);
	} else if (o->type == OPTION_MODE) {
		r = str_parse_mode(text, &mode);
		v = mode;
	} else {
		r = str_parse_count(text, &v);
	}
	assert(r == 0);
	return v;
}

uint64_t
section_number(const struct section *s, const char *option)
{
	const struct option *o = find_known_option(s, option);
	const char *text = get_scalar_text(s, o);

	assert(o->type == OPTION_SIZE || o->type == OPTION_DURATION ||
	       o->type == OPTION_COUNT || o->type == OPTION_MODE);
	return text != NULL ? parse_checked_number(o, text) : 0;
}

bool
section_bool(const struct section *s, const char *option)
{
	const struct option *o = find_known_option(s, option);
	const char *text = get_scalar_text(s, o);
	bool b = false;

	assert(o->type == OPTION_BOOL);
	if (text != NULL) {
		int r = str_parse_bool(text, &b);

		assert(r == 0);
	}
	return b;
}

int
section_word(const struct section *s, const char *option)
{
	const struct option *o = find_known_option(s, option);
	const char *text = get_scalar_text(s, o);

	assert(o->type == OPTION_WORD);
	return text != NULL ? option_word_index(o->words, text) : -1;
}

int
section_limit(const struct section *s, const char *option, uint64_t *ret)
{
	const struct option *o = find_known_option(s, option);
	const char *text = get_scalar_text(s, o);

	assert(o->type == OPTION_LIMIT);
	if (text == NULL)
		return 0;
	if (strcmp(text, "none") == 0)
		return -1;
	*ret = parse_checked_number(o, text);
	return 1;
}

size_t
section_list(const struct section *s, const char *option, const char *const **ret)
{
	static const char *const none[] = {NULL};
	const struct option *o = find_known_option(s, option);
	const struct section_value *v = find_written_value(s, option);

	assert(option_is_list(o));
	if (v != NULL) {
		*ret = v->text;
		return v->n;
	}
	if (o->value != NULL && strcmp(o->value, "{}") != 0) {
		*ret = &o->value;
		return 1;
	}
	*ret = none;
	return 0;
}

size_t
section_sections(const struct section *s, const char *kind, const struct section *const **ret)
{
	const struct option *o = find_known_option(s, kind);

	assert(option_is_section(o));
	*ret = NULL;
	for (size_t i = 0; i < s->n_groups; i++) {
		if (s->groups[i].option == o) {
			*ret = s->groups[i].sections;
			return s->groups[i].n;
		}
	}
	return 0;
}

static void report_at_value(const struct section *s, bool warning,
			    const struct section_value *v, unsigned line, const char *fmt,
			    va_list ap) __attribute__((format(printf, 5, 0)));

/* v NULL: at the section. line: of v. */
static void
report_at_value(const struct section *s, bool warning, const struct section_value *v,
		unsigned line, const char *fmt, va_list ap)
{
	char text[MAX_MESSAGE_BYTES];

	if (v == NULL && s->faulty)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	s->diagnostics->report(s->diagnostics->ctx, warning, v != NULL ? v->file : s->file,
			       v != NULL ? line : s->line, text);
}

int
section_error(const struct section *s, const char *option, const char *fmt, ...)
{
	const struct section_value *v = option != NULL ? find_written_value(s, option) : NULL;
	va_list ap;

	va_start(ap, fmt);
	report_at_value(s, false, v, v != NULL ? v->line : 0, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* v may be NULL. */
static unsigned
get_item_line(const struct section_value *v, size_t item)
{
	if (v == NULL)
		return 0;
	return item < v->n ? v->lines[item] : v->line;
}

int
section_error_item(const struct section *s, const char *option, size_t item, const char *fmt,
		   ...)
{
	const struct section_value *v = find_written_value(s, option);
	va_list ap;

	va_start(ap, fmt);
	report_at_value(s, false, v, get_item_line(v, item), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void
section_warning(const struct section *s, const char *option, const char *fmt, ...)
{
	const struct section_value *v = option != NULL ? find_written_value(s, option) : NULL;
	va_list ap;

	va_start(ap, fmt);
	report_at_value(s, true, v, v != NULL ? v->line : 0, fmt, ap);
	va_end(ap);
}

void
section_warning_item(const struct section *s, const char *option, size_t item, const char *fmt,
		     ...)
{
	const struct section_value *v = find_written_value(s, option);
	va_list ap;

	va_start(ap, fmt);
	report_at_value(s, true, v, get_item_line(v, item), fmt, ap);
	va_end(ap);
}

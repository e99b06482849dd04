/* Options: their tables, the checks of their types, and what was written in a section. */
#include "option/option.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "option/section.h"
#include "util/str.h"

#define MESSAGE_BYTES 1024u

const struct option *
option_at(const struct option *table, size_t i)
{
	for (const struct option *o = table; o->name != NULL; o++) {
		const struct option *row = o->type == OPTION_ALSO ? o->options : o;
		size_t n = 1;

		if (o->type == OPTION_ALSO)
			for (n = 0; row[n].name != NULL; n++)
				assert(row[n].type != OPTION_ALSO);
		if (i < n)
			return row + i;
		i -= n;
	}
	return NULL;
}

const struct option *
option_find(const struct option *table, const char *name)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

bool
option_is_section(const struct option *o)
{
	return o->type == OPTION_SECTION || o->type == OPTION_GROUP;
}

bool
option_is_list(const struct option *o)
{
	return o->type == OPTION_LIST || o->type == OPTION_REGEXES;
}

bool
option_is_regex(const struct option *o)
{
	return o->type == OPTION_REGEX || o->type == OPTION_REGEXES;
}

static int
word_index(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return -1;
}

static void append(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends to the sentence in buf; what has no room is left out. */
static void
append(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

static int
check_word(const struct option *o, const char *text, char *why, size_t why_size)
{
	const char *near = str_nearest(text, o->words);

	if (word_index(o->words, text) >= 0)
		return 0;
	(void)snprintf(why, why_size, "%s: '%s' is not one of ", o->name, text);
	for (size_t i = 0; o->words[i] != NULL; i++)
		append(why, why_size, "%s%s", i == 0 ? "" : ", ", o->words[i]);
	if (near != NULL)
		append(why, why_size, "; did you mean '%s'?", near);
	return -EINVAL;
}

/* What a number's text has to be, for the message; 0 or a negative errno. */
static int
check_number(const struct option *o, const char *text, const char **ret_form)
{
	uint64_t v;
	mode_t mode;
	bool sized = o->type == OPTION_SIZE || (o->type == OPTION_LIMIT && o->sized);

	if (o->type == OPTION_DURATION) {
		*ret_form = "a duration: digits with ms, s, m or h behind, such as \"30s\"";
		return str_parse_duration(text, &v);
	}
	if (o->type == OPTION_MODE) {
		*ret_form = "a file mode, such as \"0660\"";
		return str_parse_mode(text, &mode);
	}
	if (sized) {
		*ret_form = "a size: bytes, or digits with K, M or G behind, such as \"25M\"";
		return str_parse_size(text, &v);
	}
	*ret_form = "a number: digits only, no sign, no leading zero";
	return str_parse_count(text, &v);
}

static int
check_type(const struct option *o, const char *text, char *why, size_t why_size)
{
	const char *form = "";
	bool b;
	int r = 0;

	if (o->type == OPTION_WORD)
		return check_word(o, text, why, why_size);
	if (o->type == OPTION_BOOL) {
		form = "yes or no";
		r = str_parse_bool(text, &b);
	} else if (o->type == OPTION_LIMIT && strcmp(text, "none") == 0) {
		return 0;
	} else if (o->type == OPTION_SIZE || o->type == OPTION_DURATION ||
		   o->type == OPTION_COUNT || o->type == OPTION_MODE ||
		   o->type == OPTION_LIMIT) {
		r = check_number(o, text, &form);
	}
	if (r == -ERANGE)
		(void)snprintf(why, why_size, "%s: '%s' is too large", o->name, text);
	else if (r < 0)
		(void)snprintf(why, why_size, "%s: '%s' is not %s", o->name, text, form);
	return r < 0 ? -EINVAL : 0;
}

/* A default is harmless, even where nothing else is built yet. */
static bool
is_planned(const struct option *o, const char *text)
{
	if (o->planned)
		return o->value == NULL || strcmp(o->value, text) != 0;
	return o->planned_words != NULL && word_index(o->planned_words, text) >= 0;
}

int
option_check(const struct option *o, const char *text, char *why, size_t why_size)
{
	int r = check_type(o, text, why, why_size);

	if (r < 0)
		return r;
	if (!is_planned(o, text))
		return 0;
	if (o->planned)
		(void)snprintf(why, why_size, "%s: not built yet (planned)", o->name);
	else
		(void)snprintf(why, why_size, "%s: '%s' is not built yet (planned)", o->name,
			       text);
	return -EINVAL;
}

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

/* Asking for what the table does not have is a bug of the one who asks. */
static const struct option *
known(const struct section *s, const char *option)
{
	const struct option *o = option_find(s->options, option);

	assert(o != NULL);
	return o;
}

static const struct section_value *
written(const struct section *s, const char *option)
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

	if (!option_is_section(known(s, option)))
		return written(s, option) != NULL;
	for (size_t i = 0; i < s->n_groups; i++) {
		if (strcmp(g[i].option->name, option) == 0)
			return true;
	}
	return false;
}

/* As written, else the default, else NULL. */
static const char *
scalar(const struct section *s, const struct option *o)
{
	const struct section_value *v = written(s, o->name);

	return v != NULL ? v->text[0] : o->value;
}

const char *
section_string(const struct section *s, const char *option)
{
	const struct option *o = known(s, option);

	assert(o->type == OPTION_STRING || o->type == OPTION_REGEX || o->type == OPTION_WORD);
	return scalar(s, o);
}

static uint64_t
parse_number(const struct option *o, const char *text)
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
	const struct option *o = known(s, option);
	const char *text = scalar(s, o);

	assert(o->type == OPTION_SIZE || o->type == OPTION_DURATION ||
	       o->type == OPTION_COUNT || o->type == OPTION_MODE);
	return text != NULL ? parse_number(o, text) : 0;
}

bool
section_bool(const struct section *s, const char *option)
{
	const struct option *o = known(s, option);
	const char *text = scalar(s, o);
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
	const struct option *o = known(s, option);
	const char *text = scalar(s, o);

	assert(o->type == OPTION_WORD);
	return text != NULL ? word_index(o->words, text) : -1;
}

int
section_limit(const struct section *s, const char *option, uint64_t *ret)
{
	const struct option *o = known(s, option);
	const char *text = scalar(s, o);

	assert(o->type == OPTION_LIMIT);
	if (text == NULL)
		return 0;
	if (strcmp(text, "none") == 0)
		return -1;
	*ret = parse_number(o, text);
	return 1;
}

size_t
section_list(const struct section *s, const char *option, const char *const **ret)
{
	static const char *const none[] = {NULL};
	const struct option *o = known(s, option);
	const struct section_value *v = written(s, option);

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
	const struct option *o = known(s, kind);

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

static void note(const struct section *s, bool warning, const struct section_value *v,
		 unsigned line, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));

static void
note(const struct section *s, bool warning, const struct section_value *v, unsigned line,
     const char *fmt, va_list ap)
{
	char text[MESSAGE_BYTES];

	if (v == NULL && s->faulty)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	s->notes->note(s->notes->ctx, warning, v != NULL ? v->file : s->file,
		       v != NULL ? line : s->line, text);
}

int
section_error(const struct section *s, const char *option, const char *fmt, ...)
{
	const struct section_value *v = option != NULL ? written(s, option) : NULL;
	va_list ap;

	va_start(ap, fmt);
	note(s, false, v, v != NULL ? v->line : 0, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int
section_error_item(const struct section *s, const char *option, size_t item, const char *fmt,
		   ...)
{
	const struct section_value *v = written(s, option);
	unsigned line = 0;
	va_list ap;

	if (v != NULL)
		line = item < v->n ? v->lines[item] : v->line;
	va_start(ap, fmt);
	note(s, false, v, line, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void
section_warning(const struct section *s, const char *option, const char *fmt, ...)
{
	const struct section_value *v = option != NULL ? written(s, option) : NULL;
	va_list ap;

	va_start(ap, fmt);
	note(s, true, v, v != NULL ? v->line : 0, fmt, ap);
	va_end(ap);
}

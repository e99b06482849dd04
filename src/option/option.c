/* Tables of options: finds the rows in them, and checks a text by the type of its option. The
 * values of a section that was read are in section.c. */
#include "option/option.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "util/str.h"

const struct option *
option_at(const struct option *table, size_t i)
{
	for (const struct option *o = table; o->name != NULL; o++) {
		const struct option *row = o->type == OPTION_INCLUDE ? o->options : o;
		size_t n = 1;

		if (o->type == OPTION_INCLUDE)
			for (n = 0; row[n].name != NULL; n++)
				assert(row[n].type != OPTION_INCLUDE);
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
		if (strcmp(o->name, name) == 0 ||
		    (o->alias != NULL && strcmp(o->alias, name) == 0))
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

int
option_word_index(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return -1;
}

static int
check_option_word(const struct option *o, const char *text, char *why, size_t why_size)
{
	const char *near = option_suggest_word(o->words, o->words_also, text);

	if (option_word_index(o->words, text) >= 0)
		return 0;
	(void)snprintf(why, why_size, "%s: '%s' is not one of ", o->name, text);
	for (size_t i = 0; o->words[i] != NULL; i++)
		str_append_format(why, why_size, "%s%s", i == 0 ? "" : ", ", o->words[i]);
	if (near != NULL)
		str_append_format(why, why_size, "; did you mean '%s'?", near);
	return -EINVAL;
}

/* 0 or a negative errno. *ret_form: what the text has to be, for the message. */
static int
check_option_number(const struct option *o, const char *text, const char **ret_form)
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
check_option_type(const struct option *o, const char *text, char *why, size_t why_size)
{
	const char *form = "";
	bool b;
	int r = 0;

	if (o->type == OPTION_WORD || (o->type == OPTION_LIST && o->words != NULL))
		return check_option_word(o, text, why, why_size);
	if (o->type == OPTION_BOOL) {
		form = "yes or no";
		r = str_parse_bool(text, &b);
	} else if (o->type == OPTION_LIMIT && strcmp(text, "none") == 0) {
		return 0;
	} else if (o->type == OPTION_SIZE || o->type == OPTION_DURATION ||
		   o->type == OPTION_COUNT || o->type == OPTION_MODE ||
		   o->type == OPTION_LIMIT) {
		r = check_option_number(o, text, &form);
	}
	if (r == -ERANGE)
		(void)snprintf(why, why_size, "%s: '%s' is too large", o->name, text);
	else if (r < 0)
		(void)snprintf(why, why_size, "%s: '%s' is not %s", o->name, text, form);
	return r < 0 ? -EINVAL : 0;
}

/* The default of a planned option may be written: it is what this release does. */
static bool
is_planned_value(const struct option *o, const char *text)
{
	if (o->planned)
		return o->value == NULL || strcmp(o->value, text) != 0;
	return o->planned_words != NULL && option_word_index(o->planned_words, text) >= 0;
}

int
option_check(const struct option *o, const char *text, char *why, size_t why_size)
{
	int r = check_option_type(o, text, why, why_size);

	if (r < 0)
		return r;
	if (!is_planned_value(o, text))
		return 0;
	if (o->planned)
		(void)snprintf(why, why_size, "%s: not built yet (planned)", o->name);
	else
		(void)snprintf(why, why_size, "%s: '%s' is not built yet (planned)", o->name,
			       text);
	return -EINVAL;
}

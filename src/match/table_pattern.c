/* Cuts a line of a regex table into pattern, flags and value. Input: one line, which is written
 * to. There are two forms:
 *
 *	ours			/pattern/flags value
 *	with actions = yes	[!]/pattern/flags value, as in pcre_table(5) and
 *				regexp_table(5) of Postfix
 *
 * In the second form any character but letters, digits and blanks may stand for the slash, a
 * flag reverses what it stands for, and ${1} and $(1) are $1. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/table_data.h"
#include "util/str.h"

#define ROW_BLANKS " \t\r\v\f"

struct pattern_flag {
	char letter;
	unsigned flag;
};

static const struct pattern_flag our_flags[] = {
	{'i', REGEX_NOCASE},
	{'m', REGEX_MULTILINE},
	{'s', REGEX_DOTALL},
	{'x', REGEX_EXTENDED},
	{0, 0},
};

static const struct pattern_flag postfix_flags[] = {
	{'i', REGEX_NOCASE},   {'m', REGEX_MULTILINE},
	{'s', REGEX_DOTALL},   {'x', REGEX_EXTENDED},
	{'A', REGEX_ANCHORED}, {'E', REGEX_DOLLAR_ENDONLY},
	{'U', REGEX_UNGREEDY}, {0, 0},
};

/* The flag of that letter; 0: there is none. */
static unsigned
find_flag(const struct pattern_flag *flags, char letter)
{
	while (flags->letter != letter && flags->letter != 0)
		flags++;
	return flags->flag;
}

static int
explain_flag(const char *flags, bool postfix, char *why, size_t size)
{
	if (postfix && *flags == 'X')
		snprintf(why, size, "'%.100s': there is no flag X in PCRE2", flags);
	else
		snprintf(why, size, "'%.100s': unknown flag '%c', there are i, m, s, x%s",
			 flags, *flags, postfix ? ", A, E, U" : "");
	return -EINVAL;
}

static int
read_pattern_flags(const char *s, bool postfix, unsigned *flags, char *why, size_t size)
{
	const struct pattern_flag *all = postfix ? postfix_flags : our_flags;

	for (; *s != '\0'; s++) {
		unsigned flag = find_flag(all, *s);

		if (flag == 0)
			return explain_flag(s, postfix, why, size);
		*flags = postfix ? *flags ^ flag : *flags | flag;
	}
	return 0;
}

/* The delimiter that ends the pattern at s: the first that no backslash escapes. NULL: none. */
static char *
find_pattern_end(char *s, char delimiter)
{
	for (; *s != '\0' && *s != delimiter; s++)
		s += s[0] == '\\' && s[1] != '\0';
	return *s == delimiter ? s : NULL;
}

/* "if /pattern/" and "endif" of Postfix. */
static bool
is_nesting_row(const char *line)
{
	size_t len = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return (len == 2 && str_case_starts(line, "if")) ||
	       (len == 5 && str_case_starts(line, "endif"));
}

static bool
delimits_pattern(char c)
{
	unsigned char lower = str_lower_char(c);

	return c > ' ' && c <= '~' && !str_is_digit(c) && !(lower >= 'a' && lower <= 'z');
}

/* Writes "$1" for "${1}" and "$(1)". */
static void
shorten_group_names(char *value)
{
	char *to = value;

	for (const char *p = value; *p != '\0';) {
		const char *close = p[1] == '{' ? "}" : ")";
		bool named = p[0] == '$' && (p[1] == '{' || p[1] == '(') &&
			     str_is_digit(p[2]) && p[3] == *close;

		*to++ = *p;
		if (named)
			*to++ = p[2];
		else if (p[0] == '$' && p[1] != '\0')
			*to++ = p[1];
		p += named ? 4 : p[0] == '$' && p[1] != '\0' ? 2 : 1;
	}
	*to = '\0';
}

static int
explain_row(const char *line, bool postfix, char *why, size_t size)
{
	if (postfix && is_nesting_row(line))
		snprintf(why, size,
			 "'%.100s': there is no if and endif here; 'polymilterctl import' "
			 "writes such a file as rows without them",
			 line);
	else
		snprintf(why, size, "'%.100s': a line is '/pattern/flags value'", line);
	return -EINVAL;
}

int
table_cut_pattern_row(char *line, bool postfix, bool nocase, struct pattern_row *ret, char *why,
		      size_t size)
{
	char *p = line, *end, *value;

	*ret = (struct pattern_row){.flags = nocase ? REGEX_NOCASE : 0};
	if (postfix) {
		ret->flags |= REGEX_DOTALL | REGEX_BACKREFS;
		ret->negated = *p == '!';
		p += ret->negated;
		p += strspn(p, ROW_BLANKS);
	}
	if (!(postfix ? delimits_pattern(*p) : *p == '/'))
		return explain_row(line, postfix, why, size);
	end = find_pattern_end(p + 1, *p);
	if (end == NULL)
		return explain_row(line, postfix, why, size);
	*end++ = '\0';
	value = end + strcspn(end, ROW_BLANKS);
	if (*value != '\0')
		*value++ = '\0';
	ret->pattern = p + 1;
	ret->value = value + strspn(value, ROW_BLANKS);
	if (postfix)
		shorten_group_names(ret->value);
	return read_pattern_flags(end, postfix, &ret->flags, why, size);
}

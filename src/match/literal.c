/* Walks over the items of a pattern, which is valid: runs of characters that stand for
 * themselves are kept. Groups and classes are passed over, and end a run. */
#include "match/literal.h"

#include <stddef.h>
#include <string.h>

#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define LEAST_BYTES 3u

struct literal_search {
	const char *at;
	bool nocase;
	struct buf run, best;
	size_t last; /* bytes of the run's last character; 0: the run is empty */
};

static void
end_literal_run(struct literal_search *s)
{
	if (s->run.len > s->best.len) {
		buf_reset(&s->best);
		buf_append(&s->best, s->run.data, s->run.len);
	}
	buf_reset(&s->run);
	s->last = 0;
}

static void
add_literal(struct literal_search *s, const char *c, size_t n)
{
	if (s->nocase && n > 1) { /* its other cases are not known here */
		end_literal_run(s);
		return;
	}
	if (s->nocase)
		buf_putc(&s->run, str_lower_char(*c));
	else
		buf_append(&s->run, c, n);
	s->last = n;
}

/* Moves behind a class. False: it is not understood. */
static bool
skip_literal_class(struct literal_search *s)
{
	s->at++;
	s->at += *s->at == '^';
	s->at += *s->at == ']';
	for (; *s->at != ']'; s->at++) {
		if (*s->at == '\0' ||
		    (s->at[0] == '\\' && (s->at[1] == 'Q' || s->at[1] == 'E')))
			return false;
		if (s->at[0] == '[' && strchr(":.=", s->at[1]) != NULL && s->at[1] != '\0') {
			const char end[] = {s->at[1], ']', '\0'};
			const char *close = strstr(s->at + 2, end);

			if (close != NULL && close[-1] != '\\')
				s->at = close + 1;
		} else if (s->at[0] == '\\') {
			s->at++;
		}
	}
	s->at++;
	return true;
}

/* Does a group begin here whose content does not change how the rest is read? */
static bool
is_plain_group(const char *at)
{
	if (at[1] == '*')
		return false;
	if (at[1] != '?')
		return true;
	return strchr(":=!>", at[2]) != NULL ? at[2] != '\0'
					     : at[2] == '<' && (at[3] == '=' || at[3] == '!');
}

/* Moves behind a group. False: it is not understood. */
static bool
skip_group(struct literal_search *s)
{
	unsigned depth = 0;

	do {
		if (*s->at == '\0' || (s->at[0] == '\\' && s->at[1] == 'Q'))
			return false;
		if (*s->at == '[') {
			if (!skip_literal_class(s))
				return false;
			continue;
		}
		if (*s->at == '(' && !is_plain_group(s->at))
			return false;
		depth += *s->at == '(';
		depth -= *s->at == ')';
		s->at += s->at[0] == '\\' && s->at[1] != '\0' ? 2 : 1;
	} while (depth > 0);
	return true;
}

/* Reads an escape. False: it is not understood. */
static bool
read_escape(struct literal_search *s)
{
	char c = s->at[1];

	if (c == '\0' || (unsigned char)c >= 0x80)
		return false;
	if (!str_is_digit(c) && (str_lower_char(c) < 'a' || str_lower_char(c) > 'z')) {
		add_literal(s, s->at + 1, 1);
		s->at += 2;
		return true;
	}
	if (strchr("bBAzZGdDwWsShHvVRXntrfea", c) == NULL)
		return false;
	end_literal_run(s);
	s->at += 2;
	return true;
}

/* The length of a quantifier, without what makes it lazy or possessive; 0: there is none. */
static size_t
quantifier_length(const char *at)
{
	size_t n = 1;

	if (*at == '?' || *at == '*' || *at == '+')
		return 1;
	if (*at != '{' || !str_is_digit(at[1]))
		return 0;
	n += strspn(at + n, "0123456789");
	if (at[n] == ',')
		n += 1 + strspn(at + n + 1, "0123456789");
	return at[n] == '}' ? n + 1 : 0;
}

/* What a quantifier makes of the character in front of it. */
static void
read_quantifier(struct literal_search *s, size_t len)
{
	bool optional = *s->at == '?' || *s->at == '*' ||
			(*s->at == '{' && s->at[1 + strspn(s->at + 1, "0")] != '\0' &&
			 !str_is_digit(s->at[1 + strspn(s->at + 1, "0")]) && s->at[1] == '0');

	if (optional)
		s->run.len -= s->last;
	end_literal_run(s);
	s->at += len;
	s->at += *s->at == '?' || *s->at == '+';
}

/* Reads one item. False: it is not understood, or it makes all of them one of several. */
static bool
read_pattern_item(struct literal_search *s)
{
	size_t n = quantifier_length(s->at);

	if (n > 0) {
		read_quantifier(s, n);
		return true;
	}
	switch (*s->at) {
	case '|':
	case '{': /* it may be a quantifier in a later PCRE2 */
	case ')':
		return false;
	case '\\':
		return read_escape(s);
	case '[':
		end_literal_run(s);
		return skip_literal_class(s);
	case '(':
		end_literal_run(s);
		return is_plain_group(s->at) && skip_group(s);
	case '.':
	case '^':
	case '$':
		end_literal_run(s);
		s->at++;
		return true;
	default:
		n = str_utf8_length((const unsigned char *)s->at, strlen(s->at));
		if (n == 0)
			return false;
		add_literal(s, s->at, n);
		s->at += n;
		return true;
	}
}

const char *
regex_find_literal(struct arena *arena, const struct regex *re, bool *ret_nocase)
{
	struct literal_search s = {.at = regex_pattern(re),
				   .nocase = (regex_flags(re) & REGEX_NOCASE) != 0};
	const char *found = NULL;

	if ((regex_flags(re) & REGEX_EXTENDED) != 0)
		return NULL;
	if (strncmp(s.at, "(?i)", 4) == 0) {
		s.nocase = true;
		s.at += 4;
	}
	*ret_nocase = s.nocase;
	while (*s.at != '\0' && read_pattern_item(&s))
		;
	end_literal_run(&s);
	if (*s.at == '\0' && s.best.len >= LEAST_BYTES)
		found = arena_strndup(arena, buf_string(&s.best), s.best.len);
	buf_free(&s.run);
	buf_free(&s.best);
	return found;
}

void
literal_fold_case(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		bool long_s = s[i] == '\xc5' && i + 1 < len && s[i + 1] == '\xbf';
		bool kelvin = s[i] == '\xe2' && i + 2 < len && s[i + 1] == '\x84' &&
			      s[i + 2] == '\xaa';

		buf_putc(out, long_s ? 's' : kelvin ? 'k' : str_lower_char(s[i]));
		i += long_s ? 1 : kelvin ? 2 : 0;
	}
}

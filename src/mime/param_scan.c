/* Goes from parameter to parameter, and on behind every fault. */
#include "mime/param_scan.h"

#include <string.h>

#include "mime/params.h"
#include "util/buf.h"
#include "util/str.h"

#define SECTION_MAX 9999 /* larger section numbers count as this one */

/* As mime_skip_comments(); *ret_depth is how many comments are open at the end. */
static size_t
skip_nested_comments(const char *s, size_t len, size_t at, size_t *ret_depth)
{
	size_t depth = 0;

	for (; at < len; at++) {
		if (s[at] == '(')
			depth++;
		else if (depth == 0 && !is_param_space(s[at]))
			break;
		else if (depth > 0 && s[at] == ')')
			depth--;
		else if (depth > 0 && s[at] == '\\' && at + 1 < len)
			at++;
	}
	*ret_depth = depth;
	return at;
}

size_t
mime_skip_comments(const char *s, size_t len, size_t at)
{
	size_t depth;

	return skip_nested_comments(s, len, at, &depth);
}

static bool
at_param_end(const struct param_scanner *sc)
{
	return sc->at == sc->len;
}

static bool
at_param_char(const struct param_scanner *sc, char c)
{
	return !at_param_end(sc) && sc->s[sc->at] == c;
}

static void
skip_param_comments(struct param_scanner *sc)
{
	size_t depth;

	sc->at = skip_nested_comments(sc->s, sc->len, sc->at, &depth);
	sc->irregular |= depth > 0;
}

/* Moves from the opening quote to behind the closing one. */
static void
skip_quoted_string(struct param_scanner *sc)
{
	for (sc->at++; !at_param_end(sc); sc->at++) {
		if (sc->s[sc->at] == '"') {
			sc->at++;
			return;
		}
		if (sc->s[sc->at] == '\\' && sc->at + 1 < sc->len)
			sc->at++;
	}
	sc->irregular = true;
}

/* Moves over something that is no parameter, to the next ';'. */
static void
skip_non_param(struct param_scanner *sc)
{
	sc->irregular = true;
	while (!at_param_end(sc) && !at_param_char(sc, ';')) {
		if (at_param_char(sc, '"'))
			skip_quoted_string(sc);
		else
			sc->at++;
	}
}

/* Moves over a value without quotes, to a ';' or to a comment behind a blank. Returns where the
 * value ends. Blanks inside are a part of it: file names are written so. */
static size_t
skip_bare_value(struct param_scanner *sc)
{
	size_t end = sc->at;

	for (; !at_param_end(sc) && !at_param_char(sc, ';'); sc->at++) {
		if (at_param_char(sc, '(') && end < sc->at)
			break;
		if (is_param_space(sc->s[sc->at]))
			continue;
		sc->irregular |= end < sc->at || at_param_char(sc, '"');
		end = sc->at + 1;
	}
	return end;
}

/* Reads a section number; one with a sign or with zeros in front is odd. */
static void
scan_section_number(struct param_scanner *sc, struct param_span *f)
{
	bool minus = at_param_char(sc, '-');
	size_t from;

	if (minus || at_param_char(sc, '+'))
		sc->at++;
	for (from = sc->at; !at_param_end(sc) && str_is_digit(sc->s[sc->at]); sc->at++) {
		f->number = f->number * 10 + (sc->s[sc->at] - '0');
		if (f->number > SECTION_MAX)
			f->number = SECTION_MAX;
	}
	if (sc->at > from)
		f->form = PARAM_CONTINUED;
	f->odd_marks |= minus || (sc->s[from] == '0' && sc->at > from + 1);
	f->number = minus ? -f->number : f->number;
}

/* Reads "*", "*0" or "*0*" behind a name, as programs do: with blanks, or with something else
 * in front of the '='. */
static void
scan_param_marks(struct param_scanner *sc, struct param_span *f)
{
	size_t from;

	sc->at++;
	f->form = PARAM_EXTENDED;
	from = sc->at;
	skip_param_comments(sc);
	scan_section_number(sc, f);
	skip_param_comments(sc);
	f->escaped = f->form == PARAM_EXTENDED || at_param_char(sc, '*');
	if (f->form == PARAM_CONTINUED && f->escaped)
		sc->at++;
	skip_param_comments(sc);
	for (size_t i = from; i < sc->at; i++)
		f->odd_marks |= !str_is_digit(sc->s[i]) && sc->s[i] != '*';
	for (; !at_param_end(sc) && strchr("=;\"", sc->s[sc->at]) == NULL; sc->at++)
		f->odd_marks = true;
	sc->irregular |= f->odd_marks;
}

/* Reads what stands between the name and the '='. */
static void
scan_marks_behind_name(struct param_scanner *sc, struct param_span *f)
{
	f->form = PARAM_PLAIN;
	f->number = 0;
	f->escaped = f->odd_marks = false;
	skip_param_comments(sc);
	if (!at_param_char(sc, '*'))
		return;
	f->odd_marks = sc->at > f->name_end;
	scan_param_marks(sc, f);
}

/* Reads "name=value". False: there is none; sc->at may have moved. */
static bool
scan_param(struct param_scanner *sc, struct param_span *ret)
{
	ret->name = sc->at;
	while (!at_param_end(sc) && !is_param_space(sc->s[sc->at]) &&
	       strchr("=;*(\"", sc->s[sc->at]) == NULL)
		sc->at++;
	ret->name_end = sc->at;
	scan_marks_behind_name(sc, ret);
	if (ret->name == ret->name_end || !at_param_char(sc, '='))
		return false;
	ret->equals = sc->at++;
	skip_param_comments(sc);
	ret->value = sc->at;
	if (at_param_char(sc, '"')) {
		skip_quoted_string(sc);
		ret->value_end = sc->at;
	} else {
		ret->value_end = skip_bare_value(sc);
	}
	skip_param_comments(sc);
	if (!at_param_end(sc) && !at_param_char(sc, ';'))
		sc->irregular = true; /* go on as if there were a ';' */
	return true;
}

/* Is there a byte that some programs take for white space? */
static bool
at_odd_space(const struct param_scanner *sc)
{
	return at_param_char(sc, '\v') || at_param_char(sc, '\f');
}

bool
param_scan_next(struct param_scanner *sc, struct param_span *ret)
{
	for (;;) {
		skip_param_comments(sc);
		while (at_param_char(sc, ';') || at_odd_space(sc)) {
			sc->irregular |= at_odd_space(sc);
			sc->at++;
			skip_param_comments(sc);
		}
		if (at_param_end(sc))
			return false;
		if (scan_param(sc, ret))
			return true;
		skip_non_param(sc);
	}
}

static size_t
param_token_length(const struct param_scanner *sc)
{
	size_t n = 0;

	while (sc->at + n < sc->len && sc->s[sc->at + n] > ' ' && sc->s[sc->at + n] < 0x7f &&
	       strchr(PARAM_TOKEN_SPECIALS, sc->s[sc->at + n]) == NULL)
		n++;
	return n;
}

void
param_scan_type(struct param_scanner *sc, struct buf *ret)
{
	size_t n;

	skip_param_comments(sc);
	n = param_token_length(sc);
	buf_append(ret, sc->s + sc->at, n);
	sc->at += n;
	skip_param_comments(sc);
	if (at_param_char(sc, '/') && n > 0) {
		sc->at++;
		skip_param_comments(sc);
		n = param_token_length(sc);
		buf_putc(ret, '/');
		buf_append(ret, sc->s + sc->at, n);
		sc->at += n;
		skip_param_comments(sc);
	}
	if (n == 0)
		buf_reset(ret);
	sc->irregular |= n == 0 || (!at_param_end(sc) && !at_param_char(sc, ';'));
}

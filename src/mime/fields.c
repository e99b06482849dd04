/* Reads one field at a time. A line without a colon is a field without a name, so that a caller
 * that goes from field to field gets over every block of lines. */
#include "mime/fields.h"

#include <string.h>

#include "util/arena.h"
#include "util/str.h"

size_t
mime_line_end_length(const char *s, size_t len, size_t at)
{
	if (at < len && s[at] == '\n')
		return 1;
	return len - at >= 2 && s[at] == '\r' && s[at + 1] == '\n' ? 2 : 0;
}

/* The end of the line [from, next) without its line end. */
static size_t
trim_line_end(const char *s, size_t from, size_t next)
{
	if (next > from && s[next - 1] == '\n')
		return from + str_trim_line_end(s + from, next - from);
	return next;
}

static bool
has_cr_without_lf(const char *s, size_t len)
{
	const char *end = s + len, *cr = s;

	while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL) {
		cr++;
		if (cr == end || *cr != '\n')
			return true;
	}
	return false;
}

static bool
is_printable_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] >= 0x7f)
			return false;
	}
	return len > 0;
}

/* Extends the field, whose first line was read, over its folded lines. */
static void
read_folded_lines(const char *s, size_t len, struct mime_field_span *ret)
{
	while (ret->to < len && str_is_blank(s[ret->to])) {
		size_t next = mime_line_next(s, len, ret->to);
		size_t end = trim_line_end(s, ret->to, next);

		if (ret->blank_fold == 0 &&
		    str_blank_run(s + ret->to, end - ret->to) == end - ret->to)
			ret->blank_fold = ret->to;
		ret->to = next;
		ret->value_end = end;
	}
}

void
mime_field_read(const char *s, size_t len, size_t at, struct mime_field_span *ret)
{
	const char *colon;

	ret->from = at;
	ret->to = mime_line_next(s, len, at);
	ret->value_end = trim_line_end(s, at, ret->to);
	colon = memchr(s + at, ':', ret->value_end - at);
	ret->value = colon == NULL ? at : (size_t)(colon - s) + 1;
	ret->name_end = colon == NULL ? at : ret->value - 1;
	ret->regular = is_printable_name(s + at, ret->name_end - at);
	ret->blank_fold = 0;
	read_folded_lines(s, len, ret);
	if (has_cr_without_lf(s + at, ret->to - at) ||
	    memchr(s + at, '\0', ret->to - at) != NULL)
		ret->regular = false;
	while (ret->name_end > at && str_is_blank(s[ret->name_end - 1]))
		ret->name_end--;
}

bool
mime_field_is(const char *s, const struct mime_field_span *f, const char *name)
{
	return str_case_equal_n(s + f->from, f->name_end - f->from, name, strlen(name));
}

char *
mime_field_text(struct arena *arena, const char *s, size_t len)
{
	char *text = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\0')
			text[n++] = s[i];
	}
	text[n] = '\0';
	return text;
}

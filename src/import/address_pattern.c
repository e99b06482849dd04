#include "import/address_pattern.h"

#include <string.h>

#include "util/arena.h"

/* Behind the bracket expression whose "[" is at p; its "]" may stand first in it. */
static const char *
skip_bracket_expression(const char *p)
{
	p++;
	p += *p == '^';
	p += *p == ']';
	p += strcspn(p, "]");
	return *p != '\0' ? p + 1 : p;
}

/* Whether a pattern asks for the begin or the end of the text. */
static bool
has_anchors(const char *p)
{
	size_t len = strlen(p);

	if (len >= 3 && strcmp(p + len - 3, ".*$") == 0)
		len--;
	for (const char *end = p + len; p < end;) {
		if (strncmp(p, "^.*", 3) == 0)
			p += 3;
		else if (*p == '^' || *p == '$')
			return true;
		else if (*p == '[')
			p = skip_bracket_expression(p);
		else
			p += *p == '\\' && p[1] != '\0' ? 2 : 1;
	}
	return false;
}

/* Whether a quantifier stands at s. */
static bool
begins_with_quantifier(const char *s)
{
	if (*s == '\\')
		s++;
	return *s != '\0' && strchr("*+?{", *s) != NULL;
}

const char *
address_pattern_strip(struct arena *arena, const char *pattern, bool *ret_anchors)
{
	const char *p = pattern, *begin = "", *end = "";
	size_t len;

	if (strncmp(p, "^<", 2) == 0 || *p == '<') {
		begin = "^";
		p += *p == '^' ? 2 : 1;
		if (begins_with_quantifier(p))
			return NULL;
	}
	len = strlen(p);
	if (len >= 2 && strcmp(p + len - 2, ">$") == 0) {
		end = "$";
		len -= 2;
	} else if (len >= 1 && p[len - 1] == '>' && (len < 2 || p[len - 2] != '\\')) {
		end = "$";
		len--;
	}
	for (size_t i = 0; i < len; i++)
		if (strchr("<>", p[i]) != NULL && (i == 0 || p[i - 1] != '\\'))
			return NULL;
	p = arena_strndup(arena, p, len);
	*ret_anchors = has_anchors(p);
	return arena_printf(arena, "%s%s%s", begin, p, end);
}

/* "550 5.7.1 text": replies as the administrator writes them, checked once. RFC 5321 4.2,
 * RFC 3463. */
#include "text/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "option/option.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/str.h"

#define REPLY_MAX_LINES	     32u
#define REPLY_MAX_LINE_BYTES 980u

struct complaint {
	char *why;
	size_t size;
};

static int
complain(const struct complaint *c, const char *text)
{
	snprintf(c->why, c->size, "%s", text);
	return -EINVAL;
}

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " ");
}

/* Digits as RFC 3463 has them, at most three and without a leading zero; NULL when not. */
static const char *
skip_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 0 || n > 3 || (n > 1 && s[0] == '0') ? NULL : s + n;
}

/* The length of a word N.N.N at s, else 0: then it is text. */
static size_t
enhanced_length(const char *s)
{
	const char *p = s;

	for (int i = 0; i < 3; i++) {
		if (i > 0 && *p++ != '.')
			return 0;
		p = skip_number(p);
		if (p == NULL)
			return 0;
	}
	return *p == ' ' || *p == '\0' ? (size_t)(p - s) : 0;
}

static int
check_text(const char *text, const struct complaint *c)
{
	size_t lines = 1, column = 0;

	if (text[strspn(text, " \n")] == '\0')
		return complain(c, "a reply needs a text");
	for (; *text != '\0'; text++) {
		column = *text == '\n' ? 0 : column + 1;
		lines += *text == '\n';
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return complain(c,
					"a reply is printable ASCII, with \\n between lines");
		if (column > REPLY_MAX_LINE_BYTES)
			return complain(c, "a line of a reply has at most 980 bytes");
	}
	if (lines > REPLY_MAX_LINES)
		return complain(c, "a reply has at most 32 lines");
	return 0;
}

int
reply_parse(struct arena *arena, const char *written, uint32_t allowed, struct reply *ret,
	    char *why, size_t why_size)
{
	const struct complaint c = {why, why_size};
	const char *p = written;
	struct template *text = NULL;

	if ((p[0] != '4' && p[0] != '5') || !str_is_digit(p[1]) || !str_is_digit(p[2]) ||
	    (p[3] != ' ' && p[3] != '\0'))
		return complain(&c, "a reply starts with a code of three digits, 4xx or 5xx");

	const char class = p[0];
	unsigned code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 +
			(unsigned)(p[2] - '0');

	p = skip_blanks(p + 3);

	size_t len = enhanced_length(p);

	if (len > 0 && (p[0] != class || p[1] != '.')) {
		snprintf(why, why_size, "the enhanced code %.*s is not of the class of %u",
			 (int)len, p, code);
		return -EINVAL;
	}
	const char *xcode =
		len > 0 ? arena_strndup(arena, p, len) : arena_printf(arena, "%c.7.1", class);

	p = skip_blanks(p + len);
	if (check_text(p, &c) < 0 ||
	    template_compile(arena, p, allowed, &text, why, why_size) < 0)
		return -EINVAL;
	*ret = (struct reply){code, xcode, text};
	return 0;
}

int
reply_read(struct arena *arena, const struct section *s, bool reject, const char *fallback,
	   uint32_t allowed, struct reply *ret)
{
	const char *text = section_string(s, "reply");
	char why[256];

	if (text == NULL)
		text = fallback;
	if (reply_parse(arena, text, allowed, ret, why, sizeof(why)) < 0)
		return section_error(s, "reply", "reply: %s", why);
	if ((ret->code >= 500) != reject)
		return section_error(s, "reply", "action %s needs a reply of %s, this is %u",
				     reject ? "reject" : "tempfail", reject ? "5xx" : "4xx",
				     ret->code);
	if (ret->code == 421)
		section_warning(s, "reply", "a 421 reply ends the client's session");
	return 0;
}

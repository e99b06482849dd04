/* The id of Authentication-Results: comments are passed over, and the pieces that stand without
 * a blank between them are the id. What is not of the form is read as far as possible, since a
 * field that is removed without need harms less than a forged one that stays. */
#include "content/authserv_id.h"

#include <string.h>

#include "util/buf.h"
#include "util/domain.h"
#include "util/str.h"

#define AUTHSERV_ENDS " \t\r\n()<>@,;:\\\"/[]?=" /* RFC 2045, section 5.1: tspecials */

/* s is at '('; behind the comment, or at the end of a value without its ')'. */
static const char *
skip_authserv_comment(const char *s)
{
	size_t depth = 0;

	do {
		if (*s == '(')
			depth++;
		else if (*s == ')')
			depth--;
		else if (*s == '\\' && s[1] != '\0')
			s++;
		s++;
	} while (depth > 0 && *s != '\0');
	return s;
}

static const char *
skip_authserv_blanks(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\r\n");
		if (*s != '(')
			return s;
		s = skip_authserv_comment(s);
	}
}

/* s is behind the quote that begins the string. */
static const char *
read_authserv_quoted(const char *s, struct buf *out)
{
	for (; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buf_putc(out, (unsigned char)*s);
	}
	return *s == '"' ? s + 1 : s;
}

static void
read_authserv_id(const char *value, struct buf *out)
{
	const char *s = skip_authserv_blanks(value);

	for (;;) {
		size_t n = strcspn(s, AUTHSERV_ENDS);

		buf_append(out, s, n);
		s += n;
		if (*s != '"')
			return;
		s = read_authserv_quoted(s + 1, out);
	}
}

static bool
domains_equal(const char *a, const char *b)
{
	char a_buf[DOMAIN_MAX_BYTES], b_buf[DOMAIN_MAX_BYTES];

	a = domain_ascii(a, a_buf);
	b = domain_ascii(b, b_buf);
	return str_case_equal_n(a, domain_trimmed_length(a), b, domain_trimmed_length(b));
}

bool
authserv_id_is(const char *value, const char *id)
{
	struct buf found = {0};
	bool is;

	read_authserv_id(value, &found);
	is = domains_equal(buf_string(&found), id);
	buf_free(&found);
	return is;
}

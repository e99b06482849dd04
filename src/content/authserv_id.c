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

/* One result while it is read: "dkim=pass (2048 bit) header.d=a.example". */
struct authserv_result {
	struct buf word;	       /* the last word before a '=', or the value behind it */
	bool dkim, dmarc;	       /* the method is this one, with the result pass */
	unsigned n_domains, n_fitting; /* properties that name a domain; those that fit */
	bool broken;
};

/* Reads a word: a token, which may have '.', '@' and '/', or a quoted string. */
static const char *
read_authserv_word(const char *s, struct buf *out)
{
	size_t n;

	buf_reset(out);
	if (*s == '"')
		return read_authserv_quoted(s + 1, out);
	n = strcspn(s, " \t\r\n();\"=");
	buf_append(out, s, n);
	return s + n;
}

static bool
is_domain_or_parent(const char *written, const char *domain)
{
	char buf[DOMAIN_MAX_BYTES];
	size_t len, all = domain_trimmed_length(domain);

	written = domain_ascii(written, buf);
	len = domain_trimmed_length(written);
	if (len == 0 || len > all || !str_case_equal_n(domain + all - len, len, written, len))
		return false;
	return len == all || domain[all - len - 1] == '.';
}

/* One word, '=' and a word. The first of a result is the method and its result. */
static void
note_authserv_pair(struct authserv_result *r, bool first, const char *name, const char *value,
		   const char *domain)
{
	bool of_dkim = str_case_equal(name, "header.d");

	if (first) {
		r->dkim = str_case_equal(name, "dkim") && str_case_equal(value, "pass");
		r->dmarc = str_case_equal(name, "dmarc") && str_case_equal(value, "pass");
		return;
	}
	if (r->dkim ? !of_dkim : !str_case_equal(name, "header.from"))
		return;
	r->n_domains++;
	r->n_fitting +=
		r->dkim ? is_domain_or_parent(value, domain) : domains_equal(value, domain);
}

/* Reads a result up to its ';' or the end. */
static const char *
read_authserv_result(const char *s, const char *domain, struct authserv_result *r)
{
	struct buf value = {0};
	bool first = true;

	for (s = skip_authserv_blanks(s); *s != '\0' && *s != ';';
	     s = skip_authserv_blanks(s)) {
		s = skip_authserv_blanks(read_authserv_word(s, &r->word));
		if (*s != '=') {
			r->broken = *s != '\0' && *s != ';';
			break;
		}
		s = read_authserv_word(skip_authserv_blanks(s + 1), &value);
		note_authserv_pair(r, first, buf_string(&r->word), buf_string(&value), domain);
		first = false;
	}
	buf_free(&value);
	buf_free(&r->word);
	return s;
}

bool
authserv_passes(const char *value, const char *domain)
{
	struct buf id = {0};
	const char *s = skip_authserv_blanks(value);
	bool passes = false;

	s = skip_authserv_blanks(read_authserv_word(s, &id));
	buf_free(&id);
	while (*s != '\0' && *s != ';') /* the version */
		s = *s == '(' ? skip_authserv_comment(s) : s + 1;
	while (*s == ';' && !passes) {
		struct authserv_result r = {.dkim = false};

		s = read_authserv_result(s + 1, domain, &r);
		if (r.broken)
			break;
		passes = (r.dkim || r.dmarc) && r.n_domains == 1 && r.n_fitting == 1;
	}
	return passes;
}

/* The walk over tags dominates the cost of a footer, so the token is filled in where it is, and
 * quotes and '>' are searched eight bytes at a time. */
#include "html/html_token.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "util/str.h"

static bool
is_html_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
ends_element_name(char c)
{
	static const unsigned char ends[256] = {
		[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['\f'] = 1, ['/'] = 1, ['>'] = 1,
	};

	return ends[(unsigned char)c] != 0;
}

static size_t
element_name_end(const char *s, size_t len, size_t at)
{
	while (at < len && !ends_element_name(s[at]))
		at++;
	return at;
}

/* The offset behind the comment that begins at s[at]; len + 1 if it is never closed. */
static size_t
html_comment_end(const char *s, size_t len, size_t at)
{
	size_t i = at + 4;

	if (i < len && s[i] == '>') /* <!--> */
		return i + 1;
	if (i + 1 < len && s[i] == '-' && s[i + 1] == '>') /* <!---> */
		return i + 2;
	for (; i + 2 < len; i++) {
		const char *dash = memchr(s + i, '-', len - i);

		if (dash == NULL)
			return len + 1;
		i = (size_t)(dash - s);
		if (i + 2 < len && s[i + 1] == '-' && s[i + 2] == '>')
			return i + 3;
		if (i + 3 < len && s[i + 1] == '-' && s[i + 2] == '!' && s[i + 3] == '>')
			return i + 4;
	}
	return len + 1;
}

/* Sets bit 7 of a byte that is c, among eight. Only the lowest bit that is set is exact, which
 * is the first byte that is c; 0: there is none. */
static uint64_t
find_byte_in_word(uint64_t bytes, char c)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t zero = bytes ^ (unsigned char)c * ones;

	return (zero - ones) & ~zero & 0x80 * ones;
}

/* The offset of the next '>' or quote, which end a tag or begin a quoted value; len: none. */
static size_t
next_quote_or_gt(const char *s, size_t len, size_t at)
{
	for (; len - at >= 8; at += 8) {
		uint64_t bytes, found;

		memcpy(&bytes, s + at, 8);
		bytes = le64toh(bytes);
		found = find_byte_in_word(bytes, '>') | find_byte_in_word(bytes, '"') |
			find_byte_in_word(bytes, '\'');
		if (found != 0)
			return at + (unsigned)__builtin_ctzll(found) / 8;
	}
	while (at < len && s[at] != '>' && s[at] != '"' && s[at] != '\'')
		at++;
	return at;
}

/* Is the last byte of [at, i) that is no blank a '='? */
static bool
is_behind_equals(const char *s, size_t at, size_t i)
{
	while (i > at && (s[i - 1] == ' ' || s[i - 1] == '\t' || s[i - 1] == '\r' ||
			  s[i - 1] == '\n' || s[i - 1] == '\f'))
		i--;
	return i > at && s[i - 1] == '=';
}

/* The offset behind the '>' that ends the attributes at s[at], quoted values passed over;
 * len + 1 if there is none. A quote begins a value only behind '='. */
static size_t
html_attributes_end(const char *s, size_t len, size_t at)
{
	size_t i = at;

	while (i < len && s[i] != '>') {
		const char *close;

		i = next_quote_or_gt(s, len, i);
		if (i == len || s[i] == '>')
			break;
		close = s + i;
		if (is_behind_equals(s, at, i))
			close = memchr(s + i + 1, s[i], len - i - 1);
		i = close == NULL ? len : (size_t)(close - s) + 1;
	}
	return i < len ? i + 1 : len + 1;
}

/* The same of a tag whose name ends at s[at]. Most have no attributes. */
static inline size_t
html_tag_end(const char *s, size_t len, size_t at)
{
	return at < len && s[at] == '>' ? at + 1 : html_attributes_end(s, len, at);
}

static size_t
end_behind_gt(const char *s, size_t len, size_t at)
{
	const char *gt = memchr(s + at, '>', len - at);

	return gt == NULL ? len + 1 : (size_t)(gt - s) + 1;
}

/* Does "name" and what ends a name stand at s[at]? */
static bool
has_name_at(const char *s, size_t len, size_t at, const char *name, size_t n)
{
	return at < len && len - at > n && str_case_equal_n(s + at, n, name, n) &&
	       ends_element_name(s[at + n]);
}

/* The offset behind the end tag of the raw element whose content begins at s[at]; len + 1 if it
 * is never closed. *ret_content_end: where the end tag begins, unless it is not closed. */
static size_t
raw_element_end(const char *s, size_t len, size_t at, const char *name, size_t n,
		size_t *ret_content_end)
{
	while (at < len) {
		const char *lt = memchr(s + at, '<', len - at);

		if (lt == NULL)
			break;
		at = (size_t)(lt - s) + 1;
		if (at < len && s[at] == '/' && has_name_at(s, len, at + 1, name, n)) {
			*ret_content_end = at - 1;
			return html_tag_end(s, len, at + 1 + n);
		}
	}
	return len + 1;
}

/* The same for a script. In a comment in it, a <script> hides the next </script> (HTML
 * standard, 13.2.5.17 to 13.2.5.31):
 *
 *	<script><!-- <script> </script> --> </script>|
 */
static size_t
script_end(const char *s, size_t len, size_t at)
{
	enum { PLAIN, ESCAPED, DOUBLE_ESCAPED } state = PLAIN;
	const size_t n = strlen("script");

	for (; at < len; at++) {
		if (s[at] == '-' && state != PLAIN && len - at >= 3 &&
		    memcmp(s + at, "-->", 3) == 0)
			state = PLAIN;
		if (s[at] != '<')
			continue;
		if (state == PLAIN && len - at >= 4 && memcmp(s + at, "<!--", 4) == 0) {
			state = ESCAPED;
			at++; /* "<!-->" ends it at once */
		} else if (at + 1 < len && s[at + 1] == '/' &&
			   has_name_at(s, len, at + 2, "script", n)) {
			if (state != DOUBLE_ESCAPED)
				return html_tag_end(s, len, at + 2 + n);
			state = ESCAPED;
		} else if (state == ESCAPED && has_name_at(s, len, at + 1, "script", n)) {
			state = DOUBLE_ESCAPED;
		}
	}
	return len + 1;
}

/* Reads the tag whose name is at s[name], and with a raw element's start tag the whole element.
 * Returns the end, len + 1 if it is not closed. */
static size_t
read_html_tag(const char *s, size_t len, size_t name, struct html_token *t)
{
	size_t behind = element_name_end(s, len, name), end = html_tag_end(s, len, behind);

	t->kind = HTML_TAG;
	t->name_len = behind - name;
	t->element = html_find_element(s + name, t->name_len, s + len);
	if (t->element == NULL || (t->element->traits & HTML_RAW) == 0 || t->closing ||
	    t->foreign || end > len)
		return end;
	t->kind = HTML_HIDDEN;
	if (t->element->rule == HTML_SCRIPT)
		return script_end(s, len, end);
	t->has_content = true;
	t->content = end;
	t->content_end = len;
	if (t->element->rule == HTML_PLAINTEXT)
		return len + 1;
	return raw_element_end(s, len, end, t->element->name, t->element->len, &t->content_end);
}

/* The offset behind the CDATA section that begins at s[at]; len + 1 if it is never closed. */
static size_t
cdata_end(const char *s, size_t len, size_t at)
{
	size_t from = at + 9 + 2; /* behind "<![CDATA[", and "]]" */
	const char *end = NULL;

	while (from < len && (end = memchr(s + from, '>', len - from)) != NULL &&
	       (end[-1] != ']' || end[-2] != ']'))
		from = (size_t)(end - s) + 1;
	return from < len && end != NULL ? (size_t)(end - s) + 1 : len + 1;
}

/* Reads the tag, comment or raw element that begins with the '<' at s[at]. As above. */
static size_t
read_markup(const char *s, size_t len, size_t at, struct html_token *t)
{
	static const char cdata[] = "<![CDATA[";
	size_t name = at + 1;

	t->has_content = false;
	t->closing = s[name] == '/';
	name += t->closing;
	if (name < len && is_html_letter(s[name]))
		return read_html_tag(s, len, name, t);
	t->kind = HTML_HIDDEN;
	t->element = NULL;
	if (len - at >= 4 && memcmp(s + at, "<!--", 4) == 0)
		return html_comment_end(s, len, at);
	if (t->foreign && len - at > strlen(cdata) &&
	    memcmp(s + at, cdata, strlen(cdata)) == 0) {
		size_t end = cdata_end(s, len, at);

		t->content = at + strlen(cdata);
		t->content_end = end > len ? len : end - strlen("]]>");
		t->has_content = true;
		return end;
	}
	return end_behind_gt(s, len, at); /* <!doctype, <?, </> */
}

/* Does markup begin with the '<' in front of s[at]? */
static inline bool
continues_markup(const char *s, size_t len, size_t at)
{
	return at < len &&
	       (is_html_letter(s[at]) || s[at] == '/' || s[at] == '!' || s[at] == '?');
}

static size_t
html_text_end(const char *s, size_t len, size_t at)
{
	do {
		const char *lt = memchr(s + at + 1, '<', len - at - 1);

		at = lt == NULL ? len : (size_t)(lt - s);
	} while (at < len && !continues_markup(s, len, at + 1));
	return at;
}

bool
html_next_token(const char *s, size_t len, struct html_token *t)
{
	size_t at = t->end, end;
	bool is_markup;

	if (at >= len)
		return false;
	/* A text ends at markup. */
	is_markup = (t->kind == HTML_TEXT && at > 0) ||
		    (s[at] == '<' && continues_markup(s, len, at + 1));
	t->start = at;
	if (!is_markup) {
		end = html_text_end(s, len, at);
		t->kind = HTML_TEXT;
		t->end = end;
		if (!t->skips_text || end == len)
			return !t->skips_text;
		t->start = end;
	}
	end = read_markup(s, len, t->start, t);
	if (end > len)
		t->kind = HTML_UNCLOSED;
	t->end = end < len ? end : len;
	return true;
}

/* A small HTML tokenizer: text, tags, comments and raw elements, as browsers see them. One pass
 * without recursion, and no search to the end that could be made again for the next token: an
 * element, comment or tag that is never closed is the last token. The walk over tags dominates
 * the cost of a footer, so the token is filled in where it is, and quotes and '>' are searched
 * eight bytes at a time. */
#include "mime/html.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

enum html_token_kind {
	HTML_TEXT,
	HTML_TAG,
	HTML_HIDDEN,   /* a comment, a declaration, or a raw element with its content */
	HTML_UNCLOSED, /* a tag, comment or raw element that reaches to the end */
};

struct html_token {
	enum html_token_kind kind;
	size_t start, end; /* offsets of its first byte and behind its last */
	/* Of a tag: */
	bool closing; /* </name> */
	const char *name;
	size_t name_len;
};

struct element_name {
	const char *text;
	size_t len;
};

#define RAW_SHORTEST 3u /* the shortest name below */

/* Raw elements: their content is no markup, or is not displayed. */
#define ELEMENT(text)                                                                          \
	{                                                                                      \
		text, sizeof(text) - 1                                                         \
	}
static const struct element_name raw_elements[] = {
	ELEMENT("script"),  ELEMENT("style"),	 ELEMENT("textarea"),
	ELEMENT("title"),   ELEMENT("xmp"),	 ELEMENT("iframe"),
	ELEMENT("noembed"), ELEMENT("noframes"), ELEMENT("template"),
};
#undef ELEMENT

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
	while (i > at &&
	       (s[i - 1] == ' ' || s[i - 1] == '\t' || s[i - 1] == '\r' || s[i - 1] == '\n'))
		i--;
	return i > at && s[i - 1] == '=';
}

/* The offset behind the '>' of a tag, quoted attribute values passed over; len + 1 if there is
 * none. A quote begins a value only behind '='. */
static size_t
html_tag_end(const char *s, size_t len, size_t at)
{
	for (size_t i = next_quote_or_gt(s, len, at); i < len;
	     i = next_quote_or_gt(s, len, i + 1)) {
		const char *close = s + i;

		if (s[i] == '>')
			return i + 1;
		if (is_behind_equals(s, at, i))
			close = memchr(s + i + 1, s[i], len - i - 1);
		if (close == NULL)
			break;
		i = (size_t)(close - s);
	}
	return len + 1;
}

static size_t
end_behind_gt(const char *s, size_t len, size_t at)
{
	const char *gt = memchr(s + at, '>', len - at);

	return gt == NULL ? len + 1 : (size_t)(gt - s) + 1;
}

/* The offset behind the end tag of the raw element whose content begins at s[at]; len + 1 if it
 * is never closed. */
static size_t
raw_element_end(const char *s, size_t len, size_t at, const struct element_name *name)
{
	size_t n = name->len;

	while (at < len) {
		const char *lt = memchr(s + at, '<', len - at);

		if (lt == NULL)
			break;
		at = (size_t)(lt - s) + 1;
		if (len - at > n + 1 && s[at] == '/' &&
		    str_case_equal_n(s + at + 1, n, name->text, n) &&
		    ends_element_name(s[at + 1 + n]))
			return end_behind_gt(s, len, at);
	}
	return len + 1;
}

static const struct element_name *
find_raw_element(const struct html_token *t)
{
	if (t->closing || t->name_len < RAW_SHORTEST)
		return NULL;
	for (size_t i = 0; i < sizeof(raw_elements) / sizeof(raw_elements[0]); i++)
		if (t->name_len == raw_elements[i].len &&
		    str_case_equal_n(t->name, t->name_len, raw_elements[i].text,
				     raw_elements[i].len))
			return &raw_elements[i];
	return NULL;
}

/* Reads the tag whose name is at s[name], and with a raw element's start tag the whole element.
 * Returns the end, len + 1 if it is not closed. */
static size_t
read_html_tag(const char *s, size_t len, size_t name, struct html_token *t)
{
	size_t behind = element_name_end(s, len, name), end = html_tag_end(s, len, behind);
	const struct element_name *raw;

	t->kind = HTML_TAG;
	t->name = s + name;
	t->name_len = behind - name;
	raw = find_raw_element(t);
	if (raw == NULL || end > len)
		return end;
	t->kind = HTML_HIDDEN;
	return raw_element_end(s, len, end, raw);
}

/* Reads the tag, comment or raw element that begins with the '<' at s[at]. As above. */
static size_t
read_markup(const char *s, size_t len, size_t at, struct html_token *t)
{
	size_t name = at + 1;

	t->kind = HTML_HIDDEN;
	t->closing = false;
	if (len - at >= 4 && memcmp(s + at, "<!--", 4) == 0)
		return html_comment_end(s, len, at);
	t->closing = s[name] == '/';
	name += t->closing;
	if (name < len && is_html_letter(s[name]))
		return read_html_tag(s, len, name, t);
	return end_behind_gt(s, len, at); /* <!doctype, <?, </> */
}

static bool
starts_markup(const char *s, size_t len, size_t at)
{
	return s[at] == '<' && at + 1 < len &&
	       (is_html_letter(s[at + 1]) || s[at + 1] == '/' || s[at + 1] == '!' ||
		s[at + 1] == '?');
}

static size_t
html_text_end(const char *s, size_t len, size_t at)
{
	do {
		const char *lt = memchr(s + at + 1, '<', len - at - 1);

		at = lt == NULL ? len : (size_t)(lt - s);
	} while (at < len && !starts_markup(s, len, at));
	return at;
}

/* Replaces the token by the next one, the one that begins at t->end. False: there is none. The
 * token is not returned as a value, because the copy would take longer than the reading. */
static bool
next_html_token(const char *s, size_t len, struct html_token *t)
{
	size_t at = t->end, end;

	if (at >= len)
		return false;
	t->start = at;
	if (starts_markup(s, len, at)) {
		end = read_markup(s, len, at, t);
		if (end > len)
			t->kind = HTML_UNCLOSED;
	} else {
		end = html_text_end(s, len, at);
		t->kind = HTML_TEXT;
	}
	t->end = end < len ? end : len;
	return true;
}

static bool
is_html_tag(const struct html_token *t, const char *name, bool closing)
{
	return t->kind == HTML_TAG && t->closing == closing && t->name_len == strlen(name) &&
	       str_case_equal_n(t->name, t->name_len, name, strlen(name));
}

/* The starts of two tokens that were passed, at least so many bytes apart. Only two need to be
 * kept to find, from any later token, a start that is at least that far in front of it. */
struct token_starts {
	size_t apart;
	size_t last, before;
};

static void
note_token_start(struct token_starts *t, size_t at)
{
	if (at - t->last < t->apart)
		return;
	t->before = t->last;
	t->last = at;
}

/* The later of the two starts that is far enough in front of at; 0: the begin. */
static size_t
token_start_before(const struct token_starts *t, size_t at)
{
	return at - t->last >= t->apart ? t->last : t->before;
}

size_t
html_find_footer_place(const char *s, size_t len, size_t back, size_t *ret_from)
{
	struct html_place {
		size_t at, from;
	} body = {SIZE_MAX, 0}, html = {SIZE_MAX, 0}, end = {len, 0}, place;
	struct token_starts starts = {.apart = back};
	struct html_token t = {0};

	while (next_html_token(s, len, &t)) {
		struct html_place here = {t.start, 0};

		note_token_start(&starts, t.start);
		here.from = token_start_before(&starts, t.start);
		if (t.kind == HTML_UNCLOSED)
			end = here;
		if (is_html_tag(&t, "body", true))
			body = here;
		if (is_html_tag(&t, "html", true))
			html = here;
	}
	if (end.at == len)
		end.from = token_start_before(&starts, len);
	place = body.at != SIZE_MAX ? body : html.at != SIZE_MAX ? html : end;
	*ret_from = place.from;
	return place.at;
}

static bool
is_html_doctype(const char *s, const struct html_token *t)
{
	return t->kind == HTML_HIDDEN && t->end - t->start > 9 &&
	       str_case_equal_n(s + t->start, 9, "<!doctype", 9);
}

static bool
is_html_blank(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && (s[i] == ' ' || (s[i] >= '\t' && s[i] <= '\r')))
		i++;
	return i == len;
}

size_t
html_find_top_place(const char *s, size_t len)
{
	size_t place = 0;
	struct html_token t;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		place = 3;
	t = (struct html_token){.end = place};
	while (next_html_token(s, len, &t)) {
		if (is_html_tag(&t, "body", false))
			return t.end;
		if (t.kind == HTML_TEXT && !is_html_blank(s + t.start, t.end - t.start))
			break; /* a body that comes later is a quoted one */
		if (is_html_doctype(s, &t) || is_html_tag(&t, "html", false) ||
		    is_html_tag(&t, "head", true))
			place = t.end;
	}
	return place;
}

/* The character that an entity at s ("&lt;", "&#65;") means, and the entity's length. 0: it is
 * none that is known here. */
static uint32_t
read_entity(const char *s, size_t len, size_t *ret_len)
{
	static const struct {
		const char *text;
		char c;
	} known[] = {
		{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&nbsp;", ' '},
	};
	uint32_t value = 0;
	size_t i = 2;

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		size_t n = strlen(known[k].text);

		if (len >= n && memcmp(s, known[k].text, n) == 0) {
			*ret_len = n;
			return (uint32_t)known[k].c;
		}
	}
	if (len < 4 || s[1] != '#')
		return 0;
	for (; i < len && i < 9 && str_is_digit(s[i]); i++)
		value = value * 10 + (uint32_t)(s[i] - '0');
	if (i == 2 || i >= len || s[i] != ';' || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	*ret_len = i + 1;
	return value;
}

static void
append_utf8(uint32_t c, struct buf *out)
{
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	buf_putc(out, (unsigned char)(lead[more] | c >> (6 * more)));
	while (more-- > 0)
		buf_putc(out, (unsigned char)(0x80 | (c >> (6 * more) & 0x3f)));
}

static void
append_html_text(const char *s, size_t len, struct buf *out)
{
	while (len > 0) {
		const char *mark = memchr(s, '&', len);
		size_t run = mark == NULL ? len : (size_t)(mark - s), n = 1;
		uint32_t c;

		buf_append(out, s, run);
		s += run;
		len -= run;
		if (len == 0)
			return;
		c = read_entity(s, len, &n);
		if (c != 0)
			append_utf8(c, out);
		else
			buf_putc(out, '&');
		s += n;
		len -= n;
	}
}

void
html_to_text(const char *s, size_t len, struct buf *out)
{
	struct html_token t = {.end = 0};

	while (next_html_token(s, len, &t))
		if (t.kind == HTML_TEXT)
			append_html_text(s + t.start, t.end - t.start, out);
}

static const char *
entity_of_markup(unsigned char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

/* Appends the character of n bytes at p, which is not ASCII. */
static void
append_numeric_entity(const unsigned char *p, size_t n, struct buf *out)
{
	uint32_t value = *p & (0x7fu >> n);

	for (size_t k = 1; k < n; k++)
		value = value << 6 | (p[k] & 0x3fu);
	buf_printf(out, "&#%u;", value);
}

/* A byte that is not UTF-8 becomes '?'. */
static void
append_as_ascii(const char *s, size_t len, bool escape, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const unsigned char *p = (const unsigned char *)s + i;
		size_t n = str_utf8_length(p, len - i);
		const char *entity = escape && n <= 1 ? entity_of_markup(*p) : NULL;

		if (n > 1)
			append_numeric_entity(p, n, out);
		else if (entity != NULL)
			buf_puts(out, entity);
		else
			buf_putc(out, n == 1 ? *p : '?');
		i += n > 1 ? n : 1;
	}
}

void
html_escape(const char *s, size_t len, struct buf *out)
{
	append_as_ascii(s, len, true, out);
}

void
html_to_ascii(const char *s, size_t len, struct buf *out)
{
	append_as_ascii(s, len, false, out);
}

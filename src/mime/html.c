/* A small HTML tokenizer: tags, comments, raw elements. One pass, no recursion. */
#include "mime/html.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

enum token_kind { TOKEN_TEXT, TOKEN_TAG, TOKEN_HIDDEN, TOKEN_OPEN };

struct token {
	enum token_kind kind; /* OPEN: never closed, up to the end */
	size_t start, end;
	bool closing; /* </name> */
	const char *name;
	size_t name_len;
};

struct name {
	const char *text;
	size_t len;
};

#define RAW_SHORTEST 3u /* of the names below */

/* Elements whose content is no markup, or is not displayed. */
#define NAME(text)                                                                             \
	{                                                                                      \
		text, sizeof(text) - 1                                                         \
	}
static const struct name raw_elements[] = {
	NAME("script"), NAME("style"),	 NAME("textarea"), NAME("title"),    NAME("xmp"),
	NAME("iframe"), NAME("noembed"), NAME("noframes"), NAME("template"),
};
#undef NAME

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
ends_name(char c)
{
	static const unsigned char ends[256] = {
		[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['\f'] = 1, ['/'] = 1, ['>'] = 1,
	};

	return ends[(unsigned char)c] != 0;
}

static size_t
name_end(const char *s, size_t len, size_t at)
{
	while (at < len && !ends_name(s[at]))
		at++;
	return at;
}

/* Behind the comment that starts at s + at, or len when it is never closed. */
static size_t
comment_end(const char *s, size_t len, size_t at)
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

/* Of eight bytes: is one of them c? The lowest bit that is set is in the first one. */
static uint64_t
which_are(uint64_t bytes, char c)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t zero = bytes ^ (unsigned char)c * ones;

	return (zero - ones) & ~zero & 0x80 * ones;
}

/* What may end a tag, or begin a quoted value; the end is one too. */
static size_t
next_mark(const char *s, size_t len, size_t at)
{
	for (; len - at >= 8; at += 8) {
		uint64_t bytes, found;

		memcpy(&bytes, s + at, 8);
		bytes = le64toh(bytes);
		found = which_are(bytes, '>') | which_are(bytes, '"') | which_are(bytes, '\'');
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

/* Behind the tag's '>', quoted attribute values passed over; len + 1 when there is none. */
static size_t
tag_end(const char *s, size_t len, size_t at)
{
	for (size_t i = next_mark(s, len, at); i < len; i = next_mark(s, len, i + 1)) {
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
until_gt(const char *s, size_t len, size_t at)
{
	const char *gt = memchr(s + at, '>', len - at);

	return gt == NULL ? len + 1 : (size_t)(gt - s) + 1;
}

/* Behind a raw element's end tag's name; len + 1 when it is never closed. */
static size_t
raw_end(const char *s, size_t len, size_t at, const struct name *name)
{
	size_t n = name->len;

	while (at < len) {
		const char *lt = memchr(s + at, '<', len - at);

		if (lt == NULL)
			break;
		at = (size_t)(lt - s) + 1;
		if (len - at > n + 1 && s[at] == '/' &&
		    str_case_equal_n(s + at + 1, n, name->text, n) && ends_name(s[at + 1 + n]))
			return until_gt(s, len, at);
	}
	return len + 1;
}

static const struct name *
raw_element(const struct token *t)
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

/* A tag whose name begins at name, or with it a raw element as a whole. */
static size_t
read_tag(const char *s, size_t len, size_t name, struct token *t)
{
	size_t behind = name_end(s, len, name), end = tag_end(s, len, behind);
	const struct name *raw;

	t->kind = TOKEN_TAG;
	t->name = s + name;
	t->name_len = behind - name;
	raw = raw_element(t);
	if (raw == NULL || end > len)
		return end;
	t->kind = TOKEN_HIDDEN;
	return raw_end(s, len, end, raw);
}

/* At a '<' that starts markup: a tag, a comment, a raw element. */
static size_t
read_markup(const char *s, size_t len, size_t at, struct token *t)
{
	size_t name = at + 1;

	t->kind = TOKEN_HIDDEN;
	t->closing = false;
	if (len - at >= 4 && memcmp(s + at, "<!--", 4) == 0)
		return comment_end(s, len, at);
	t->closing = s[name] == '/';
	name += t->closing;
	if (name < len && is_letter(s[name]))
		return read_tag(s, len, name, t);
	return until_gt(s, len, at); /* <!doctype, <?, </> */
}

static bool
starts_markup(const char *s, size_t len, size_t at)
{
	return s[at] == '<' && at + 1 < len &&
	       (is_letter(s[at + 1]) || s[at + 1] == '/' || s[at + 1] == '!' ||
		s[at + 1] == '?');
}

static size_t
text_end(const char *s, size_t len, size_t at)
{
	do {
		const char *lt = memchr(s + at + 1, '<', len - at - 1);

		at = lt == NULL ? len : (size_t)(lt - s);
	} while (at < len && !starts_markup(s, len, at));
	return at;
}

/* The token behind this one, at first that at end; false: there is none. It is filled in where
 * it is, field by field: to hand it over as a value takes longer than to read it. */
static bool
next_token(const char *s, size_t len, struct token *t)
{
	size_t at = t->end, end;

	if (at >= len)
		return false;
	t->start = at;
	if (starts_markup(s, len, at)) {
		end = read_markup(s, len, at, t);
		if (end > len)
			t->kind = TOKEN_OPEN;
	} else {
		end = text_end(s, len, at);
		t->kind = TOKEN_TEXT;
	}
	t->end = end < len ? end : len;
	return true;
}

static bool
is_tag(const struct token *t, const char *name, bool closing)
{
	return t->kind == TOKEN_TAG && t->closing == closing && t->name_len == strlen(name) &&
	       str_case_equal_n(t->name, t->name_len, name, strlen(name));
}

/* The last begins of tokens, as many bytes apart. */
struct trail {
	size_t apart;
	size_t last, before;
};

static void
trail_pass(struct trail *t, size_t at)
{
	if (at - t->last < t->apart)
		return;
	t->before = t->last;
	t->last = at;
}

static size_t
trail_back(const struct trail *t, size_t at)
{
	return at - t->last >= t->apart ? t->last : t->before;
}

size_t
html_find_footer_place(const char *s, size_t len, size_t back, size_t *ret_from)
{
	struct place {
		size_t at, from;
	} body = {SIZE_MAX, 0}, html = {SIZE_MAX, 0}, end = {len, 0}, place;
	struct trail trail = {.apart = back};
	struct token t = {0};

	while (next_token(s, len, &t)) {
		struct place here = {t.start, 0};

		trail_pass(&trail, t.start);
		here.from = trail_back(&trail, t.start);
		if (t.kind == TOKEN_OPEN)
			end = here;
		if (is_tag(&t, "body", true))
			body = here;
		if (is_tag(&t, "html", true))
			html = here;
	}
	if (end.at == len)
		end.from = trail_back(&trail, len);
	place = body.at != SIZE_MAX ? body : html.at != SIZE_MAX ? html : end;
	*ret_from = place.from;
	return place.at;
}

static bool
is_doctype(const char *s, const struct token *t)
{
	return t->kind == TOKEN_HIDDEN && t->end - t->start > 9 &&
	       str_case_equal_n(s + t->start, 9, "<!doctype", 9);
}

static bool
is_blank(const char *s, size_t len)
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
	struct token t;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		place = 3;
	t = (struct token){.end = place};
	while (next_token(s, len, &t)) {
		if (is_tag(&t, "body", false))
			return t.end;
		if (t.kind == TOKEN_TEXT && !is_blank(s + t.start, t.end - t.start))
			break; /* a body that comes later is a quoted one */
		if (is_doctype(s, &t) || is_tag(&t, "html", false) || is_tag(&t, "head", true))
			place = t.end;
	}
	return place;
}

/* An entity at s ("&lt;"): the character it means and its length, or 0 when it is none of ours.
 */
static uint32_t
entity(const char *s, size_t len, size_t *ret_len)
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
put_utf8(uint32_t c, struct buf *out)
{
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	buf_putc(out, (unsigned char)(lead[more] | c >> (6 * more)));
	while (more-- > 0)
		buf_putc(out, (unsigned char)(0x80 | (c >> (6 * more) & 0x3f)));
}

static void
put_text(const char *s, size_t len, struct buf *out)
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
		c = entity(s, len, &n);
		if (c != 0)
			put_utf8(c, out);
		else
			buf_putc(out, '&');
		s += n;
		len -= n;
	}
}

void
html_to_text(const char *s, size_t len, struct buf *out)
{
	struct token t = {.end = 0};

	while (next_token(s, len, &t))
		if (t.kind == TOKEN_TEXT)
			put_text(s + t.start, t.end - t.start, out);
}

static void
put_ascii(const char *s, size_t len, bool escape, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const unsigned char *p = (const unsigned char *)s + i;
		size_t n = str_utf8_length(p, len - i);
		uint32_t value;

		if (n <= 1) {
			const char *e = !escape	    ? NULL
					: *p == '<' ? "&lt;"
					: *p == '>' ? "&gt;"
					: *p == '&' ? "&amp;"
					: *p == '"' ? "&quot;"
						    : NULL;

			if (e != NULL)
				buf_puts(out, e);
			else
				buf_putc(out, n == 1 ? *p : '?');
			i++;
			continue;
		}
		value = *p & (0x7fu >> n);
		for (size_t k = 1; k < n; k++)
			value = value << 6 | (p[k] & 0x3fu);
		buf_printf(out, "&#%u;", value);
		i += n;
	}
}

void
html_escape(const char *s, size_t len, struct buf *out)
{
	put_ascii(s, len, true, out);
}

void
html_to_ascii(const char *s, size_t len, struct buf *out)
{
	put_ascii(s, len, false, out);
}

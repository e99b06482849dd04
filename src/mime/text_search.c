/* Texts made comparable, a long one window by window. */
#include "mime/text_search.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/fields.h"
#include "mime/html.h"
#include "mime/text_reader.h"

#define STEP_BYTES (64u << 10) /* that are looked at before some are forgotten */

/* Where in a text the next byte is. */
struct lines {
	bool goes_on; /* not at a line's begin */
	bool quoted;
};

/* No white space, no case. quotes: a quoted copy counts too, so its marks go; else quoted lines
 * are not the message's own text and go as a whole. */
static void
normalize(struct lines *at, const char *s, size_t len, bool quotes, struct buf *out)
{
	char *to = (char *)buf_reserve(out, len);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (!at->goes_on)
			at->quoted = c == '>';
		at->goes_on = c != '\n';
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || (quotes && c == '>') ||
		    (!quotes && at->quoted))
			continue;
		to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out->len += n;
}

/* is_cut: s may begin in the middle of a line, which is left out. */
static void
put_form(const struct charset *cs, bool html, const char *s, size_t len, bool is_cut,
	 bool quotes, struct buf *out)
{
	struct buf text = {0}, utf8 = {0};
	struct lines at = {.goes_on = false};

	if (cs != NULL) {
		charset_to_utf8_lossy(cs, s, len, &utf8);
		s = buf_string(&utf8);
		len = utf8.len;
	}
	if (html) {
		html_to_text(s, len, &text);
		s = buf_string(&text);
		len = text.len;
	}
	if (is_cut) {
		size_t first = mime_line_next(s, len, 0);

		s += first;
		len -= first;
	}
	normalize(&at, s, len, quotes, out);
	buf_free(&text);
	buf_free(&utf8);
}

void
search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		 enum search_where where, struct buf *out)
{
	put_form(cs, html, s, len, false, where == SEARCH_ANYWHERE, out);
}

bool
search_match(const struct buf *there, const struct buf *wanted, enum search_where where)
{
	size_t len = there->len, n = wanted->len;

	if (n == 0 || n > len)
		return false;
	if (where == SEARCH_ANYWHERE)
		return memmem(there->data, len, wanted->data, n) != NULL;
	return memcmp(there->data + (where == SEARCH_BEGIN ? 0 : len - n), wanted->data, n) ==
	       0;
}

int
search_tail(const struct charset *cs, bool html, const char *s, size_t len, bool is_all,
	    const struct buf *wanted)
{
	struct buf there = {0};
	int found = -1;

	put_form(cs, html, s, len, !is_all, false, &there);
	if (is_all || there.len >= wanted->len)
		found = search_match(&there, wanted, SEARCH_END);
	buf_free(&there);
	return found;
}

/* One search. */
struct sieve {
	const struct buf *wanted;
	enum search_where where;
	struct lines at;
	struct buf text; /* that may still count */
};

/* All that there is to know of what was put in; then what cannot count any more goes. */
static bool
is_found(struct sieve *v)
{
	size_t keep = v->wanted->len - (v->where == SEARCH_ANYWHERE);

	if (v->where != SEARCH_END && search_match(&v->text, v->wanted, v->where))
		return true;
	if (v->where != SEARCH_BEGIN && v->text.len > keep)
		buf_consume(&v->text, v->text.len - keep);
	return false;
}

/* True: nothing more need be looked at. */
static bool
sieve_put(struct sieve *v, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = len < STEP_BYTES ? len : STEP_BYTES;

		normalize(&v->at, s, n, v->where == SEARCH_ANYWHERE, &v->text);
		if (is_found(v) || (v->where == SEARCH_BEGIN && v->text.len >= v->wanted->len))
			return true;
		s += n;
		len -= n;
	}
	return false;
}

bool
search_part(const struct text_part *part, const struct charset *cs, size_t skip,
	    const struct buf *wanted, enum search_where where)
{
	struct sieve v = {.wanted = wanted, .where = where};
	struct text_reader r = {.from = cs, .lossy = true};
	bool over = wanted->len == 0, found;

	text_reader_start(&r, part->encoding, part->body, part->len);
	while (!over && text_reader_next(&r)) {
		size_t n = r.before >= skip ? 0 : skip - r.before;

		n = n < r.len ? n : r.len;
		over = sieve_put(&v, r.s + n, r.len - n);
	}
	found = search_match(&v.text, wanted, where);
	text_reader_end(&r);
	buf_free(&v.text);
	return found;
}

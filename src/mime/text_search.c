/* Normalizes texts and compares them. A part is searched window by window: only as much
 * normalized text is kept as may still be the beginning of a match. */
#include "mime/text_search.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/fields.h"
#include "mime/html.h"
#include "mime/text_reader.h"

#define STEP_BYTES (64u << 10) /* normalized at once */

/* Where in its line the next byte of a text is. */
struct line_state {
	bool inside; /* not at the begin */
	bool quoted;
};

/* Appends s without white space, in lower case. keep_quoted: without '>', else without the
 * lines that begin with it. *line is the state where s begins, and becomes that where it ends.
 */
static void
normalize_text(struct line_state *line, const char *s, size_t len, bool keep_quoted,
	       struct buf *out)
{
	char *to = (char *)buf_reserve(out, len);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (!line->inside)
			line->quoted = c == '>';
		line->inside = c != '\n';
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
		    (keep_quoted && c == '>') || (!keep_quoted && line->quoted))
			continue;
		to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out->len += n;
}

/* Appends the normalized form. is_cut: s may begin inside a line, so its first line is left
 * out. */
static void
append_normalized(const struct charset *cs, bool html, const char *s, size_t len, bool is_cut,
		  bool keep_quoted, struct buf *out)
{
	struct buf text = {0}, utf8 = {0};
	struct line_state line = {.inside = false};

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
	normalize_text(&line, s, len, keep_quoted, out);
	buf_free(&text);
	buf_free(&utf8);
}

void
search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		 enum search_where where, struct buf *out)
{
	append_normalized(cs, html, s, len, false, where == SEARCH_ANYWHERE, out);
}

bool
search_match(const struct buf *text, const struct buf *wanted, enum search_where where)
{
	size_t len = text->len, n = wanted->len;

	if (n == 0 || n > len)
		return false;
	if (where == SEARCH_ANYWHERE)
		return memmem(text->data, len, wanted->data, n) != NULL;
	return memcmp(text->data + (where == SEARCH_BEGIN ? 0 : len - n), wanted->data, n) == 0;
}

int
search_tail(const struct charset *cs, bool html, const char *s, size_t len, bool is_all,
	    const struct buf *wanted)
{
	struct buf there = {0};
	int found = -1;

	append_normalized(cs, html, s, len, !is_all, false, &there);
	if (is_all || there.len >= wanted->len)
		found = search_match(&there, wanted, SEARCH_END);
	buf_free(&there);
	return found;
}

/* A search in a text that comes in pieces. */
struct text_search {
	const struct buf *wanted;
	enum search_where where;
	struct line_state line;
	struct buf text; /* the normalized text that may still be a part of a match */
};

/* Has the text been found? Otherwise drops what cannot be a part of a match any more. With
 * SEARCH_END the answer is false until the text ends. */
static bool
has_found_text(struct text_search *v)
{
	size_t keep = v->wanted->len - (v->where == SEARCH_ANYWHERE);

	if (v->where != SEARCH_END && search_match(&v->text, v->wanted, v->where))
		return true;
	if (v->where != SEARCH_BEGIN && v->text.len > keep)
		buf_consume(&v->text, v->text.len - keep);
	return false;
}

/* Searches the next piece. True: the result is certain. */
static bool
search_piece(struct text_search *v, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = len < STEP_BYTES ? len : STEP_BYTES;

		normalize_text(&v->line, s, n, v->where == SEARCH_ANYWHERE, &v->text);
		if (has_found_text(v) ||
		    (v->where == SEARCH_BEGIN && v->text.len >= v->wanted->len))
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
	struct text_search v = {.wanted = wanted, .where = where};
	struct text_reader r = {.from = cs, .lossy = true};
	bool over = wanted->len == 0, found;

	text_reader_start(&r, part->encoding, part->body, part->len);
	while (!over && text_reader_next(&r)) {
		size_t n = r.before >= skip ? 0 : skip - r.before;

		n = n < r.len ? n : r.len;
		over = search_piece(&v, r.s + n, r.len - n);
	}
	found = search_match(&v.text, wanted, where);
	text_reader_end(&r);
	buf_free(&v.text);
	return found;
}

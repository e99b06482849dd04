/* Normalizes texts and compares them. A part is searched window by window: only as much
 * normalized text is kept as may still be the beginning of a match. */
#include "rewrite/text_search.h"

#include <string.h>

#include "charset/charset.h"
#include "html/html.h"
#include "mime/fields.h"
#include "rewrite/text_reader.h"

#define STEP_BYTES (64u << 10) /* normalized at once */

/* A normalized text. */
struct normalized {
	struct buf text;
	struct buf begins; /* of each byte of text: does a word begin there? */
};

/* Where in its line and word the next byte of a text is. */
struct line_state {
	bool inside; /* not at the begin */
	bool quoted;
	bool in_word;
};

static void
normalized_free(struct normalized *n)
{
	buf_free(&n->text);
	buf_free(&n->begins);
}

/* What a byte is. CLASS_UPPER is the bit that makes the letter lower case. */
enum {
	CLASS_WORD = 1,	   /* a part of a word */
	CLASS_SAME = 2,	   /* of a character of UTF-8, but not its first: as the one before */
	CLASS_SPACE = 4,   /* white space */
	CLASS_QUOTE = 8,   /* the mark of a quoted line */
	CLASS_UPPER = 0x20 /* a capital letter of ASCII */
};

#define W CLASS_WORD
#define M CLASS_SAME
#define S CLASS_SPACE
#define Q CLASS_QUOTE
#define U (CLASS_WORD | CLASS_UPPER)
/* In UTF-8, the blocks with no-break spaces and quotation marks (lead bytes 0xc2 and 0xe2) are
 * no parts of words. */
/* clang-format off */
static const unsigned char classes[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, S, S, 0, 0, S, 0, 0, /* 0x00 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
	S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x20 */
	W, W, W, W, W, W, W, W, W, W, 0, 0, 0, 0, Q, 0, /* 0x30 */
	0, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, /* 0x40 */
	U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, W, /* 0x50 */
	0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0x60 */
	W, W, W, W, W, W, W, W, W, W, W, 0, 0, 0, 0, 0, /* 0x70 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 0x80 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 0x90 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 0xa0 */
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, /* 0xb0 */
	W, W, 0, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xc0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xd0 */
	W, W, 0, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xe0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xf0 */
};
/* clang-format on */
#undef W
#undef M
#undef S
#undef Q
#undef U

/* Appends a line, or a part of one, without the bytes of the classes dropped, in lower case. */
static void
normalize_line(struct line_state *line, const char *s, size_t len, unsigned dropped,
	       struct normalized *out)
{
	unsigned char *to = buf_reserve(&out->text, len);
	unsigned char *begins = buf_reserve(&out->begins, len);
	unsigned was_word = line->in_word;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned class = classes[c];
		unsigned word = (class & CLASS_SAME) != 0 ? was_word : class & CLASS_WORD;

		begins[n] = (unsigned char)!(was_word & word);
		to[n] = (unsigned char)(c | (class & CLASS_UPPER));
		n += (class & dropped) == 0;
		was_word = word;
	}
	line->in_word = was_word != 0;
	out->text.len += n;
	out->begins.len += n;
}

/* Appends s without white space, in lower case. keep_quoted: without '>', else without the
 * lines that begin with it. *line is the state where s begins, and becomes that where it ends.
 */
static void
normalize_lines(struct line_state *line, const char *s, size_t len, bool keep_quoted,
		struct normalized *out)
{
	const char *end = s + len;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));
		const char *next = lf != NULL ? lf + 1 : end;

		if (!line->inside)
			line->quoted = *s == '>';
		if (keep_quoted || !line->quoted)
			normalize_line(line, s, (size_t)(next - s),
				       CLASS_SPACE | (keep_quoted ? CLASS_QUOTE : 0u), out);
		line->inside = lf == NULL;
		line->in_word = line->in_word && lf == NULL;
		s = next;
	}
}

/* Replaces *s by what an HTML text displays. */
static void
reduce_html(const struct html_open *open, bool with_quotes, struct buf *text, const char **s,
	    size_t *len)
{
	html_append_shown_text(*s, *len, open, with_quotes, text);
	*s = buf_string(text);
	*len = text->len;
}

static void
convert_to_utf8(const struct charset *cs, struct buf *utf8, const char **s, size_t *len)
{
	if (cs == NULL)
		return;
	charset_to_utf8_lossy(cs, *s, *len, utf8);
	*s = buf_string(utf8);
	*len = utf8->len;
}

void
search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		 enum search_where where, struct buf *out)
{
	struct buf text = {0}, utf8 = {0};
	struct line_state line = {.inside = false};
	struct normalized n = {.text = {0}};

	convert_to_utf8(cs, &utf8, &s, &len);
	if (html)
		reduce_html(NULL, true, &text, &s, &len);
	normalize_lines(&line, s, len, where == SEARCH_ANYWHERE, &n);
	buf_append(out, n.text.data, n.text.len);
	normalized_free(&n);
	buf_free(&text);
	buf_free(&utf8);
}

/* Does a match stand at text[at], from the begin of a word to the end of one? is_all: no text
 * follows. */
static bool
is_match_at(const struct normalized *text, size_t at, const struct buf *wanted, bool is_all)
{
	size_t n = wanted->len;

	return memcmp(text->text.data + at, wanted->data, n) == 0 &&
	       text->begins.data[at] != 0 &&
	       (at + n < text->text.len ? text->begins.data[at + n] != 0 : is_all);
}

/* Is wanted in text, at that end of it or anywhere? False if wanted is empty. */
static bool
match_normalized(const struct normalized *text, const struct buf *wanted,
		 enum search_where where, bool is_all)
{
	size_t len = text->text.len, n = wanted->len;
	const unsigned char *s = text->text.data, *p = s;

	if (n == 0 || n > len)
		return false;
	if (where != SEARCH_ANYWHERE)
		return is_match_at(text, where == SEARCH_BEGIN ? 0 : len - n, wanted, is_all);
	while ((p = memmem(p, len - (size_t)(p - s), wanted->data, n)) != NULL) {
		if (is_match_at(text, (size_t)(p - s), wanted, is_all))
			return true;
		p++;
	}
	return false;
}

bool
search_html(const struct charset *cs, const char *s, size_t len, const struct buf *wanted,
	    enum search_where where)
{
	struct buf text = {0}, utf8 = {0};
	struct line_state line = {.inside = false};
	struct normalized there = {.text = {0}};
	bool found;

	convert_to_utf8(cs, &utf8, &s, &len);
	reduce_html(NULL, where == SEARCH_ANYWHERE, &text, &s, &len);
	normalize_lines(&line, s, len, where == SEARCH_ANYWHERE, &there);
	found = match_normalized(&there, wanted, where, true);
	normalized_free(&there);
	buf_free(&text);
	buf_free(&utf8);
	return found;
}

int
search_tail(const struct charset *cs, const struct html_open *html, const char *s, size_t len,
	    bool is_all, const struct buf *wanted)
{
	struct buf text = {0}, utf8 = {0};
	struct line_state line = {.inside = false};
	struct normalized there = {.text = {0}};
	int found = -1;

	convert_to_utf8(cs, &utf8, &s, &len);
	if (html != NULL)
		reduce_html(html, false, &text, &s, &len);
	if (!is_all) { /* s may begin inside a line */
		size_t first = mime_line_next(s, len, 0);

		s += first;
		len -= first;
	}
	normalize_lines(&line, s, len, false, &there);
	if (is_all || there.text.len >= wanted->len)
		found = match_normalized(&there, wanted, SEARCH_END, true);
	normalized_free(&there);
	buf_free(&text);
	buf_free(&utf8);
	return found;
}

/* A search in a text that comes in pieces. */
struct text_search {
	const struct buf *wanted;
	enum search_where where;
	struct line_state line;
	struct normalized text; /* what may still be a part of a match, or end one */
};

static void
drop_normalized(struct normalized *n, size_t keep)
{
	if (n->text.len <= keep)
		return;
	buf_consume(&n->begins, n->text.len - keep);
	buf_consume(&n->text, n->text.len - keep);
}

/* Is there enough of the text: a match with another character behind it, or the begin?
 * Otherwise drops what cannot be a part of a match any more. With SEARCH_END the answer is
 * false until the text ends. */
static bool
has_read_enough(struct text_search *v)
{
	size_t n = v->wanted->len;

	if (v->where == SEARCH_BEGIN)
		return v->text.text.len > n;
	if (v->where == SEARCH_ANYWHERE &&
	    match_normalized(&v->text, v->wanted, v->where, false))
		return true;
	drop_normalized(&v->text, n + 1);
	return false;
}

/* Searches the next piece. True: the result is certain. */
static bool
search_piece(struct text_search *v, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = len < STEP_BYTES ? len : STEP_BYTES;

		normalize_lines(&v->line, s, n, v->where == SEARCH_ANYWHERE, &v->text);
		if (has_read_enough(v))
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
	found = match_normalized(&v.text, wanted, where, true);
	text_reader_end(&r);
	normalized_free(&v.text);
	return found;
}

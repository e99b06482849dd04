/* Reads the text of the part, decides on its charset and on the place of the addition, and
 * tests whether it is there already. The text is never in memory as a whole, unless it is HTML.
 * What is inserted is complete, with the line ends around it, before anything is written. */
#include "mime/part_edit.h"

#include <string.h>

#include "mime/html.h"
#include "mime/iso2022.h"
#include "mime/text_search.h"
#include "util/str.h"

#define MAX_HTML_BYTES (4u << 20)
#define TAIL_BYTES     256u  /* of the end of a text that are compared with the addition */
#define HTML_TAIL      1024u /* the same for HTML, which has tags */

static void
part_edit_free(struct part_edit *edit)
{
	text_reader_end(&edit->text);
	buf_free(&edit->insertion);
}

/* ---- reading ---- */

/* Does a line of s begin with mark? is_start: s[0] is the begin of a line. */
static bool
has_line_with_mark(const char *s, size_t len, bool is_start, const char *mark)
{
	size_t n = strlen(mark);
	const char *end = s + len, *p = s;

	while (p != NULL && (size_t)(end - p) >= n) {
		p = memmem(p, (size_t)(end - p), mark, n);
		if (p != NULL && (p == s ? is_start : p[-1] == '\n'))
			return true;
		if (p != NULL)
			p++;
	}
	return false;
}

/* Is it UTF-16, UTF-32 or UTF-7? */
static bool
has_wide_charset(const struct part_edit *edit)
{
	return edit->charset != NULL && charset_is_unicode(edit->charset) &&
	       !charset_is_utf8(edit->charset);
}

/* Searches a window for inline PGP, and what is in front of it as far as a mark may have begun
 * there. */
static enum mime_edit_result
find_pgp_mark(const struct text_reader *r)
{
	static const struct {
		const char *mark;
		enum mime_edit_result result;
	} rows[] = {
		{"-----BEGIN PGP SIGNED MESSAGE-----", MIME_EDIT_SIGNED},
		{"-----BEGIN PGP MESSAGE-----", MIME_EDIT_ENCRYPTED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t back = r->back < strlen(rows[i].mark) ? r->back : strlen(rows[i].mark);

		if (has_line_with_mark(r->s - back, r->len + back, back == r->before,
				       rows[i].mark))
			return rows[i].result;
	}
	return MIME_EDIT_OK;
}

/* Does a window that was converted have C1 controls, escape sequences of ISO 2022 or U+FFFD? */
static bool
has_doubtful_character(const struct text_reader *r)
{
	struct iso2022_state state = {0};
	const char *s = r->s, *end = s + r->len;

	iso2022_track(&state, s, r->len, r->back);
	while (s < end && !state.seen) {
		s += str_ascii_run((const unsigned char *)s, (size_t)(end - s));
		if (end - s >= 2 && *s == '\xc2' && s[1] < '\xa0')
			return true;
		if (end - s >= 3 && memcmp(s, "\xef\xbf\xbd", 3) == 0)
			return true;
		s += s < end;
	}
	return state.seen;
}

/* Checks a window of the text, as it is or converted. Where another charset than Unicode was
 * converted to doubtful characters, its label is wrong, and the text would become unreadable
 * for programs that have found the right one. */
static enum mime_edit_result
check_window(const struct part_edit *edit)
{
	const struct text_reader *r = &edit->text;
	bool converted = r->from != NULL;
	enum mime_edit_result result = MIME_EDIT_OK;

	if (memchr(r->s, '\0', r->len) != NULL && (converted || !has_wide_charset(edit)))
		return MIME_EDIT_BINARY;
	if (!converted || has_wide_charset(edit))
		result = find_pgp_mark(r);
	else if (has_doubtful_character(r))
		result = MIME_EDIT_CHARSET;
	return result;
}

/* Keeps what is needed later of a window that will be gone. */
static void
note_text_window(struct part_edit *edit)
{
	const struct text_reader *r = &edit->text;

	for (size_t i = 0; i < r->len && r->before + i < sizeof(edit->head); i++)
		edit->head[r->before + i] = r->s[i];
	edit->len = r->before + r->len;
	edit->is_ascii = edit->is_ascii && str_is_ascii(r->s, r->len);
	if (r->from == NULL)
		iso2022_track(&edit->end, r->s, r->len, r->back);
}

/* Reads all of the text, as it is or converted (from), and checks what is in it. */
static enum mime_edit_result
read_part_text(struct part_edit *edit, const struct charset *from)
{
	enum mime_edit_result result = MIME_EDIT_OK;

	text_reader_end(&edit->text);
	edit->text = (struct text_reader){.from = from, .whole = edit->part->html};
	edit->len = 0;
	edit->is_ascii = true;
	text_reader_start(&edit->text, edit->part->encoding, edit->part->body, edit->part->len);
	while (result == MIME_EDIT_OK && text_reader_next(&edit->text)) {
		note_text_window(edit);
		if (edit->part->html && edit->len > MAX_HTML_BYTES)
			result = MIME_EDIT_SIZE;
		else
			result = check_window(edit);
	}
	return result != MIME_EDIT_OK ? result : edit->text.error;
}

/* The end of the text that is readable: all of it if it is HTML. Returns its length. */
static size_t
readable_text_end(const struct part_edit *edit, const char **ret)
{
	*ret = edit->text.s - edit->text.back;
	return edit->text.back;
}

/* ---- charset ---- */

/* Must the part become UTF-8, whatever is added? HTML must if a byte of ASCII may be a part of
 * another character in it. */
static bool
must_become_utf8(const struct part_edit *edit)
{
	return has_wide_charset(edit) || (edit->part->html && edit->charset != NULL &&
					  !charset_is_ascii_superset(edit->charset));
}

/* Does the text begin with the byte order mark of UTF-8, though it is labelled as another
 * charset? Some programs believe the one, some the other. */
static bool
has_mark_against_label(const struct part_edit *edit)
{
	return edit->charset != NULL && !charset_is_unicode(edit->charset) &&
	       edit->len >= sizeof(edit->head) && memcmp(edit->head, "\xef\xbb\xbf", 3) == 0;
}

/* The whole text becomes UTF-8, strictly. Text without a charset must be ASCII or UTF-8
 * already, text in us-ascii ASCII: what else they are is not guessed. */
static enum mime_edit_result
convert_part_to_utf8(struct part_edit *edit)
{
	bool ascii_label = edit->charset != NULL &&
			   str_case_equal(charset_name(edit->charset), "us-ascii");

	edit->to_utf8 = true;
	if (has_mark_against_label(edit))
		return MIME_EDIT_CHARSET;
	if (edit->charset != NULL && !ascii_label) {
		edit->from = edit->charset;
		return read_part_text(edit, edit->from);
	}
	if (edit->end.seen || (ascii_label && !edit->is_ascii))
		return MIME_EDIT_CHARSET;
	return edit->is_ascii ? MIME_EDIT_OK
			      : read_part_text(edit, charset_find("utf-8", strlen("utf-8")));
}

static bool
has_iso2022_charset(const struct part_edit *edit)
{
	return edit->charset != NULL &&
	       str_case_starts(charset_name(edit->charset), "iso-2022-");
}

/* Can ASCII be inserted as it is? Text in iso-2022-jp and the like is brought to ASCII first.
 * Some programs read text without a label as such, so it must not end in another state. */
static bool
can_insert_ascii(const struct part_edit *edit)
{
	if (has_iso2022_charset(edit))
		return !edit->part->html;
	if (edit->charset != NULL && !charset_is_ascii_superset(edit->charset))
		return false;
	return edit->add->top || edit->end.set == ISO2022_ASCII;
}

/* Is a charset written that is more than blanks and quotes? */
static bool
has_charset_name(const struct text_part *part)
{
	return part->charset != NULL && part->charset[strspn(part->charset, " \t\"'")] != '\0';
}

/* Chooses the charset of the new part, and converts the addition to it. */
static enum mime_edit_result
choose_part_charset(struct part_edit *edit)
{
	const char *text = edit->part->html ? edit->add->html : edit->add->text;
	size_t len = edit->part->html ? edit->add->html_len : edit->add->text_len;
	const char *name = edit->part->charset;
	bool unknown = edit->charset == NULL && has_charset_name(edit->part);
	bool fits;

	if (unknown && !charset_name_is_ascii_superset(name, strlen(name)))
		return MIME_EDIT_CHARSET;
	if (str_is_ascii(text, len) && can_insert_ascii(edit)) {
		buf_append(&edit->insertion, text, len);
		return MIME_EDIT_OK; /* fits even into an unknown charset */
	}
	if (unknown)
		return MIME_EDIT_CHARSET;
	fits = edit->charset != NULL && !must_become_utf8(edit) &&
	       !str_case_equal(charset_name(edit->charset), "us-ascii") &&
	       charset_from_utf8(edit->charset, text, len, &edit->insertion) == 0;
	if (fits)
		return MIME_EDIT_OK;
	buf_append(&edit->insertion, text, len);
	return convert_part_to_utf8(edit);
}

/* ---- place ---- */

/* How much of the end of a text that ends with the addition mostly shows that it does. */
static size_t
addition_tail_bytes(const struct part_edit *edit)
{
	return 2 * edit->insertion.len + (edit->part->html ? HTML_TAIL : TAIL_BYTES);
}

/* Where in the text the addition goes. A byte order mark stays in front. */
static size_t
find_addition_place(struct part_edit *edit)
{
	const char *s;
	size_t len = readable_text_end(edit, &s);

	if (edit->part->html && edit->add->top)
		return html_find_top_place(s, len);
	if (edit->part->html)
		return html_find_footer_place(s, len, addition_tail_bytes(edit),
					      &edit->html_from);
	if (!edit->add->top)
		return edit->len;
	return edit->len >= 3 && memcmp(edit->head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The charset that the text has as it was read last; NULL: UTF-8. */
static const struct charset *
text_charset_as_read(const struct part_edit *edit)
{
	if (edit->to_utf8 || edit->charset == NULL || charset_is_utf8(edit->charset))
		return NULL;
	return edit->charset;
}

/* Do the last bytes of s end with wanted? Takes more of them until that is clear. 1, 0, or -1:
 * all that is there is not enough. is_all: s is the whole text in front of the place. */
static int
is_at_tail(const struct part_edit *edit, const char *s, size_t len, bool is_all,
	   const struct buf *wanted)
{
	const struct charset *cs = text_charset_as_read(edit);
	size_t n = addition_tail_bytes(edit);
	int found = -1;

	if (cs != NULL && !charset_is_ascii_superset(cs))
		return -1;
	if (edit->part->html)
		n = len - edit->html_from;
	for (;; n *= 8) {
		size_t begin = n < len ? len - n : 0;

		found = search_tail(cs, edit->part->html, s + begin, len - begin,
				    is_all && begin == 0, wanted);
		if (found >= 0 || begin == 0 || edit->part->html)
			return found;
	}
}

static bool
is_addition_in_html(const struct part_edit *edit, const struct buf *wanted,
		    enum search_where where)
{
	struct buf text = {0};
	const char *s;
	size_t len = readable_text_end(edit, &s);
	int found = -1;

	if (where == SEARCH_END) {
		len = edit->place;
		found = is_at_tail(edit, s, len, true, wanted);
	} else if (where == SEARCH_BEGIN) {
		s += edit->place;
		len -= edit->place;
	}
	if (found < 0) {
		search_normalize(text_charset_as_read(edit), true, s, len, where, &text);
		found = search_match(&text, wanted, where);
	}
	buf_free(&text);
	return found > 0;
}

static bool
is_addition_in_text(const struct part_edit *edit, const struct buf *wanted,
		    enum search_where where)
{
	const char *s;
	size_t len = readable_text_end(edit, &s);
	int found = -1;

	/* A text without transfer encoding is readable as a whole; its end is enough here. */
	if (len > TEXT_READER_BACK_BYTES) {
		s += len - TEXT_READER_BACK_BYTES;
		len = TEXT_READER_BACK_BYTES;
	}
	if (where == SEARCH_END)
		found = is_at_tail(edit, s, len, len == edit->len, wanted);
	if (found >= 0)
		return found > 0;
	return search_part(edit->part,
			   edit->from != NULL ? edit->from : text_charset_as_read(edit),
			   where == SEARCH_BEGIN ? edit->place : 0, wanted, where);
}

static bool
is_addition_present(const struct part_edit *edit, enum if_present how)
{
	enum search_where where = how == IF_PRESENT_THREAD ? SEARCH_ANYWHERE
				  : edit->add->top	   ? SEARCH_BEGIN
							   : SEARCH_END;
	struct buf wanted = {0};
	bool found;

	if (how == IF_PRESENT_ADD)
		return false;
	search_normalize(text_charset_as_read(edit), edit->part->html,
			 (const char *)edit->insertion.data, edit->insertion.len, where,
			 &wanted);
	found = edit->part->html ? is_addition_in_html(edit, &wanted, where)
				 : is_addition_in_text(edit, &wanted, where);
	buf_free(&wanted);
	return found;
}

static bool
text_ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(s + len - n, end, n) == 0;
}

/* format=flowed (RFC 3676): no blank at the end, which would join the line with the next one,
 * and a blank in front of lines that would lose their first byte or be taken for a quotation.
 */
static void
flow_insertion(struct buf *insertion)
{
	struct buf out = {0};
	const char *s = buf_string(insertion), *end = s + insertion->len;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));
		const char *next = lf != NULL ? lf + 1 : end;
		size_t len = (size_t)((lf != NULL ? lf : end) - s);

		if (len > 0 && s[len - 1] == '\r')
			len--;
		while (len > 0 && s[len - 1] == ' ' && !(len == 3 && memcmp(s, "-- ", 3) == 0))
			len--;
		if (len > 0 &&
		    (*s == ' ' || *s == '>' || (len >= 5 && memcmp(s, "From ", 5) == 0)))
			buf_putc(&out, ' ');
		buf_append(&out, s, len);
		buf_puts(&out, "\r\n");
		s = next;
	}
	buf_free(insertion);
	*insertion = out;
}

/* What goes between the text and the addition: the end of an open line, and an empty line. A
 * flowed last line is joined with the next one, so it needs one empty line more. */
static const char *
separator_behind(const char *s, size_t len, bool flowed)
{
	if (len == 0)
		return "";
	if (s[len - 1] != '\n')
		return "\r\n\r\n";
	if (text_ends_with(s, len, "\n\r\n") || text_ends_with(s, len, "\n\n"))
		return "";
	if (flowed && text_ends_with(s, len, " \r\n") && !text_ends_with(s, len, "\n-- \r\n"))
		return "\r\n\r\n";
	return "\r\n";
}

/* What brings a text in a charset with states to ASCII, in which the insertion begins. */
static const char *
return_to_ascii(const struct part_edit *edit)
{
	bool needed = !edit->to_utf8 && has_iso2022_charset(edit);

	return needed ? iso2022_return_to_ascii(&edit->end) : "";
}

/* Completes the insertion with the line ends in front of it and behind it. */
static void
add_separators(struct part_edit *edit)
{
	struct buf whole = {0};
	const char *s;
	size_t len = readable_text_end(edit, &s);

	if (edit->part->html) {
		if (edit->place > 0 && s[edit->place - 1] != '\n')
			buf_puts(&whole, "\r\n");
	} else if (!edit->add->top) {
		buf_puts(&whole, return_to_ascii(edit));
		buf_puts(&whole, separator_behind(s, len, edit->part->flowed));
	}
	buf_append(&whole, edit->insertion.data, edit->insertion.len);
	if (!edit->part->html && edit->add->top && edit->place < edit->len)
		buf_puts(&whole, "\r\n");
	buf_free(&edit->insertion);
	edit->insertion = whole;
}

/* ---- the part ---- */

static enum mime_edit_result
edit_part(struct part_edit *edit, enum if_present if_present, struct appended *ret)
{
	enum mime_edit_result result = MIME_EDIT_OK;

	if (edit->part->encoding > MIME_BASE64) /* not written */
		return MIME_EDIT_ENCODING;
	result = read_part_text(edit, NULL);
	if (result == MIME_EDIT_OK)
		result = choose_part_charset(edit);
	if (result != MIME_EDIT_OK)
		return result;
	edit->place = find_addition_place(edit);
	if (is_addition_present(edit, if_present))
		return MIME_EDIT_PRESENT;
	if (edit->part->flowed && !edit->part->html)
		flow_insertion(&edit->insertion);
	add_separators(edit);
	return part_edit_write(edit, ret) ? MIME_EDIT_OK : MIME_EDIT_SELFCHECK;
}

enum mime_edit_result
mime_append(const struct text_part *part, const struct addition *add,
	    enum if_present if_present, struct appended *ret)
{
	struct part_edit edit = {.part = part, .add = add};
	struct appended done = {0};
	enum mime_edit_result result;

	if (part->charset != NULL)
		edit.charset = charset_find(part->charset, strlen(part->charset));
	result = edit_part(&edit, if_present, &done);
	part_edit_free(&edit);
	if (result != MIME_EDIT_OK)
		buf_free(&done.middle);
	else
		*ret = done;
	return result;
}

/* Decides on the place of the addition in a text that append_text.c has read, and tests whether
 * it is there already. The text is never in memory as a whole, unless it is HTML. What is
 * inserted is complete, with the line ends around it, before anything is written. */
#include "rewrite/part_edit.h"

#include <string.h>

#include "charset/iso2022.h"
#include "html/html.h"
#include "rewrite/text_search.h"
#include "util/str.h"

#define TAIL_BYTES 128u	 /* of the end of a text that are compared with the addition */
#define HTML_TAIL  1024u /* the same for HTML, which has tags */

static void
part_edit_free(struct part_edit *edit)
{
	text_reader_end(&edit->text);
	buf_free(&edit->insertion);
}

/* The end of the text that is readable: all of it if it is HTML. Returns its length. */
static size_t
readable_text_end(const struct part_edit *edit, const char **ret)
{
	*ret = edit->text.s - edit->text.back;
	return edit->text.back;
}

/* ---- place ---- */

/* How much of the end of a text that ends with the addition mostly shows that it does. */
static size_t
addition_tail_bytes(const struct part_edit *edit)
{
	return 2 * edit->insertion.len + (edit->part->html ? HTML_TAIL : TAIL_BYTES);
}

/* Finds where in the text the addition goes. A byte order mark stays in front. */
static enum mime_edit_result
find_addition_place(struct part_edit *edit)
{
	const char *s;
	size_t len = readable_text_end(edit, &s);
	bool found = true;

	if (edit->part->html) {
		found = edit->add->top ? html_find_top_place(s, len, edit->html)
				       : html_find_footer_place(
						 s, len, addition_tail_bytes(edit), edit->html);
		edit->place = edit->html->at;
	} else if (!edit->add->top) {
		edit->place = edit->len;
	} else {
		edit->place =
			edit->len >= 3 && memcmp(edit->head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	}
	return found ? MIME_EDIT_OK : MIME_EDIT_IRREGULAR;
}

/* The charset that the text has as it was read last; NULL: UTF-8. */
static const struct charset *
text_charset_as_read(const struct part_edit *edit)
{
	if (edit->to_utf8 || edit->charset == NULL || charset_is_utf8(edit->charset))
		return NULL;
	return edit->charset;
}

/* Does the plain text s, the end of a text, end with wanted? Takes more of its bytes until that
 * is clear. 1, 0, or -1: all of s is not enough. is_all: s is the whole text. */
static int
is_at_text_end(const struct part_edit *edit, const char *s, size_t len, bool is_all,
	       const struct buf *wanted)
{
	const struct charset *cs = text_charset_as_read(edit);
	int found = -1;

	if (cs != NULL && !charset_is_ascii_superset(cs))
		return -1;
	for (size_t n = addition_tail_bytes(edit);; n *= 8) {
		size_t begin = n < len ? len - n : 0;

		found = search_tail(cs, NULL, s + begin, len - begin, is_all && begin == 0,
				    wanted);
		if (found >= 0 || begin == 0)
			return found;
	}
}

/* The length of a text without the white space at its end. */
static size_t
trim_text_end(const char *s, size_t len)
{
	while (len > 0 &&
	       (str_is_blank(s[len - 1]) || s[len - 1] == '\r' || s[len - 1] == '\n'))
		len--;
	return len;
}

/* Does the insertion stand at its place, byte by byte: in front of it, at the top behind it?
 * Then it was inserted there: a quoted copy has the end of the quotation behind it. */
static bool
is_inserted_in_html(const struct part_edit *edit, const char *s, size_t len)
{
	const struct buf *new = &edit->insertion;
	size_t n = trim_text_end((const char *)new->data, new->len), at = edit->place;

	if (edit->html->in_quote || n == 0)
		return false;
	if (edit->add->top) {
		while (at < len && strchr("\r\n", s[at]) != NULL && s[at] != '\0')
			at++;
		return len - at >= n && memcmp(s + at, new->data, n) == 0;
	}
	len = trim_text_end(s, at);
	return len >= n && memcmp(s + len - n, new->data, n) == 0 &&
	       (len == n || s[len - n - 1] == '\n');
}

/* The end of the HTML in front of the place shows mostly that the addition is not there. */
static bool
is_at_html_end(const struct part_edit *edit, const char *s, const struct buf *wanted)
{
	const struct charset *cs = text_charset_as_read(edit);
	const struct html_place *at = edit->html;

	if ((cs == NULL || charset_is_ascii_superset(cs)) && at->from > 0 &&
	    search_tail(cs, &at->open, s + at->from, at->at - at->from, false, wanted) == 0)
		return false;
	return search_html(cs, s, at->at, wanted, SEARCH_END);
}

/* What style sheets hide is not known exactly. Where they hide something, and in quotations
 * that have no end, only the addition as it is inserted counts. */
static bool
is_addition_in_html(const struct part_edit *edit, const struct buf *wanted,
		    enum search_where where)
{
	const char *s;
	size_t len = readable_text_end(edit, &s), skip = 0;
	bool found;

	if (where != SEARCH_ANYWHERE && is_inserted_in_html(edit, s, len))
		return true;
	if (where == SEARCH_END) {
		found = is_at_html_end(edit, s, wanted);
	} else {
		skip = where == SEARCH_BEGIN ? edit->place : 0;
		found = search_html(text_charset_as_read(edit), s + skip, len - skip, wanted,
				    where);
	}
	return found && (is_inserted_in_html(edit, s, len) || !html_has_hiding_sheet(s, len));
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
		found = is_at_text_end(edit, s, len, len == edit->len, wanted);
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
	bool needed = !edit->to_utf8 && part_edit_has_iso2022(edit);

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
	result = part_edit_read(edit);
	if (result == MIME_EDIT_OK)
		result = part_edit_choose_charset(edit);
	if (result != MIME_EDIT_OK)
		return result;
	result = find_addition_place(edit);
	if (result != MIME_EDIT_OK)
		return result;
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
	struct html_place place
		__attribute__((uninitialized)); /* large, and only HTML sets it */
	struct part_edit edit = {.part = part, .add = add, .html = &place};
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

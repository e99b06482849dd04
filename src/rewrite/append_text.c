/* Reads the text of a part, checks what is in it, and decides on the charset of the new part.
 */
#include "rewrite/part_edit.h"

#include <string.h>

#include "charset/iso2022.h"
#include "util/str.h"

#define MAX_HTML_BYTES (4u << 20)

/* ---- reading ---- */

/* Is it UTF-16, UTF-32 or UTF-7? */
static bool
has_wide_charset(const struct part_edit *edit)
{
	return edit->charset != NULL && charset_is_unicode(edit->charset) &&
	       !charset_is_utf8(edit->charset);
}

#define PGP_SIGNED    "-----BEGIN PGP SIGNED MESSAGE-----"
#define PGP_ENCRYPTED "-----BEGIN PGP MESSAGE-----"

static bool
begins_with_mark(const char *s, size_t len, const char *mark)
{
	size_t n = strlen(mark);

	return len >= n && memcmp(s, mark, n) == 0;
}

/* Does a mark of inline PGP stand at s? */
static enum mime_edit_result
read_pgp_mark(const char *s, size_t len)
{
	if (begins_with_mark(s, len, PGP_SIGNED))
		return MIME_EDIT_SIGNED;
	return begins_with_mark(s, len, PGP_ENCRYPTED) ? MIME_EDIT_ENCRYPTED : MIME_EDIT_OK;
}

/* Searches a window for inline PGP, and what is in front of it as far as a mark may have begun
 * there: goes to the next dash, and from there to the next line. */
static enum mime_edit_result
find_pgp_mark(const struct text_reader *r)
{
	size_t mark = strlen(PGP_SIGNED), back = r->back < mark ? r->back : mark;
	const char *begin = r->s - back, *end = r->s + r->len, *p = begin;
	enum mime_edit_result result = MIME_EDIT_OK;

	while (result == MIME_EDIT_OK && p != NULL &&
	       (p = memchr(p, '-', (size_t)(end - p))) != NULL) {
		if (p == begin ? back == r->before : p[-1] == '\n')
			result = read_pgp_mark(p, (size_t)(end - p));
		p = memchr(p, '\n', (size_t)(end - p));
	}
	return result;
}

/* Is the character at s a C1 control, U+FFFD, or one of the private area U+E000 to U+F8FF, to
 * which converters map what has no other place? */
static bool
is_doubtful_character(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	if (len >= 2 && p[0] == 0xc2)
		return p[1] < 0xa0;
	if (len < 3 || p[0] < 0xee || p[0] > 0xef)
		return false;
	return p[0] == 0xee || p[1] <= 0xa3 || memcmp(p, "\xef\xbf\xbd", 3) == 0;
}

/* Does a window that was converted have such characters, or escape sequences of ISO 2022? */
static bool
has_doubtful_character(const struct text_reader *r)
{
	struct iso2022_state state = {0};
	const char *s = r->s, *end = s + r->len;

	iso2022_track(&state, s, r->len, r->back);
	while (s < end && !state.seen) {
		s += str_ascii_run((const unsigned char *)s, (size_t)(end - s));
		if (is_doubtful_character(s, (size_t)(end - s)))
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

/* Is the text labelled so that programs read escape sequences of ISO 2022 in it? */
static bool
may_be_iso2022(const struct part_edit *edit)
{
	return edit->charset == NULL || part_edit_has_iso2022(edit) ||
	       str_case_equal(charset_name(edit->charset), "us-ascii");
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
	if (r->from == NULL && may_be_iso2022(edit))
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

enum mime_edit_result
part_edit_read(struct part_edit *edit)
{
	return read_part_text(edit, NULL);
}

/* ---- charset ---- */

/* Must the part become UTF-8 even if the addition fits? HTML must if a
 * byte of ASCII may be a part of another character in it. Where the order of letters is another
 * one, those of the addition would be in the wrong one. */
static bool
must_become_utf8(const struct part_edit *edit)
{
	const struct charset *cs = edit->charset;

	if (cs == NULL)
		return false;
	return has_wide_charset(edit) || charset_is_visual(cs) ||
	       (edit->part->html && !charset_is_ascii_superset(cs));
}

/* Does the text begin with the byte order mark of UTF-8, though it is labelled as another
 * charset? Some programs believe the one, some the other. */
static bool
has_mark_against_label(const struct part_edit *edit)
{
	return edit->charset != NULL && !charset_is_unicode(edit->charset) &&
	       edit->len >= sizeof(edit->head) && memcmp(edit->head, "\xef\xbb\xbf", 3) == 0;
}

static bool
is_text_visual(const struct part_edit *edit)
{
	return edit->charset != NULL && charset_is_visual(edit->charset) && !edit->is_ascii;
}

/* The whole text becomes UTF-8, strictly. Text without a charset must be ASCII or UTF-8
 * already, text in us-ascii ASCII: what else they are is not guessed. */
static enum mime_edit_result
convert_part_to_utf8(struct part_edit *edit)
{
	bool ascii_label = edit->charset != NULL &&
			   str_case_equal(charset_name(edit->charset), "us-ascii");

	edit->to_utf8 = true;
	if (has_mark_against_label(edit) || is_text_visual(edit))
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

/* Can ASCII be inserted as it is? Text in iso-2022-jp and the like is brought to ASCII first.
 * Some programs read text without a label as such, so it must not end in another state. */
static bool
can_insert_ascii(const struct part_edit *edit)
{
	if (part_edit_has_iso2022(edit))
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

enum mime_edit_result
part_edit_choose_charset(struct part_edit *edit)
{
	const char *text = edit->part->html ? edit->add->html : edit->add->text;
	size_t len = edit->part->html ? edit->add->html_len : edit->add->text_len;
	const char *name = edit->part->charset;
	bool unknown = edit->charset == NULL && has_charset_name(edit->part);
	bool fits;

	if (edit->add->required && name != NULL && edit->charset == NULL)
		return MIME_EDIT_CHARSET; /* unknown, or two different ones */
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

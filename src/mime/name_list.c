/* Few names have any of what makes more than one of them, so each variant is made only if the
 * text has its characters. */
#include "mime/name_list.h"

#include <string.h>

#include "charset/charset.h"
#include "mime/budget.h"
#include "mime/octets.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/str.h"

#define NAME_CHARGE	  32 /* for what rules do with a name, however short it is */
#define SHORT_NAME_CHARGE 4  /* for reading it, in addition to its length */
#define REPLACEMENT	  "\xef\xbf\xbd" /* U+FFFD */
#define NOT_IN_WINDOWS	  "<>:\"/\\|?*"
#define PATH_SEPARATORS	  "/\\"

/* ---- cleaning ---- */

/* Is the character invisible: a control (also U+0080 to U+009F), a direction mark, or of no
 * width? */
static bool
is_invisible_char(const unsigned char *p, size_t len)
{
	static const char *const marks[] = {
		"\u00ad", "\u061c", "\u200b", "\u200c", "\u200d", "\u200e",
		"\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
		"\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff",
	};

	if (len == 1)
		return *p < ' ' || *p == 0x7f;
	if (len == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strlen(marks[i]) == len && memcmp(marks[i], p, len) == 0)
			return true;
	}
	return false;
}

/* The length of the dot or blank at the end of the text; 0: there is none. */
static size_t
end_to_drop(const char *s, size_t len)
{
	static const char *const ends[] = {
		".",	  " ",	    "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
		"\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
		"\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && memcmp(s + len - n, ends[i], n) == 0)
			return n;
	}
	return 0;
}

/* Appends the name without invisible characters, and without dots and blanks at its end:
 * Windows drops those of ASCII, and some programs all. */
static void
clean_file_name(const char *name, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t n;

	buf_reset(out);
	for (; len > 0; p += n, len -= n) {
		n = str_utf8_length(p, len);
		n = n == 0 ? 1 : n;
		if (!is_invisible_char(p, n))
			buf_append(out, p, n);
	}
	while ((n = end_to_drop((const char *)out->data, out->len)) > 0)
		out->len -= n;
}

static void
add_file_name(struct name_list *names, const char *text, size_t len)
{
	const char *name;

	if (len == 0 || !mime_charge_fields(names->budget, len / 4 + SHORT_NAME_CHARGE))
		return;
	clean_file_name(text, len, &names->clean);
	name = buf_string(&names->clean);
	if (*name == '\0' || names->n == MIME_NAMES_MAX)
		return;
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->name[i], name) == 0)
			return;
	}
	if (!mime_charge_fields(names->budget, NAME_CHARGE))
		return;
	names->name[names->n++] = arena_strdup(names->arena, name);
}

/* ---- variants ---- */

static void
add_name_without_replacements(struct name_list *names, const char *s, size_t len)
{
	buf_reset(&names->variant);
	for (size_t i = 0; i < len;) {
		if (len - i >= 3 && memcmp(s + i, REPLACEMENT, 3) == 0)
			i += 3;
		else
			buf_putc(&names->variant, (unsigned char)s[i++]);
	}
	add_file_name(names, buf_string(&names->variant), names->variant.len);
}

/* Adds the name up to what a program may take for its end: a NUL, which is U+FFFD here, or a
 * control. */
static void
add_name_before_controls(struct name_list *names, const char *s, size_t len)
{
	const char *replacement = memmem(s, len, REPLACEMENT, 3);
	size_t n = 0;

	while (n < len && (unsigned char)s[n] >= ' ' && s[n] != 0x7f)
		n++;
	if (n < len)
		add_file_name(names, s, n);
	if (replacement == NULL)
		return;
	add_file_name(names, s, (size_t)(replacement - s));
	add_name_without_replacements(names, s, len);
}

/* Adds the name without the single quotes that a few programs remove. */
static void
add_name_in_quotes(struct name_list *names, const char *s, size_t len)
{
	if (len > 2 && s[0] == '\'' && s[len - 1] == '\'')
		add_file_name(names, s + 1, len - 2);
}

static bool
is_char_of(const char *chars, char c)
{
	return c != '\0' && strchr(chars, c) != NULL;
}

/* Adds the last component of a path, also if separators follow it. */
static void
add_base_name(struct name_list *names, const char *s, size_t len)
{
	size_t from;

	while (len > 0 && is_char_of(PATH_SEPARATORS ". ", s[len - 1]))
		len--;
	for (from = len; from > 0 && !is_char_of(PATH_SEPARATORS, s[from - 1]);)
		from--;
	if (from > 0)
		add_file_name(names, s + from, len - from);
}

/* Adds the names that Windows makes of one with characters that it does not allow. */
static void
add_names_in_windows(struct name_list *names, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);

	buf_reset(&names->variant);
	for (size_t i = 0; i < len; i++) {
		if (!is_char_of(NOT_IN_WINDOWS, s[i]))
			buf_putc(&names->variant, (unsigned char)s[i]);
	}
	if (names->variant.len == len)
		return;
	add_file_name(names, buf_string(&names->variant), names->variant.len);
	if (colon != NULL)
		add_file_name(names, s, (size_t)(colon - s));
	add_base_name(names, s, len);
}

/* s is valid UTF-8. */
static void
add_name_variants(struct name_list *names, const char *s, size_t len)
{
	add_file_name(names, s, len);
	add_name_in_quotes(names, s, len);
	add_name_before_controls(names, s, len);
	add_names_in_windows(names, s, len);
}

/* Adds the names of a text, and of what its escapes mean. */
static void
add_name_with_escapes(struct name_list *names, const char *s, size_t len)
{
	struct buf octets = {0}, text = {0}, decoded = {0};

	add_name_variants(names, s, len);
	if (memchr(s, '%', len) != NULL && mime_charge_fields(names->budget, len) &&
	    octets_unescape(s, len, &octets)) {
		charset_guess_to_utf8(buf_string(&octets), octets.len, &text);
		charset_clean_utf8(buf_string(&text), text.len, &decoded);
		add_name_variants(names, buf_string(&decoded), decoded.len);
	}
	buf_free(&octets);
	buf_free(&text);
	buf_free(&decoded);
}

/* The length up to the first line end that is not that of a folded line; len if there is none.
 */
static size_t
first_line_length(const char *s, size_t len)
{
	for (size_t n = 0; n < len; n++) {
		size_t next = n;

		while (next < len && (s[next] == '\r' || s[next] == '\n'))
			next++;
		if (next > n && (next == len || !str_is_blank(s[next])))
			return n;
		n = next;
	}
	return len;
}

void
name_list_add(struct name_list *names, const char *s, size_t len)
{
	size_t line = first_line_length(s, len);
	bool certain;

	if (line < len)
		name_list_add(names, s, line);
	if (len == 0 || !mime_charge_fields(names->budget, len / 4 + SHORT_NAME_CHARGE))
		return;
	if (mime_header_form(s, len) == HEADER_PLAIN) {
		add_name_with_escapes(names, s, len);
		return;
	}
	buf_reset(&names->text);
	certain = mime_decode_header(s, len, &names->text);
	add_name_with_escapes(names, buf_string(&names->text), names->text.len);
	if (certain || !mime_charge_fields(names->budget, len))
		return;
	buf_reset(&names->text);
	mime_unfold_header(s, len, &names->text);
	add_name_with_escapes(names, buf_string(&names->text), names->text.len);
}

void
name_list_free(struct name_list *names)
{
	buf_free(&names->text);
	buf_free(&names->variant);
	buf_free(&names->clean);
}

/* Joins a text with the value of a field, refolds values, and searches them. mime/words.h
 * encodes; this file decides where a line must end and where a blank must stand. The name of
 * the field counts only by its length: it stands on the first line. */
#include "content/field.h"

#include <string.h>

#include "mime/words.h"
#include "util/buf.h"
#include "util/str.h"

#define FOLD_COLUMN 78u /* RFC 5322, section 2.1.1: lines should not be longer */
#define BLANKS	    " \t"

bool
field_name_is_valid(const char *name)
{
	return str_is_header_name(name, strlen(name));
}

bool
field_has_addresses(const char *name)
{
	static const char *const names[] = {"From", "To", "Cc", "Bcc", "Reply-To", "Sender"};

	if (str_case_starts(name, "Resent-"))
		name += strlen("Resent-");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_case_equal(name, names[i]))
			return true;
	}
	return false;
}

/* The column at which the value begins, behind "Name: ". */
static size_t
value_column(const char *name)
{
	return strlen(name) + 2;
}

void
field_encode(const char *name, const char *text, size_t len, struct buf *out)
{
	mime_encode_header(text, len, value_column(name), out);
}

/* A token is what is not folded: blanks, and what follows up to the next blank. */
static size_t
field_token_length(const char *s, size_t len)
{
	size_t n = str_blank_run(s, len);

	while (n < len && !str_is_blank(s[n]))
		n++;
	return n;
}

void
field_fold_line(size_t column, const char *text, size_t len, struct buf *out)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = field_token_length(text + i, len - i);
		/* MTAs do not keep a line of blanks alone. */
		if (i > 0 && column + n > FOLD_COLUMN && str_blank_run(text + i, n) < n) {
			buf_putc(out, '\n');
			column = 0;
		}
		buf_append(out, text + i, n);
		column += n;
	}
}

static bool
is_blank_value(const char *value)
{
	return value[strspn(value, BLANKS "\n")] == '\0';
}

/* The text, without blanks around it, is the whole value. */
static void
encode_trimmed(const char *name, const char *text, size_t len, struct buf *out)
{
	size_t skip = str_blank_run(text, len);

	field_encode(name, text + skip, str_trim_blanks(text + skip, len - skip), out);
}

/* True when mime_encode_header() leaves the text as it is. Only a text with "=?" in it has to
 * be encoded to find out. */
static bool
stays_plain(const char *text, size_t len)
{
	bool doubtful = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
		if (text[i] == '?' && i > 0 && text[i - 1] == '=')
			doubtful = true;
	}
	if (!doubtful)
		return true;

	struct buf b = {0};

	mime_encode_header(text, len, 0, &b);
	bool plain = memmem(b.data, b.len, text, len) != NULL;
	buf_free(&b);
	return plain;
}

static size_t
last_line_length(const char *s, size_t len)
{
	const char *lf = memrchr(s, '\n', len);

	return lf ? (size_t)(s + len - lf - 1) : len;
}

/* How many blanks stand between text and value: as many as the text has there, but one at least
 * when an encoded word would touch something else. */
static size_t
gap_length(size_t blanks, bool touches_word)
{
	return blanks == 0 && touches_word ? 1 : blanks;
}

static void
append_blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

/* A fold shows as the blanks at which it is made. */
static void
begin_line(struct buf *out, size_t blanks)
{
	buf_putc(out, '\n');
	append_blanks(out, blanks);
}

static bool
begins_with_word(const char *value)
{
	return strncmp(value + strspn(value, BLANKS "\n"), "=?", 2) == 0;
}

static bool
ends_with_word(const char *value, size_t len)
{
	while (len > 0 && strchr(BLANKS "\n", value[len - 1]) != NULL)
		len--;
	return len >= 2 && memcmp(value + len - 2, "?=", 2) == 0;
}

/* The text is encoded, and nothing may stand between it and the value: appends it in one word
 * with the first piece of the value. Returns what is left of the value. */
static const char *
encode_with_first_piece(const char *name, const char *text, size_t len, const char *value,
			struct buf *out)
{
	size_t n = strcspn(value, BLANKS "\n");
	struct buf joined = {0};

	buf_append(&joined, text, len);
	mime_decode_header(value, n, &joined);
	if (value[n] != '\0' && begins_with_word(value + n))
		buf_putc(&joined, ' ');
	field_encode(name, (const char *)joined.data, joined.len, out);
	buf_free(&joined);
	return value + n;
}

void
field_prefix(const char *name, const char *text, size_t len, const char *value, struct buf *out)
{
	if (is_blank_value(value)) {
		encode_trimmed(name, text, len, out);
		return;
	}

	bool plain = stays_plain(text, len), word = begins_with_word(value);
	bool apart = str_is_blank(value[0]) || value[0] == '\n';
	size_t start = out->len, trimmed = plain || !word ? str_trim_blanks(text, len) : len;
	size_t gap = gap_length(len - trimmed, !plain || (!apart && word));

	if (!plain && !word && !apart && trimmed == len && !field_has_addresses(name)) {
		buf_puts(out, encode_with_first_piece(name, text, len, value, out));
		return;
	}
	field_encode(name, text, trimmed, out);

	size_t line = last_line_length((const char *)out->data + start, out->len - start);

	if (line == out->len - start)
		line += value_column(name);
	if (value[0] != '\n' && line + gap + strcspn(value, "\n") > FIELD_MAX_LINE)
		begin_line(out, apart ? 0 : gap > 0 ? gap : 1);
	else if (!apart)
		append_blanks(out, gap);
	buf_puts(out, value);
}

/* The same as encode_with_first_piece() with the text behind the value. */
static void
encode_with_last_piece(const char *name, const char *text, size_t len, const char *value,
		       struct buf *out)
{
	size_t value_len = strlen(value), at = value_len, line;
	struct buf joined = {0};

	while (at > 0 && strchr(BLANKS "\n", value[at - 1]) == NULL)
		at--;
	if (at > 0 && ends_with_word(value, at))
		buf_putc(&joined, ' ');
	mime_decode_header(value + at, value_len - at, &joined);
	buf_append(&joined, text, len);
	buf_append(out, value, at);
	line = last_line_length(value, at);
	mime_encode_header((const char *)joined.data, joined.len,
			   line + (line == at ? value_column(name) : 0), out);
	buf_free(&joined);
}

void
field_suffix(const char *name, const char *text, size_t len, const char *value, struct buf *out)
{
	if (is_blank_value(value)) {
		encode_trimmed(name, text, len, out);
		return;
	}

	bool plain = stays_plain(text, len);
	size_t value_len = strlen(value), line = last_line_length(value, value_len);
	bool word = ends_with_word(value, value_len);
	bool apart = !plain && str_is_blank(value[value_len - 1]);
	size_t skip = plain || !word ? str_blank_run(text, len) : 0;
	size_t gap = apart ? 0 : gap_length(skip, !plain || word);

	if (!plain && !word && !apart && skip == 0 && !field_has_addresses(name)) {
		encode_with_last_piece(name, text, len, value, out);
		return;
	}
	if (line == value_len)
		line += value_column(name);
	buf_append(out, value, value_len);
	/* A line with encoded words should have 76 bytes at most (RFC 2047, section 2): they
	 * begin on a line of their own, unless all of the text fits behind the value. */
	if (line + gap + (len - skip) > (plain ? FIELD_MAX_LINE : FOLD_COLUMN)) {
		line = gap > 0 ? gap : 1;
		begin_line(out, line);
	} else {
		append_blanks(out, gap);
		line += gap;
	}
	mime_encode_header(text + skip, len - skip, line, out);
}

/* Several blanks in a row become one, those at the end none. */
static void
append_squeezed(const char *s, size_t len, struct buf *out)
{
	bool blank = false;

	for (size_t i = 0; i < len; i++) {
		if (str_is_blank(s[i])) {
			blank = true;
			continue;
		}
		if (blank)
			buf_putc(out, ' ');
		blank = false;
		buf_putc(out, (unsigned char)s[i]);
	}
}

bool
field_contains(const char *value, const char *text, struct buf *scratch)
{
	const char *begin = str_skip_blanks(text);

	buf_reset(scratch);
	append_squeezed(begin, str_trim_blanks(begin, strlen(begin)), scratch);
	buf_putc(scratch, '\0');

	size_t needle = scratch->len;

	append_squeezed(value, strlen(value), scratch);
	buf_putc(scratch, '\0');
	return strstr((const char *)scratch->data + needle, (const char *)scratch->data) !=
	       NULL;
}

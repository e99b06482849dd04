/* Fuzzes encoded words (RFC 2047) with any header value: the decoded text is valid UTF-8
 * without NUL and at most three times as long; encoded again, it decodes to the same text. The
 * origins of its bytes are in the value and in its order. Edits of it
 * give a value that can be read again.
 * Input: a header value. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charset/charset.h"
#include "content/field_edit.h"
#include "fuzz.h"
#include "mime/words.h"
#include "util/buf.h"
#include "util/str.h"

static void
check_text(struct buf *b, size_t from_bytes)
{
	assert(b->len <= 3 * from_bytes);
	assert(str_is_utf8(buf_string(b), b->len));
	assert(strlen(buf_string(b)) == b->len);
}

/* The lines are folded, of printable characters, and at most 76 long with encoded words, 998
 * without. column: where the first line begins. */
static void
check_lines(const char *s, size_t column)
{
	const char *words = strstr(s, "=?");

	while (*s != '\0') {
		size_t n = strcspn(s, "\n");

		assert(column + n <= (words == NULL ? 998 : 76));
		for (size_t i = 0; i < n; i++)
			assert(s[i] >= ' ' && s[i] <= '~');
		s += n;
		if (*s == '\n')
			assert(*++s == ' ');
		column = 0;
	}
}

/* Encodes text, which is valid UTF-8, and decodes the result: it is the same, with blanks for
 * control characters. */
static void
check_writing(const struct buf *text, size_t column)
{
	struct buf written = {0}, back = {0}, blanked = {0};

	mime_encode_header((const char *)text->data, text->len, column, &written);
	check_lines(buf_string(&written), column);
	assert(mime_decode_header(buf_string(&written), written.len, &back));
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = text->data[i];

		buf_putc(&blanked, c < ' ' || c == 0x7f ? ' ' : c);
		if (c >= 0x80 && c < 0xa0 && i > 0 && text->data[i - 1] == 0xc2)
			memcpy(blanked.data + i - 1, "  ", 2);
	}
	assert(back.len == blanked.len);
	assert(memcmp(buf_string(&back), buf_string(&blanked), back.len) == 0);
	buf_free(&written);
	buf_free(&back);
	buf_free(&blanked);
}

/* mime_header_form() gives the same result as a slow search. */
static void
check_header_form(const char *value, size_t size)
{
	char *flat = malloc(size + 1);
	size_t n = mime_unfold(value, size, flat), plain = 0;

	for (size_t i = 0; i < n; i++)
		plain += flat[i] > 0 && !(flat[i] == '=' && i + 1 < n && flat[i + 1] == '?');
	assert(memchr(flat, '\n', n) == NULL && memchr(flat, '\r', n) == NULL);
	if (mime_header_form(value, size) == HEADER_CODED)
		assert(plain < n);
	else
		assert(plain == n &&
		       (n == size) == (mime_header_form(value, size) == HEADER_PLAIN));
	free(flat);
}

static void
check_origins(const char *value, size_t size, const struct buf *expected,
	      void (*decode)(const char *, size_t, struct buf *, struct buf *))
{
	struct buf text = {0}, origins = {0};
	const struct header_origin *o;
	size_t at = 0;

	decode(value, size, &text, &origins);
	assert(text.len == expected->len &&
	       (text.len == 0 || memcmp(text.data, expected->data, text.len) == 0));
	assert(origins.len == text.len * sizeof(*o));
	o = (const struct header_origin *)(const void *)origins.data;
	for (size_t i = 0; i < text.len; i++) {
		assert(o[i].from >= at && o[i].from < o[i].to && o[i].to <= size);
		assert(i == 0 || o[i].from == at || o[i].from >= o[i - 1].to);
		at = o[i].from;
	}
	buf_free(&text);
	buf_free(&origins);
}

/* Replaces each 'a' of the text of a value without line ends that end it. */
static void
check_edits(const char *name, const char *value, const char *with, bool decode)
{
	struct field_edits e, again;
	struct buf out = {0};

	field_edits_begin(&e, name, value, decode);
	for (size_t i = 0; i < e.text.len; i++) {
		if (e.text.data[i] != 'a')
			continue;
		field_edit_add(&e, i, i + 1);
		field_edit_put(&e, with, strlen(with));
	}
	if (field_edits_write(&e, &out)) {
		field_edits_begin(&again, name, buf_string(&out), decode);
		assert(str_is_utf8((const char *)again.text.data, again.text.len));
		field_edits_free(&again);
	}
	field_edits_free(&e);
	buf_free(&out);
}

static void
check_all_edits(const char *value, size_t size)
{
	char *copy = malloc(size + 1);
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (value[i] != '\0' && value[i] != '\r')
			copy[n++] = value[i];
	}
	copy[n] = '\0';
	check_edits("Subject", copy, "b", true);
	check_edits("Subject", copy, "", true);
	check_edits("Subject", copy, " \xc3\xbc", true);
	check_edits("From", copy, "\xc3\xbc", true);
	check_edits("From", copy, "\",<", true);
	check_edits("From", copy, "x\xc3\xbc ", false);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data;
	struct buf decoded = {0}, unfolded = {0};
	bool certain;

	charset_open_all();
	certain = mime_decode_header(value, size, &decoded);
	check_text(&decoded, size);
	mime_unfold_header(value, size, &unfolded);
	check_text(&unfolded, size);
	check_header_form(value, size);
	check_origins(value, size, &decoded, mime_decode_header_origins);
	check_origins(value, size, &unfolded, mime_unfold_header_origins);
	check_all_edits(value, size);
	if (mime_header_form(value, size) != HEADER_CODED) {
		assert(certain && decoded.len == unfolded.len);
		assert(memcmp(buf_string(&decoded), buf_string(&unfolded), decoded.len) == 0);
	}
	check_writing(&decoded, size % 50);
	check_writing(&unfolded, size % 50);
	buf_free(&decoded);
	buf_free(&unfolded);
	return 0;
}

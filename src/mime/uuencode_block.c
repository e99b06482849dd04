/* One walk over the lines behind the first "begin". A line is judged with the line behind it,
 * so that the short last line of a file is told from prose. */
#include "mime/uuencode_block.h"

#include <string.h>

#include "mime/fields.h"
#include "mime/uuencode.h"
#include "util/str.h"

#define FULL_LINE_CHARS	 60u /* of 45 octets, the length of all lines but the last one */
#define SPARE_LINE_CHARS 2u  /* that some programs add to a line: a check sum */

struct text_line {
	const char *s;
	size_t len; /* without the line end */
};

static struct text_line
line_at(const char *s, size_t len, size_t at)
{
	size_t next = at < len ? mime_line_next(s, len, at) : at;

	return (struct text_line){s + at, str_trim_line_end(s + at, next - at)};
}

static bool
line_is(struct text_line line, const char *word)
{
	size_t n = str_trim_blanks(line.s, line.len);

	return n == strlen(word) && memcmp(line.s, word, n) == 0;
}

static bool
has_only_uuencode_chars(struct text_line line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.s[i] < ' ' || line.s[i] > '`')
			return false;
	return true;
}

/* Is it a line of n octets, of the right length? */
static bool
is_whole_uuencode_line(struct text_line line)
{
	size_t chars;

	if (line.len < 2 || line.s[0] == ' ' || line.s[0] == '`' ||
	    !has_only_uuencode_chars(line))
		return false;
	chars = ((size_t)(line.s[0] - ' ') + 2) / 3 * 4;
	return line.len - 1 >= chars && line.len - 1 <= chars + SPARE_LINE_CHARS;
}

/* Blanks at the end of a full line may have been removed on the way. */
static bool
is_good_uuencode_line(struct text_line line, struct text_line next)
{
	bool ends = line_is(next, "end") || line_is(next, "`") || line_is(next, "");

	if (line_is(line, "`"))
		return line_is(next, "end");
	if (line.len >= 2 && line.s[0] == 'M')
		return line.len <= 1 + FULL_LINE_CHARS + SPARE_LINE_CHARS &&
		       has_only_uuencode_chars(line);
	return is_whole_uuencode_line(line) && (ends || is_whole_uuencode_line(next));
}

static bool
is_base64_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/' || c == '=';
}

static bool
is_whole_base64_line(struct text_line line)
{
	size_t n = str_trim_blanks(line.s, line.len);

	if (n == 0 || n % 4 != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_base64_char(line.s[i]))
			return false;
	return true;
}

static bool
is_good_line(struct text_line line, struct text_line next, bool base64)
{
	if (!base64)
		return is_good_uuencode_line(line, next);
	return is_whole_base64_line(line) &&
	       (line_is(next, "====") || is_whole_base64_line(next));
}

/* Reads the block whose first line "begin" is this one. *ret_to: where to go on in any case. */
static bool
read_uuencode_block(const char *s, size_t len, struct uuencode_begin begin,
		    struct uuencode_block *ret, size_t *ret_to)
{
	bool good = false, ended = false;
	size_t at = begin.data, next;

	ret->from = begin.from;
	for (; at < len && !ended; at = next) {
		struct text_line line = line_at(s, len, at);
		struct uuencode_begin other;

		next = mime_line_next(s, len, at);
		if (*line.s == 'b' && uuencode_next_begin(s, next, at, &other)) {
			if (good)
				break;
			begin = other;
			continue;
		}
		ended = line_is(line, begin.base64 ? "====" : "end");
		if (ended)
			continue;
		if (!good && is_good_line(line, line_at(s, len, next), begin.base64)) {
			good = true;
			ret->data = at;
		}
		ret->data_end = next;
	}
	ret->to = *ret_to = at;
	ret->encoding = begin.base64 ? MIME_BASE64 : MIME_UUENCODE;
	return good;
}

/* The next place where a line begins with "begin"; len if there is none. */
static size_t
find_begin_word(const char *s, size_t len, size_t at)
{
	static const char word[] = "begin";
	const size_t n = strlen(word);

	while (at < len) {
		const char *lf;

		if ((at == 0 || s[at - 1] == '\n') && len - at >= n &&
		    memcmp(s + at, word, n) == 0)
			return at;
		lf = memchr(s + at, '\n', len - at);
		if (lf == NULL)
			return len;
		at = (size_t)(lf - s) + 1;
	}
	return len;
}

bool
uuencode_next_block(const char *s, size_t len, size_t at, struct uuencode_block *ret)
{
	for (at = find_begin_word(s, len, at); at < len; at = find_begin_word(s, len, at)) {
		size_t next = mime_line_next(s, len, at);
		struct uuencode_begin begin;

		if (!uuencode_next_begin(s, next, at, &begin))
			at = next;
		else if (read_uuencode_block(s, len, begin, ret, &at))
			return true;
	}
	return false;
}

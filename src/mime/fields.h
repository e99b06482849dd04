/* Lines, and the fields of a header block, in a buffer (RFC 5322, section 2.2). Everything is
 * an offset into the buffer. A line ends with LF, CRLF or the end of the buffer; a lone CR is a
 * byte like any other. */
#ifndef MIME_FIELDS_H
#define MIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

/* The begin of the line behind the one that begins at s[at]; len if that is the last one.
 * Inline, because a scan of a body consists of little else. */
static inline size_t
mime_line_next(const char *s, size_t len, size_t at)
{
	const char *newline = (const char *)memchr(s + at, '\n', len - at);

	return newline == NULL ? len : (size_t)(newline - s) + 1;
}

/* The length of the line end at s[at]: 1 for LF, 2 for CRLF, 0 if there is none. */
size_t mime_line_end_length(const char *s, size_t len, size_t at);

/* A field with its folded lines:
 *
 *	"Subject: a\r\n b\r\n"	from 0, name_end 7, value 8, value_end 14, to 16
 *	"no colon\r\n"		from 0, name_end 0, value 0, value_end 8, to 10 */
struct mime_field_span {
	size_t from, to;
	size_t name_end;
	size_t value, value_end; /* behind the colon; in front of the last line end */
	/* The begin of the first folded line of nothing but blanks, at which some programs end
	 * the header block; 0: there is none. */
	size_t blank_fold;
	/* The name is printable ASCII and directly in front of the colon; there is no NUL and
	 * no CR without LF. */
	bool regular;
};

/* Reads the field that begins at s[at], which is the begin of a line that is not empty. */
void mime_field_read(const char *s, size_t len, size_t at, struct mime_field_span *ret);

/* Compares the field's name, ASCII case ignored. */
bool mime_field_is(const char *s, const struct mime_field_span *f, const char *name);

/* The bytes without the NULs among them, as a string of the arena. */
char *mime_field_text(struct arena *arena, const char *s, size_t len);

#endif

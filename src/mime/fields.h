/* Fields of a header block in a buffer, one after the other (RFC 5322 2.2). Layer 2. */
#ifndef MIME_FIELDS_H
#define MIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

/* Behind the line that begins at s[at]; a line ends with LF or CRLF, or with s. Here, since
 * whoever walks over lines does little else. */
static inline size_t
mime_line_next(const char *s, size_t len, size_t at)
{
	const char *newline = (const char *)memchr(s + at, '\n', len - at);

	return newline == NULL ? len : (size_t)(newline - s) + 1;
}

/* The length of the line end at s[at]: 1, 2, or 0 when there is none. */
size_t mime_line_end_length(const char *s, size_t len, size_t at);

/* Offsets into the buffer. */
struct mime_field_span {
	size_t from, to;	 /* with its folded lines and last line end */
	size_t name_end;	 /* behind the name; from, when there is no colon */
	size_t value, value_end; /* behind the colon; before the last line end */
	/* Has a name of printable ASCII, directly before the colon, and neither NUL nor CR
	 * without LF nor a folded line of nothing but blanks. */
	bool regular;
};

/* Reads the field that begins at s[at] < len, which is a line's begin and no empty line. */
void mime_field_read(const char *s, size_t len, size_t at, struct mime_field_span *ret);

/* Compares the field's name, ASCII case ignored. */
bool mime_field_is(const char *s, const struct mime_field_span *f, const char *name);

/* The bytes as a string, without the NULs among them. */
char *mime_field_text(struct arena *arena, const char *s, size_t len);

#endif

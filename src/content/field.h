/* Makes values of header fields from UTF-8 text: encoded (RFC 2047), folded (RFC 5322,
 * sections 2.1.1 and 2.2.3), and joined with a value that is there already.
 *
 * field_prefix() and field_suffix() leave the bytes and folds of the value as they are. A
 * blank is added only where an encoded word would touch other text (RFC 2047, section 5), a
 * fold only where a line would become too long. With the name "Subject":
 *
 *	prefix		value			result
 *	"[X] "		"Hello"			"[X] Hello"
 *	"X:"		"Hello"			"X:Hello"
 *	"[X]"		"=?UTF-8?Q?a?="		"[X] =?UTF-8?Q?a?="
 *	"[\u00fc] "	"Hello"			"=?UTF-8?B?W8O8XSA=?= Hello"
 *	"[X] "		""			"[X]"
 *	"[EXTERNAL] "	988 bytes on one line	"[EXTERNAL]\n " and the value
 *
 * A text that is encoded has its blanks inside its words, since a blank between two words is
 * not shown (RFC 2047, section 6.2): "[\u00fc] " before "=?UTF-8?Q?a?=" is shown as "[\u00fc]
 * a". */
#ifndef CONTENT_FIELD_H
#define CONTENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define FIELD_MAX_LINE 998u /* bytes, without the line end */

/* True for a name that a header field may have: printable ASCII without blank and colon. */
bool field_name_is_valid(const char *name);

/* Appends the value of a field of that name for text in UTF-8, encoded and folded as
 * mime_encode_header() does. */
void field_encode(const char *name, const char *text, size_t len, struct buf *out);

/* The same for the unfolded value of a field: encoded words in it stay as they are. It is
 * folded at its blanks to lines of 78 bytes where possible, and encoded only when it has a
 * piece without blanks above 900 bytes or bytes that are not printable ASCII. */
void field_refold(const char *name, const char *text, size_t len, struct buf *out);

/* Append the value with the text before it, or behind it. text: UTF-8 of len bytes; what is
 * not printable ASCII in it becomes encoded words. value: as in struct header, folded with LF.
 * A value of blanks alone is dropped, and so are the blanks around the text then. */
void field_prefix(const char *name, const char *text, size_t len, const char *value,
		  struct buf *out);
void field_suffix(const char *name, const char *text, size_t len, const char *value,
		  struct buf *out);

/* True when the text stands in a decoded value. Several blanks in a row are as good as one,
 * and blanks around the text do not count: "[A  B]\tx" contains " [A B] ". Linear. scratch is
 * overwritten. */
bool field_contains(const char *value, const char *text, struct buf *scratch);

#endif

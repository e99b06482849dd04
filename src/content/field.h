/* Makes values of header fields from UTF-8 text: encoded (RFC 2047), folded (RFC 5322,
 * sections 2.1.1 and 2.2.3), and joined with a value that is there already.
 *
 * field_prefix() and field_suffix() leave the bytes and folds of the value as they are. What is
 * shown is the text and the value with exactly the blanks that the text has. With the name
 * "Subject":
 *
 *	prefix		value			result
 *	"[X] "		"Hello"			"[X] Hello"
 *	"X:"		"Hello"			"X:Hello"
 *	"[\u00fc] "	"Hello you"		"=?UTF-8?B?W8O8XQ==?= Hello you"
 *	"[\u00fc]"	"Hello you"		"=?UTF-8?B?W8O8XUhlbGxv?= you"	(1)
 *	"[\u00fc] "	"=?UTF-8?Q?a?="		"=?UTF-8?B?W8O8XSA=?= =?UTF-8?Q?a?="	(2)
 *	"[X]"		"=?UTF-8?Q?a?="		"[X] =?UTF-8?Q?a?="	(3)
 *	"[X] "		""			"[X]"
 *	"[EXTERNAL] "	988 bytes on one line	"[EXTERNAL]\n " and the value
 *
 * (1) An encoded word may not touch other text (RFC 2047, section 5), so both are one word; not
 * in a field of addresses, where a blank is added. (2) The blank between two words is not shown
 * (section 6.2), so it stands inside the first. (3) is shown with a blank that was not written.
 */
#ifndef CONTENT_FIELD_H
#define CONTENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define FIELD_MAX_LINE 998u /* bytes, without the line end */

/* True for a name that a header field may have: printable ASCII without blank and colon. */
bool field_name_is_valid(const char *name);

/* True for the names of fields that hold addresses: From, To, Cc, Bcc, Reply-To, Sender, also
 * with "Resent-". */
bool field_has_addresses(const char *name);

/* Appends the value of a field of that name for text in UTF-8, encoded and folded as
 * mime_encode_header() does. */
void field_encode(const char *name, const char *text, size_t len, struct buf *out);

/* Appends one line of a value, which begins at that column, with a line end in front of blanks
 * where lines would have more than 78 bytes. A longer piece without blanks stays as it is. */
void field_fold_line(size_t column, const char *text, size_t len, struct buf *out);

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

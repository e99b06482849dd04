/* Header values as they may stand in a message: encoded, folded, joined with what is there
 * already. Layer 3. RFC 2047, RFC 5322 2.1.1 and 2.2.3; configuration.md "header". */
#ifndef CONTENT_FIELD_H
#define CONTENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define FIELD_MAX_LINE 998u /* bytes, without the line end */

/* A name that a header may have: printable ASCII without blank and colon. */
bool field_name_is_valid(const char *name);

/* Appends the value of a header of that name, for text that is UTF-8: what mime_encode_header()
 * makes of it. */
void field_encode(const char *name, const char *text, size_t len, struct buf *out);

/* The same for a value that was only unfolded: encoded words in it stay what they are. */
void field_refold(const char *name, const char *text, size_t len, struct buf *out);

/* Appends value with text in front of it or behind it. The value's own bytes and folds stay;
 * text that is not ASCII becomes encoded words of its own, its outer blanks in them. Blanks
 * are added only where words would touch other text, a fold only where a line would be too
 * long. An empty value gives the text without its outer blanks. */
void field_prefix(const char *name, const char *text, size_t len, const char *value,
		  struct buf *out);
void field_suffix(const char *name, const char *text, size_t len, const char *value,
		  struct buf *out);

/* Does the text stand in a decoded value? Runs of blanks are alike, outer ones of text do not
 * count. Linear. scratch is overwritten. */
bool field_contains(const char *value, const char *text, struct buf *scratch);

#endif

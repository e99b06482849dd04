/* RFC 2047 encoded words to UTF-8 and back. Layer 2. footer.md 4.1. */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends the value of a header field to out: unfolded (CR and LF dropped, their white space
 * kept), encoded words decoded. What is appended is always valid UTF-8 without NUL. Returns
 * false when some word could not be decoded (unknown charset or encoding, broken text) and
 * stands there as it came: a rule then tries both forms. Linear in len. */
bool mime_decode_header(const char *value, size_t len, struct buf *out);

/* Appends the value unfolded but not decoded; bytes that are not UTF-8 become U+FFFD. */
void mime_unfold_header(const char *value, size_t len, struct buf *out);

/* Is there anything to decode: "=?", or a byte that is not ASCII, or a line end? */
bool mime_header_is_plain(const char *value, size_t len);

/* Appends UTF-8 text as it may stand in a header field: as it is when it is printable ASCII
 * (and no "=?" in it could be taken for a word), else as encoded words of UTF-8 (Q or B,
 * whichever is shorter), each at most 75 bytes, never splitting a character, separated by LF
 * and a blank. column is how many bytes of the line are taken already (name, colon, blank).
 * Plain text is folded at blanks to lines of 78 where that is possible; no line is above 998.
 * CR, LF and other controls in the text become blanks. */
void mime_encode_header(const char *text, size_t len, size_t column, struct buf *out);

#endif

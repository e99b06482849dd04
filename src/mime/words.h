/* RFC 2047 encoded words to UTF-8 and back. Layer 2. footer.md 4.1. */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends the value of a header field to out: unfolded (CR and LF dropped, their white space
 * kept), encoded words decoded, raw bytes read as UTF-8 when they are that, else as
 * windows-1252. What is appended is always valid UTF-8 without NUL, at most 3 times len.
 * Returns false when something that looks like a word could not be decoded for certain: its
 * charset is unknown (then read as raw bytes are), its text is broken (U+FFFD stands there),
 * its encoding is unknown or it has no end (it stands there as it came). A rule then tries the
 * unfolded form too. Linear in len. charset_open_all() has been called. */
bool mime_decode_header(const char *value, size_t len, struct buf *out);

/* Appends the value unfolded but not decoded; bytes that are not UTF-8, and NUL, become
 * U+FFFD. */
void mime_unfold_header(const char *value, size_t len, struct buf *out);

/* What decoding a value comes to: nothing at all (no "=?", no line end, all ASCII, no NUL);
 * unfolding it; or more. */
enum mime_header_form { HEADER_PLAIN, HEADER_FOLDED, HEADER_CODED };
enum mime_header_form mime_header_form(const char *value, size_t len);

/* Without CR and LF, all else as it came, to where there is room for len bytes. How many they
 * are. */
size_t mime_unfold(const char *value, size_t len, char *to);

/* Appends UTF-8 text as it may stand in a header field: as it is when it is printable ASCII
 * without "=?", else all of it as encoded words of UTF-8 (Q or B, whichever is shorter), each
 * at most 75 bytes, never splitting a character, separated by LF and a blank. column is how
 * many bytes of the line are taken already (name, colon, blank); the first word is cut to fit
 * lines of 76, but has one character at least. Plain text is folded at blanks to lines of 78
 * where that is possible; what would make a line above 998 is encoded. Controls in the text
 * become blanks, bytes that are not UTF-8 U+FFFD. Blanks at both ends of the text stay. */
void mime_encode_header(const char *text, size_t len, size_t column, struct buf *out);

#endif

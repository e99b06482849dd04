/* Charsets, by iconv descriptors that are opened once, before any fork: a worker opens
 * nothing. Layer 2. architecture.md decision 4. */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct charset; /* one of the table */

/* Opens both directions of every charset of the table; needs glibc's gconv modules. Returns
 * how many could not be opened (they are then unknown). A second call does nothing. */
unsigned charset_open_all(void);

/* By its name in MIME, case-blind, aliases included ("latin1", "ks_c_5601-1987" read as
 * cp949, iso-8859-1 read as windows-1252 when decoding headers only). NULL: unknown. */
const struct charset *charset_find(const char *name, size_t len);
const char *charset_name(const struct charset *cs); /* preferred MIME name, lower case */
bool charset_is_utf8(const struct charset *cs);
/* Bytes 0 to 127 mean ASCII, in every state: such text can be appended as it is. */
bool charset_is_ascii_superset(const struct charset *cs);

/* Strict conversions: 0, or -EILSEQ at the first thing that cannot be converted (out then has
 * what it had). No transliteration, no replacement. */
int charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);
int charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);

/* For headers and matching: what is broken becomes U+FFFD. */
void charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len,
			   struct buf *out);

#endif

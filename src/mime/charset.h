/* Charsets, by iconv descriptors that are opened once, before any fork: a worker opens
 * nothing. Layer 2. architecture.md decision 4. */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

struct charset; /* one of the table */

/* Opens both directions of every charset of the table; needs glibc's gconv modules. Returns
 * how many could not be opened (they are then unknown). A second call does nothing. Before
 * it only utf-8 and us-ascii are known. The descriptors are the process's: one thread. */
unsigned charset_open_all(void);

/* By its name in MIME or an alias, case and punctuation ignored ("latin1", "ISO8859-1",
 * "ks_c_5601-1987", which is cp949). NULL: unknown, as is any name with a '/' in it. */
const struct charset *charset_find(const char *name, size_t len);
const char *charset_name(const struct charset *cs); /* preferred MIME name, lower case */
bool charset_is_utf8(const struct charset *cs);
/* Bytes 0 to 127 mean ASCII, in every state: such text can be appended as it is. */
bool charset_is_ascii_superset(const struct charset *cs);

/* Strict conversions: 0, or -EILSEQ when something cannot be converted (out is then as it
 * was). No transliteration, no replacement: what charset_from_utf8() made reads back as the
 * same text. A text ends in the initial state; a byte order mark of utf-16 and utf-32 is read
 * and written, none in the text means big-endian (RFC 2781). */
int charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);
int charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);

/* charset_to_utf8() of a text that comes in pieces; what they become stands in out at any time
 * but for the bytes of a character that is not whole. lossy: as charset_to_utf8_lossy(), but
 * for what stands in place of broken characters; it does not fail. The descriptor is the
 * process's: nothing else may be done with the charset until the stream is over. Start with cs
 * and lossy set and the rest zero. */
struct charset_stream {
	const struct charset *cs;
	bool lossy;
	bool begun;
	unsigned id;	 /* charset.c's, once it has begun */
	struct buf held; /* what is not whole */
};

/* 0, or -EILSEQ; then charset_stream_free() is all that may follow. last: nothing comes behind
 * this. */
int charset_stream_put(struct charset_stream *st, const char *s, size_t len, bool last,
		       struct buf *out);
void charset_stream_free(struct charset_stream *st);

/* For headers and matching: what is broken becomes U+FFFD, and false is returned. A charset
 * is read as what mail programs take it for: iso-8859-1 as windows-1252, gb2312 as gb18030,
 * euc-kr as cp949; us-ascii with other bytes in it as charset_guess_to_utf8() does. At most 3
 * times len is appended. */
bool charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len,
			   struct buf *out);

/* Text of no known charset: UTF-8 when it is valid, else windows-1252, where a byte without
 * meaning becomes U+FFFD. Needs no iconv. At most 3 times len is appended. */
void charset_guess_to_utf8(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 with each byte that is not, and each NUL, as U+FFFD. False: there were some. */
bool charset_clean_utf8(const char *s, size_t len, struct buf *out);

#endif

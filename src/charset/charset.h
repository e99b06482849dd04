/* Conversions between charsets and UTF-8. Each exists in two kinds: strict for text that is
 * edited, where nothing may be lost, and lossy for text that is only matched or displayed. The
 * iconv descriptors are opened once, before a process forks, because workers open no files. */
#ifndef CHARSET_CHARSET_H
#define CHARSET_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "charset/iso2022.h"
#include "util/buf.h"

struct charset; /* a row of a static table, charset_table.h */

/* Opens the descriptors of every charset of the table, which needs glibc's gconv modules.
 * Returns how many charsets could not be opened; they are unknown then. A second call does
 * nothing and returns 0. Before the first call only utf-8 and us-ascii are known. The
 * descriptors belong to the process, so only one thread may convert. */
unsigned charset_open_all(void);

/* The charset with this MIME name or alias, case and punctuation ignored: "latin1",
 * "ISO8859-1", "ks_c_5601-1987" (which is cp949). NULL: unknown, as is every name with a '/' in
 * it, which iconv_open() would take for an option. */
const struct charset *charset_find(const char *name, size_t len);
const char *charset_name(const struct charset *cs); /* the preferred MIME name, in lower case */
bool charset_is_utf8(const struct charset *cs);
bool charset_is_unicode(const struct charset *cs); /* utf-8, -7, -16 and -32 in any order */
/* Its letters stand in the order in which they are seen, from left to right, so that converted
 * text would be shown in the wrong order: Hebrew in iso-8859-8 (RFC 1556). */
bool charset_is_visual(const struct charset *cs);
/* Every byte below 128 is that character of ASCII wherever it stands, so ASCII text can be
 * appended without a conversion. */
bool charset_is_ascii_superset(const struct charset *cs);
/* The same for a name that may be unknown to us. It is true of a name that tells nothing, since
 * nearly all charsets of mail are supersets; false of EBCDIC, of what is not in bytes of ASCII
 * (utf-7, utf-16, ucs-2) and of charsets with states (iso-2022-..., hz). */
bool charset_name_is_ascii_superset(const char *name, size_t len);

/* Conversions, appended to out: 0, or -EILSEQ if something cannot be converted (out is
 * unchanged then). There is no transliteration and no replacement.
 *
 * Text is read as mail programs read it: iso-8859-1 as windows-1252, iso-8859-9 as
 * windows-1254, gb2312 as gb18030, euc-kr as cp949 (charset_table.h has all of them);
 * iso-2022-jp, euc-jp and big5 with the characters that Microsoft and others added to them. A
 * byte order mark of utf-16 and utf-32 is read; a text without one is read in the order in
 * which it is text, and cannot be converted if that is not clear.
 *
 * What charset_from_utf8() makes converts back to the same text, as mail programs read the
 * charset and in the charset as it is defined. A text in a charset with states ends in the
 * initial state; utf-16 and utf-32 get a byte order mark. */
int charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);
int charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out);

/* charset_to_utf8() of a text that comes in pieces. Each call appends what its piece converts
 * to, all but an incomplete character at the end. With lossy set it is charset_to_utf8_lossy(),
 * which does not fail; only how many U+FFFD stand for broken bytes may differ. Until the stream
 * ends nothing else may be converted from this charset, since both use one descriptor. Start
 * with cs and lossy set and the rest zero.
 *
 *	struct charset_stream st = {.cs = cs};
 *	charset_stream_put(&st, "caf\xc3", 4, false, &out);	out: "caf"
 *	charset_stream_put(&st, "\xa9!", 2, true, &out);	out: "caf\xc3\xa9!"
 *	charset_stream_free(&st); */
struct charset_stream {
	const struct charset *cs;
	bool lossy;
	bool begun;
	unsigned id; /* of the charset that is read, once begun is set */
	struct iso2022_state iso2022;
	struct buf held; /* an incomplete character, or the first bytes */
};

/* 0, or -EILSEQ; then only charset_stream_free() may follow. last: this is the last piece,
 * which may be empty. */
int charset_stream_put(struct charset_stream *st, const char *s, size_t len, bool last,
		       struct buf *out);
void charset_stream_free(struct charset_stream *st);

/* For headers and matching: broken characters become U+FFFD, and false is returned; us-ascii
 * with bytes above 127 is read as charset_guess_to_utf8() does; a text whose byte order is not
 * clear is big-endian. Appends at most 3 * len bytes. */
bool charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len,
			   struct buf *out);

/* For text without a known charset: it is taken for UTF-8 if it is valid UTF-8, else for
 * windows-1252, in which five bytes have no meaning and become U+FFFD. Appends at most 3 * len
 * bytes. Needs no iconv. */
void charset_guess_to_utf8(const char *s, size_t len, struct buf *out);
/* What a byte from 0x80 to 0x9f means in windows-1252; U+FFFD for the five without a meaning.
 */
unsigned charset_windows_1252_high(unsigned char c);

/* Appends the text with a U+FFFD for each byte that is not valid UTF-8 and for each NUL. False:
 * there were some. */
bool charset_clean_utf8(const char *s, size_t len, struct buf *out);

#endif

/* Header field values: encoded words (RFC 2047) to UTF-8, and UTF-8 to encoded words. Reading
 * is as lenient as mail programs are, so that nothing hides from a rule; writing is strict.
 * What is read is always valid UTF-8 without NUL. charset_open_all() must have been called. */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends the decoded value to out, at most 3 * len bytes: unfolded (CR and LF are dropped, the
 * white space behind them stays), encoded words decoded, raw bytes read as UTF-8 if they are
 * valid UTF-8, else as windows-1252. Linear in len.
 *
 *	"=?utf-8?Q?a?= =?utf-8?Q?b?= c"		"ab c"
 *	"=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=BC?="	one character: adjacent words of one
 *						charset are joined before conversion
 *	"x=?utf-8?B?YQ?=y"			"xay": no blanks, no padding
 *
 * False: something that looks like a word could not be decoded with certainty. Its charset is
 * unknown (it is read like raw bytes), its text is broken (there is a U+FFFD), its encoding is
 * unknown or it has no end (it stays as it is). A rule then also tries the unfolded value. */
bool mime_decode_header(const char *value, size_t len, struct buf *out);

/* Where a byte of a decoded value comes from: bytes [from, to) of the value as it was given. */
enum header_origin_kind {
	ORIGIN_TEXT,	   /* a character that is not encoded */
	ORIGIN_WORD,	   /* an encoded word, or several that share a character */
	ORIGIN_UNREADABLE, /* a word that cannot be decoded with certainty: unknown charset or
			      encoding, broken text, no end */
};

struct header_origin {
	size_t from, to;
	enum header_origin_kind kind;
};

/* The same text as mime_decode_header(), and for each byte of it a struct header_origin,
 * appended to origins. What is not shown (line ends, blanks between words, empty words) is no
 * byte's origin.
 *
 *	"a\n =?utf-8?Q?b=C3=BC?="	text	a        blank    b, \xc3, \xbc
 *				origin	[0, 1)   [2, 3)   [3, 20), ORIGIN_WORD */
void mime_decode_header_origins(const char *value, size_t len, struct buf *out,
				struct buf *origins);
/* The same text as mime_unfold_header(), with origins, all of them ORIGIN_TEXT. */
void mime_unfold_header_origins(const char *value, size_t len, struct buf *out,
				struct buf *origins);

/* Appends the value unfolded but not decoded; bytes that are not UTF-8, and NUL, become
 * U+FFFD. */
void mime_unfold_header(const char *value, size_t len, struct buf *out);

/* How much of the above a value needs, so that most values are not copied at all:
 *
 *	HEADER_PLAIN	nothing: ASCII without NUL, "=?" or line end
 *	HEADER_FOLDED	mime_unfold()
 *	HEADER_CODED	mime_decode_header() or mime_unfold_header() */
enum mime_header_form { HEADER_PLAIN, HEADER_FOLDED, HEADER_CODED };
enum mime_header_form mime_header_form(const char *value, size_t len);
/* Whether that is HEADER_CODED, for those who do not have to know more. */
bool mime_header_is_coded(const char *value, size_t len);

/* Copies the value without CR and LF to to, which has room for len bytes. Returns the length.
 */
size_t mime_unfold(const char *value, size_t len, char *to);

/* Appends UTF-8 text as the value of a header field. Printable ASCII without "=?" stays, folded
 * at blanks to lines of 78 bytes where that is possible. Everything else, and what would make a
 * line of more than 998 bytes, becomes encoded words of UTF-8, all of it: in Q or B, whichever
 * is shorter, each word at most 75 bytes, no character split, with LF and a blank between them.
 * Controls become blanks, bytes that are not UTF-8 become U+FFFD. Blanks at both ends stay.
 *
 * column is how many bytes of the line are taken, such as 9 by "Subject: ". The first word is
 * shortened so that the line has at most 76 bytes, but it has one character at least:
 *
 *	"f\xc3\xbcr alle da", 9	"=?UTF-8?Q?f=C3=BCr_alle_da?="
 *	"abcdefghi\xc3\xbc", 58	"=?UTF-8?Q?abcdef?=\n =?UTF-8?Q?ghi=C3=BC?=" */
void mime_encode_header(const char *text, size_t len, size_t column, struct buf *out);
/* The same, but all of the text becomes encoded words, also when it is plain ASCII. */
void mime_encode_words(const char *text, size_t len, size_t column, struct buf *out);

#endif

/* The iconv descriptors of the charsets, and conversions by them; for charset.c and
 * iso2022_jp.c. They are shared by all conversions of a process. */
#ifndef CHARSET_CHARSET_ICONV_H
#define CHARSET_CHARSET_ICONV_H

#include <stdbool.h>
#include <stddef.h>

#include "charset/charset_table.h"

struct buf;

/* The rest of a text. */
struct charset_input {
	const char *at;
	size_t left;
};

static inline void
charset_input_skip(struct charset_input *in, size_t n)
{
	in->at += n;
	in->left -= n;
}

/* Opens all descriptors and returns how many charsets could not be opened. */
unsigned charset_iconv_open_all(void);

/* Can text in this charset be converted? Always, if iconv is not needed for it. */
bool charset_iconv_is_open(enum charset_id id);

/* Forgets what is left of the last text. Must be called before each text. */
void charset_iconv_reset(enum charset_id id);

/* Converts to UTF-8, a character that the charset lacks from the wider one of the table. 0: all
 * of the input. -EILSEQ: it stopped at bytes that cannot be converted; -EINVAL: at the
 * beginning of a character. What is in front of them was appended to out. */
int charset_iconv_decode(enum charset_id id, struct charset_input *in, struct buf *out);

/* At the end of a text: appends what iconv holds back of it. 0, or -EILSEQ. */
int charset_iconv_decode_end(enum charset_id id, struct buf *out);

/* Converts a whole text, to UTF-8 in this very charset, or from UTF-8. 0, or -EILSEQ; then a
 * part of it may have been appended to out. */
int charset_iconv_decode_text(enum charset_id id, const char *s, size_t len, struct buf *out);
int charset_iconv_encode_text(enum charset_id id, const char *s, size_t len, struct buf *out);

#endif

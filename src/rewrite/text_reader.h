/* Reads the text of a part: its body, decoded from its transfer encoding and, if wanted,
 * converted from its charset to UTF-8. The text comes in windows, so that a long one is never
 * in memory as a whole. In front of a window the end of the text before it stays readable,
 * for what stands across two windows. The windows of a text of 110000 bytes in base64:
 *
 *	before	len	back
 *	0	47892	0	what 65536 bytes of base64 decode to
 *	47892	47892	16384
 *	95784	14216	16384
 *
 * s[0] is the byte of the text at offset before; s[-back] to s[-1] stand in front of it. A
 * body that is neither encoded nor converted is one window: the body itself. */
#ifndef REWRITE_TEXT_READER_H
#define REWRITE_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "charset/charset.h"
#include "mime/decoder.h"
#include "rewrite/edit_result.h"
#include "util/buf.h"

#define TEXT_READER_BACK_BYTES (16u << 10) /* kept in front of a window, at least */

/* Start with from, lossy and whole as they are wanted and the rest zero. */
struct text_reader {
	const struct charset *from; /* converted to UTF-8; NULL: not converted */
	bool lossy; /* broken characters become U+FFFD and do not end the text */
	bool whole; /* keep all of the text in front of the window */

	/* The window, which text_reader_next() sets. */
	const char *s;
	size_t len;
	size_t back;   /* readable bytes in front of s */
	size_t before; /* bytes of the text in front of s */

	/* MIME_EDIT_OK; MIME_EDIT_CHARSET: something cannot be converted; MIME_EDIT_IRREGULAR:
	 * the body is base64 that is not of the form, which only its end shows. */
	enum mime_edit_result error;

	/* Private. */
	struct mime_decoder decoder;
	struct charset_stream stream;
	struct buf raw;	 /* decoded, not yet converted */
	struct buf text; /* the window and what is in front of it, unless that is the body */
};

/* Begins with a body, which the caller keeps until text_reader_end(). The encoding is not
 * MIME_UNKNOWN_ENCODING. */
void text_reader_start(struct text_reader *r, enum mime_encoding e, const char *body,
		       size_t len);

/* Moves to the next window, which is not empty. False: the text has ended, or cannot be read,
 * see error. The window is empty then, and what was read last stands in front of it. */
bool text_reader_next(struct text_reader *r);

void text_reader_end(struct text_reader *r);

#endif

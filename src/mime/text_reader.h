/* A text part's text out of its transfer encoding and its charset, window by window, so that a
 * long one is never there as a whole. Layer 2. */
#ifndef MIME_TEXT_READER_H
#define MIME_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/charset.h"
#include "mime/decoder.h"
#include "mime/edit_result.h"
#include "util/buf.h"

#define TEXT_READER_BACK_BYTES (16u << 10) /* of the text before a window stay readable */

/* Start with from, lossy and whole as they are wanted and the rest zero. */
struct text_reader {
	const struct charset *from; /* becomes UTF-8; NULL: bytes as they are */
	bool lossy;		    /* broken characters do not end it */
	bool whole;		    /* all that was read stays */

	/* The window: len bytes of the text at s; and in front of it back bytes of what came
	 * before, all of it or at least TEXT_READER_BACK_BYTES. */
	const char *s;
	size_t len, back;
	size_t before; /* bytes of the text in front of the window */

	/* "charset": something in it cannot be converted; "irregular": it was no base64 of the
	 * form, known at the end. */
	enum mime_edit_result why;

	/* reading.c's own */
	struct mime_decoder decoder;
	struct charset_stream stream;
	struct buf raw;	 /* decoded, not converted yet */
	struct buf text; /* the window and what is in front of it, unless that is the body */
	bool is_over;
};

/* The encoding is known. */
void text_reader_start(struct text_reader *r, enum mime_encoding e, const char *body,
		       size_t len);
/* The next window, which is not empty. False: the text is over, or why says why not; the last
 * window stays as what was in front. */
bool text_reader_next(struct text_reader *r);
void text_reader_end(struct text_reader *r);

#endif

/* Blocks of uuencode in a text, as offsets. Mail programs list each of them as a file. */
#ifndef MIME_UUENCODE_BLOCK_H
#define MIME_UUENCODE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/encoding.h"

struct uuencode_block {
	size_t from;		     /* where the first line "begin" begins */
	size_t data, data_end;	     /* the lines of data, the first good one first */
	size_t to;		     /* behind the line "end", or data_end if there is none */
	enum mime_encoding encoding; /* of the data: MIME_UUENCODE or MIME_BASE64 */
};

/* Finds the next block that begins at or behind s[at], the begin of a line. A line "begin"
 * begins one if behind it, in front of "end", there is a good line of data: a full one, or the
 * last one of the file. So words of prose are none:
 *
 *	begin 644 times again, he said
 *	end
 *
 * Programs differ in what they do with lines that are not good, with a line "begin" behind
 * another one, and without "end". Hence a good line need not be the first one; several lines
 * "begin" in front of the first good line begin one block, which has all of their names; one
 * behind it begins the next block; and a block without "end" goes on to the end of the text.
 *
 * False: there is none. To go on at its to takes linear time. */
bool uuencode_next_block(const char *s, size_t len, size_t at, struct uuencode_block *ret);

#endif

/* uuencode, which is older than MIME and has no RFC (POSIX, uuencode(1), "Historical
 * Algorithm"). Mail programs decode it under the labels x-uuencode, uuencode, x-uue, uue and
 * x-uu, and many of them wherever it stands in a text:
 *
 *	begin 644 cat.txt
 *	#0V%T
 *	`
 *	end
 *
 * The first character of a line tells how many octets the line has ('#': 3), then four
 * characters stand for three octets. Decoding is lenient: blanks that a transport removed from
 * the end of a line count as zero bits, what stands behind the octets of a line is passed over,
 * and so is a line that is none of uuencode. */
#ifndef MIME_UUENCODE_H
#define MIME_UUENCODE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The line "begin 644 name" as offsets. */
struct uuencode_begin {
	size_t from, data;     /* where this line and the next line begin */
	size_t name, name_end; /* without blanks around it; empty: there is no name */
	bool base64;	       /* "begin-base64 644 name": base64 follows, up to "====" */
};

/* Finds the next such line that begins at or behind s[at], the begin of a line. The mode is one
 * or more octal digits. False: there is none. To go on at data takes linear time. */
bool uuencode_next_begin(const char *s, size_t len, size_t at, struct uuencode_begin *ret);

/* Appends what the lines at s[at] decode to, up to the line "end", to len, or to the first line
 * at or behind s[until]. Returns where that line begins; *ret_ended: it is "end". */
size_t uuencode_decode(const char *s, size_t len, size_t at, size_t until, struct buf *out,
		       bool *ret_ended);

#endif

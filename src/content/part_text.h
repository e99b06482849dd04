/* The text of one part, out of its charset and of HTML, as paragraphs: the steps between the
 * bytes of a part and what is searched (content/message_text.h). */
#ifndef CONTENT_PART_TEXT_H
#define CONTENT_PART_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* The links of texts that are kept. Their hosts, see util/url.h, each ended by a NUL; one that
 * is the same as the one before is left out. */
#define LINK_HOSTS_MAX 10000u

struct link_hosts {
	struct buf names;
	size_t n;
};

/* What was read so far. Start with left and links set and the rest zero. */
struct part_texts {
	/* Paragraphs, each ended by LF; by CR LF when it is what is displayed of the ones
	 * before, see html/html_paragraphs.h. There is no other CR or LF. */
	struct buf text;
	size_t left;		  /* bytes of paragraphs that are still wanted */
	struct link_hosts *links; /* NULL: not wanted */
	bool cut;		  /* there was more than is wanted */
	bool unknown_charset;
};

struct part_form {
	const char *charset; /* NULL: it has none; "": two */
	bool html;
	bool delsp; /* blanks at the ends of lines are deleted with the line end (RFC 3676) */
};

/* Adds the text of a part, given out of its transfer encoding, in every charset in which it may
 * be read:
 *
 *	none				UTF-8 if it is valid, else windows-1252
 *	one that is known		that; if something in it is broken, windows-1252, too
 *	utf-16, utf-32 without a mark	both byte orders
 *	one that is not known		UTF-8 and windows-1252; unknown_charset is set
 *
 * HTML without a charset, with one that is not known, or with something broken in it is read in
 * the one that it names for itself, too (html/html_charset.h). Where the charset is known and
 * nothing is broken, mail programs do not look at that name.
 *
 * In plain text a paragraph ends at an empty line; runs of white space are one blank, and there
 * is none at either end. Text that is the same in two charsets is added once. Linear. */
void part_text_add(struct part_texts *t, const char *s, size_t len,
		   const struct part_form *form);

/* Adds lines as they are, each as a paragraph; a line that is not UTF-8 is read as
 * windows-1252. */
void part_text_add_lines(struct part_texts *t, const char *s, size_t len);

#endif

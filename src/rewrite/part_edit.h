/* The state of one mime_append(): for append_text.c, which reads the part and decides on its
 * charset, append.c, which decides what is inserted where, and append_write.c, which writes the
 * new part. */
#ifndef REWRITE_PART_EDIT_H
#define REWRITE_PART_EDIT_H

#include "charset/charset.h"
#include "html/html.h"
#include "rewrite/append.h"
#include "rewrite/text_reader.h"
#include "util/str.h"

struct part_edit {
	const struct text_part *part;
	const struct addition *add;
	const struct charset *charset; /* of the part; NULL: unknown, or none written */
	struct text_reader text;       /* has read all of the text; its end is readable */
	size_t len;		       /* of the text */
	bool is_ascii;		       /* the text is */
	char head[3];		       /* the first bytes of the text */
	struct iso2022_state end;      /* where the text stands at its end */
	bool to_utf8;		       /* the part becomes UTF-8 */
	/* The charset that the text is converted from; NULL: its bytes do not change. */
	const struct charset *from;
	struct buf insertion;	 /* what is inserted, in the charset of the new part */
	size_t place;		 /* offset in the text */
	struct html_place *html; /* of HTML; large, so it is not a member */
};

/* Does the addition go to the end of text/plain? */
static inline bool
part_edit_is_at_end(const struct part_edit *e)
{
	return !e->part->html && !e->add->top;
}

/* Is the part in a charset with escape sequences: iso-2022-jp, -kr, -cn? */
static inline bool
part_edit_has_iso2022(const struct part_edit *e)
{
	return e->charset != NULL && str_case_starts(charset_name(e->charset), "iso-2022-");
}

/* Reads all of the text. MIME_EDIT_OK, or why it must not be edited. */
enum mime_edit_result part_edit_read(struct part_edit *e);

/* Chooses the charset of the new part, and writes the addition in it to the insertion. If the
 * part becomes UTF-8, the text is read again, as UTF-8. */
enum mime_edit_result part_edit_choose_charset(struct part_edit *e);

/* Writes the new part to *ret, as little of it as possible. False: what was written, read
 * again, is not the old text with the insertion at place. ret->middle is the caller's in any
 * case. */
bool part_edit_write(struct part_edit *e, struct appended *ret);

#endif

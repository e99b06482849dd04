/* What field_edit.c hands to field_edit_write.c; private to these two. */
#ifndef CONTENT_FIELD_EDIT_MARKS_H
#define CONTENT_FIELD_EDIT_MARKS_H

#include "content/field_edit.h"
#include "mime/words.h"

/* What becomes of a byte of the text that no edit replaces. */
enum field_mark {
	MARK_KEEP, /* the bytes that it stems from stay */
	MARK_CODE, /* it goes into an encoded word that is written anew */
	MARK_DROP, /* it goes: a quote around a text that becomes an encoded word */
};

/* In what a byte of an address field stands. */
enum field_syntax {
	SYNTAX_PHRASE, /* or an address without brackets, or between two addresses */
	SYNTAX_QUOTE,  /* a double quote, or a backslash between two */
	SYNTAX_QUOTED, /* between double quotes */
	SYNTAX_COMMENT,
	SYNTAX_ADDRESS, /* between angle brackets, the brackets included */
};

struct field_edit {
	size_t from, to;      /* of the text */
	size_t inserted, len; /* of inserted and coded */
};

static inline struct header_origin *
field_origins(const struct field_edits *e)
{
	return (struct header_origin *)(void *)e->origins.data;
}

/* Appends the value with the edits, of which there is one at least. */
void field_edits_render(const struct field_edits *e, const struct field_edit *edits, size_t n,
			struct buf *out);

#endif

/* The texts that patterns and comparisons see of a header, each made once and kept with it
 * until its value is changed.
 *
 *	value as sent	"\n =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n\t you "
 *	unfolded	" =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\t you "	RFC 5322, 2.2.3
 *	decoded		"Gr\u00fc\u00dfe you"			RFC 2047
 *
 * The decoded text is what people see: its blanks are squeezed, encoded ones too (squeeze.h).
 *
 * A mail program may show an encoded word that cannot be decoded in any form, so a pattern
 * must see both texts of such a value. See mime_decode_header() for what cannot be decoded:
 *
 *	"=?x-none?Q?=E4?= you"	an unknown charset: two candidates, decoded and
 *				undecoded: with its blanks as in the decoded one
 *	"=?UTF-8?Q?a?= you"	one candidate: decoded, or unfolded when decode is false
 */
#ifndef CONTENT_HEADER_TEXT_H
#define CONTENT_HEADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct header;

/* A text on one line: valid UTF-8 without NUL, ended by one. */
struct text_form {
	const char *text; /* NULL: not made yet */
	size_t len;
};

/* What patterns and tables see of a header. */
enum match_on {
	MATCH_ON_VALUE,
	MATCH_ON_LINE,	  /* "Name: value" */
	MATCH_ON_ADDRESS, /* of each mailbox; this and the next ones only of address fields */
	MATCH_ON_DOMAIN,  /* of each mailbox's address */
	MATCH_ON_NAME,	  /* each mailbox's displayed name */
};

struct header_subject {
	enum match_on on;
	bool decode;	/* encoded words are decoded; of mailboxes they always are */
	bool normalize; /* the texts are in the form of normalize_text() */
};

struct header_text {
	struct text_form decoded, unfolded; /* of the value */
	struct text_form undecoded;	    /* of an undecodable value, else not made */
	struct text_form name;
	/* "Name: " and the value: decoded, undecoded, unfolded. */
	struct text_form line, undecoded_line, unfolded_line;
	bool undecodable; /* decoded has a word that could not be decoded for certain */
	const struct mailboxes *mailboxes;	/* NULL: not read yet */
	const struct header_forms *other_forms; /* header_text.c's */
};

/* Makes a text of the header's value, unless it is there: with decode the decoded one (and the
 * undecoded one of an undecodable value), else the unfolded one. arena: the message's, which
 * owns the result. It is valid until the value is changed; a changed value gets texts of its
 * own. */
struct header_text *header_text(struct arena *arena, struct header *h, bool decode);
/* The texts that a pattern must be matched with, after header_text() with the same decode. The
 * pattern matches the header when it matches one of them. Returns 1 or 2. */
size_t header_text_candidates(const struct header_text *f, bool decode,
			      struct text_form ret[static 2]);
/* The same for the whole line, "Name: value". */
size_t header_line_candidates(struct arena *arena, struct header *h, bool decode,
			      struct text_form ret[static 2]);
/* Makes the text of the header's name. As header_text(). */
struct header_text *header_text_of_name(struct arena *arena, struct header *h);

/* The mailboxes of an address field, in every reading. As header_text(). */
const struct mailboxes *header_mailboxes(struct arena *arena, struct header *h);

/* The texts that a pattern must be matched with, as above; it matches the header when it
 * matches one of them. What a mailbox lacks, a domain or a name, gives no text. With the field
 *
 *	From: "Jane Boss" <jane@EVIL.example>, joe@b.example
 *
 *	MATCH_ON_VALUE			"\"Jane Boss\" <jane@EVIL.example>, joe@b.example"
 *	MATCH_ON_ADDRESS		"jane@evil.example", "joe@b.example"
 *	MATCH_ON_DOMAIN			"evil.example", "b.example"
 *	MATCH_ON_NAME			"Jane Boss"
 *	MATCH_ON_NAME, normalize	"jane boss" */
struct header_subjects {
	const struct text_form *form;
	size_t n;
	struct text_form own[2]; /* private; so no copy of this struct may be made */
};

/* Private: those that are not the value as it is. */
void header_other_subjects(struct arena *arena, struct header *h, struct header_subject subject,
			   struct header_subjects *ret);

static inline void
header_subjects(struct arena *arena, struct header *h, struct header_subject subject,
		struct header_subjects *ret)
{
	if (subject.normalize || subject.on != MATCH_ON_VALUE) {
		header_other_subjects(arena, h, subject, ret);
		return;
	}
	ret->form = ret->own;
	ret->n = header_text_candidates(header_text(arena, h, subject.decode), subject.decode,
					ret->own);
}

#endif

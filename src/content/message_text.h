/* The text of a message that people read, and its links: what rules about content search. Each
 * text is made once for all policies, and kept in the message until its body or its Content-
 * fields are changed.
 *
 *	text		text/plain, text/html and other text/... in the message itself, every
 *			alternative; not what is attached (Content-Disposition), nor what is in
 *			an attached message, nor calendars and cards
 *	text-files	the other text/... parts, those of attached messages included
 *	raw		the lines of the body as they are
 *
 * Where mail programs may read a structure in different ways every reading is there: a part
 * with two types as HTML and as plain text, one with two transfer encodings in both, all that
 * looks like a part, and the whole body as a text. An encrypted part has no text. */
#ifndef CONTENT_MESSAGE_TEXT_H
#define CONTENT_MESSAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct content_limits;
struct message;

enum content_where { CONTENT_TEXT, CONTENT_TEXT_FILES, CONTENT_RAW, CONTENT_WHERES };

/* The words "text", "text-files" and "raw"; NULL at the end. */
extern const char *const content_where_words[];

struct message_text {
	/* Paragraphs in UTF-8, each ended by LF; by CR LF when it is what is displayed of the
	 * ones before (content/part_text.h). */
	const char *data;
	size_t len;
	const char *hosts; /* of links, n_hosts strings one behind the other; NULL: not read */
	size_t n_hosts;
	bool cut; /* there was more than was wanted, or than may be read (mime/budget.h) */
	bool unknown_charset; /* of some part */
	bool encrypted;	      /* a part was not seen for that reason */
};

/* How a text is wanted. */
struct text_wish {
	enum content_where where;
	bool normalized; /* each paragraph by normalize_text(); none is empty then */
	bool links;	 /* with hosts */
	size_t max;	 /* bytes of paragraphs, before they are normalized */
};

/* NULL: the body was not kept, or joining it failed. The policy that asks reads PART_HEADERS
 * and PART_BODY. Linear in the body. Owned by the message's arena. */
const struct message_text *content_message_text(struct message *m,
						const struct content_limits *limits,
						const struct text_wish *wish);

/* The next paragraph from *at on, of a text that has one. Sets *at behind it. */
struct text_paragraph {
	const char *s;
	size_t len;
	bool shown;
};
bool message_text_next(const struct message_text *t, size_t *at, struct text_paragraph *ret);

#endif

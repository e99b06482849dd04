/* The header fields in the body of a message: those of its parts, and those of messages that
 * are attached to it. Their classes are those of mime_header_checks and nested_header_checks of
 * Postfix (header_checks(5)):
 *
 *	mixed(text, image, rfc822(mixed(text)))
 *
 *	all fields of text and image, and of the text inside		parts
 *	Content-Type of the attached message, and its other MIME fields	parts
 *	Subject of the attached message, and its other fields		nested
 *
 * The message's own fields are not among them. */
#ifndef CONTENT_PART_FIELDS_H
#define CONTENT_PART_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "content/mime_tree.h"
#include "session/message.h"

#define PART_FIELDS_MAX 10000u /* further ones are left out */

struct part_field {
	struct header header; /* with name, value, key and forms only */
	bool is_nested;	      /* else a field of a part */
};

struct part_fields {
	struct part_field *field; /* in their order in the body */
	size_t n;
	bool is_cut; /* there are more than PART_FIELDS_MAX */
};

/* Reads them out of the message's tree with attached messages, see content_mime_tree(). NULL:
 * the body was not kept. The message's arena owns the result, which is valid until the body
 * changes. */
const struct part_fields *content_part_fields(struct message *m,
					      const struct content_limits *limits);

/* "Content-Type" and the other names that begin with "Content-", and "MIME-Version". */
bool content_is_mime_field(const char *name);

#endif

/* The parts of a message as byte offsets into its body. Layer 2. RFC 2045, 2046, 2183;
 * footer.md 1.5.
 *
 * A part runs from the line behind its delimiter to the next delimiter of its parent:
 *
 *	--b			parent's delimiter line
 *	Content-Type: ...	headers: from here
 *				the empty line: headers.to is where it begins
 *	content			body.from; body.to is behind its last byte
 *	--b--			part_end: the line break before it is the delimiter's
 */
#ifndef MIME_TREE_H
#define MIME_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/encoding.h"

struct arena;
struct buf;

#define MIME_NO_NODE   UINT_MAX
#define MIME_NO_OFFSET SIZE_MAX

/* Where programs read a structure differently: our name, the word for the log. */
/* clang-format off */
#define MIME_FLAGS(X)                                                                   \
	/* a multipart without its close delimiter */                                   \
	X(UNCLOSED, "unclosed")                                                         \
	/* a multipart whose boundary never comes */                                    \
	X(NO_PARTS, "no-parts")                                                         \
	/* a multipart without a boundary, or with one above 255 bytes */               \
	X(NO_BOUNDARY, "no-boundary")                                                   \
	/* a boundary that is an outer one's too, ends in "--", is folded, in pieces,   \
	 * or escaped, has controls or 8-bit; other parameters are irregular */         \
	X(ODD_BOUNDARY, "odd-boundary")                                                 \
	/* headers run into a delimiter or the end */                                   \
	X(NO_BLANK_LINE, "no-blank-line")                                               \
	/* a line that is no field; a NUL or a lone CR */                               \
	X(BAD_HEADER, "bad-header")                                                     \
	/* Content-Type, -Transfer-Encoding or -Disposition twice, and different */     \
	X(CONFLICT, "conflict")                                                         \
	/* a Content-Type that does not tell type and subtype */                        \
	X(BAD_TYPE, "bad-type")                                                         \
	/* a Content-Type or -Disposition with more parameters than are read */         \
	X(MANY_PARAMETERS, "many-parameters")                                           \
	/* a multipart or message in another encoding than 7bit, 8bit or binary: a      \
	 * multipart is looked into as if it were none, a message only if unknown */    \
	X(ENCODED, "encoded-container")                                                 \
	/* a CR, no LF, then "--"; only where it is looked for */                       \
	X(LONE_CR, "lone-cr")                                                           \
	/* a container that was not looked into */                                      \
	X(TOO_DEEP, "too-deep")                                                         \
	/* a container whose further parts were left out */                             \
	X(TOO_MANY, "too-many-parts")
/* clang-format on */

enum mime_flag_bit {
#define MIME_FLAG_BIT(name, word) MIME_BIT_##name,
	MIME_FLAGS(MIME_FLAG_BIT)
#undef MIME_FLAG_BIT
};

enum mime_flag {
#define MIME_FLAG_VALUE(name, word) MIME_##name = 1u << MIME_BIT_##name,
	MIME_FLAGS(MIME_FLAG_VALUE)
#undef MIME_FLAG_VALUE
};

struct mime_range {
	size_t from, to;
};

/* A header field in the buffer; there is none when to is 0. */
struct mime_field {
	size_t from, to;	 /* the whole of it, its line break too */
	size_t value, value_end; /* behind the colon; without the last line break */
};

struct mime_node {
	unsigned parent, next, child; /* index of the parent, next sibling, first child */
	unsigned depth;		      /* the message: 0 */
	unsigned flags;		      /* enum mime_flag */
	enum mime_encoding encoding;
	bool is_multipart;  /* with a boundary, and looked into */
	bool is_message;    /* message/rfc822, global or news; looked into when asked for */
	bool is_attachment; /* Content-Disposition is there and not "inline" (RFC 2183 2.8) */
	bool is_named;	    /* has a file name in either field */
	/* The Content-Type's or the Content-Disposition's parameters are irregular
	 * (params.h). On a multipart, the former sets MIME_ODD_BOUNDARY too. */
	bool irregular_params;
	/* Lower case. What has no or no readable Content-Type is text/plain, or message/rfc822
	 * in a multipart/digest. */
	const char *type;
	const char *charset;	 /* as written; NULL: none */
	const char *disposition; /* lower case; NULL: none; "": unreadable */
	const char *content_id;	 /* without < >; NULL: none */
	const char *start;	 /* multipart's parameter "start", without < >; NULL: none */
	const char *boundary;	 /* a multipart's; NULL: none */
	struct mime_range headers;
	struct mime_range body;
	size_t part_end; /* the delimiter line that ends the part, or the end */
	/* A multipart's: begin of its first delimiter line of any kind, and of its close
	 * delimiter line; MIME_NO_OFFSET: none. */
	size_t first_delimiter, close_delimiter;
	struct mime_field content_type, transfer_encoding, content_disposition, content_md5;
};

struct mime_limits {
	unsigned parts; /* nodes at most, at least 1 */
	unsigned depth; /* a container this deep is not opened */
};

/* Lines of a part's content that stand in front of data[at], a line's begin, and are not in
 * data; the last one is ended. So what is assembled of long pieces is scanned without a copy
 * of them (pieces.h). */
struct mime_gap {
	size_t at;
	const char *data;
	size_t len;
};

/* What is scanned. All of it must stay as it is while the tree is used. */
struct mime_source {
	const char *data;
	size_t len;
	/* Ascending. Lines in them are looked at as all others are; offsets do not count them,
	 * and of what reads a node's bytes only compare.h knows them. */
	const struct mime_gap *gap;
	size_t n_gaps;
	/* data begins with the message's header block; the four below are not looked at. */
	bool has_header;
	/* The message's fields, NULL when there is none; folded or not. */
	const char *content_type, *transfer_encoding, *content_disposition;
	bool conflict; /* one of them is there twice, and different */
	/* Look into message/rfc822: for rules on attachments. An editor does not. */
	bool into_messages;
	/* Look for MIME_LONE_CR: some programs take a lone CR for a line break and so see
	 * delimiters where we do not. Costs a second pass over data. */
	bool find_lone_cr;
};

/* Preorder: a node's descendants stand behind it, all before its next sibling. A message that
 * is looked into has one child, whose headers begin where its body does. */
struct mime_tree {
	struct mime_source source;
	const struct mime_node *node; /* [0] is the message */
	unsigned n;
	unsigned flags; /* of all nodes; not 0: leave its structure alone */
	/* A delimiter stands in a gap, or a gap where there is no content: the tree is wrong.
	 */
	bool has_bad_gap;
};

/* Never fails; time is linear in the input. Memory is the arena's: about 350 bytes a node. */
void mime_scan(struct arena *arena, const struct mime_source *source,
	       const struct mime_limits *limits, struct mime_tree *ret);

/* "unclosed, bad-header"; "" for 0. */
const char *mime_flag_words(struct arena *arena, unsigned flags);

/* The node's Content-Type, -Transfer-Encoding, -Disposition: first field, as written but
 * without NUL; of the message itself the source's when that is where it came from. NULL: none.
 */
enum mime_field_name { MIME_CONTENT_TYPE, MIME_TRANSFER_ENCODING, MIME_CONTENT_DISPOSITION };
const char *mime_node_value(const struct mime_tree *tree, const struct mime_node *node,
			    enum mime_field_name name, struct arena *arena);

/* Every file name a program may find: "filename" and "name" of all the node's
 * Content-Disposition, then of its Content-Type fields, in each field filename* before
 * filename, name* before name; decoded, continuations joined; where the type is forgotten, too.
 * Controls and marks of text direction are removed, dots and blanks at the end cut; what is
 * empty then, and what is there already, is left out. UTF-8. At most 128 names, of 128 fields
 * of either sort: with more, MIME_CONFLICT or MIME_MANY_PARAMETERS is set. Returns how many;
 * *ret is the arena's. */
size_t mime_node_names(const struct mime_tree *tree, const struct mime_node *node,
		       struct arena *arena, const char *const **ret);

/* The node's body out of its transfer encoding (not its charset): its first max bytes are
 * appended to out. Lenient, as text.h says. 0, or -EOPNOTSUPP for an unknown encoding. */
int mime_node_decode(const struct mime_tree *tree, const struct mime_node *node, size_t max,
		     struct buf *out);

/* How many bytes the whole body would be, decoded; keeps none of them. As above. */
int mime_node_size(const struct mime_tree *tree, const struct mime_node *node,
		   size_t *ret_size);

#endif

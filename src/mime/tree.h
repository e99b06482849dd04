/* The parts of a message as byte offsets into its body (RFC 2045, 2046, 2183). The scanner
 * copies nothing, never fails, and takes linear time; where mail programs may read a
 * structure differently it sets a flag. In this body of a multipart/mixed with boundary=b
 *
 *	0	--b\r\n
 *	5	Content-Type: text/html\r\n
 *	30	\r\n
 *	32	Hi\r\n
 *	36	--b--\r\n
 *
 * the nodes are
 *
 *	0	body 0 to 43, first_delimiter 0, close_delimiter 36, part_end 43
 *	1	headers 5 to 30, body 32 to 34, part_end 36
 *
 * The line break in front of a delimiter line belongs to the delimiter, not to the part. */
#ifndef MIME_TREE_H
#define MIME_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/encoding.h"

struct arena;
struct buf;
struct mime_boundary;
struct mime_budget;

#define MIME_NO_NODE   UINT_MAX
#define MIME_NO_OFFSET SIZE_MAX
#define MIME_NAMES_MAX 128u /* file names of a part */

/* Why mail programs may read a structure differently: our name, the word for the log. */
/* clang-format off */
#define MIME_FLAGS(X)                                                                   \
	/* a multipart without any delimiter line, or with nothing but its close        \
	 * delimiter, in a text that looks as if it had parts */                        \
	X(NO_PARTS, "no-parts")                                                         \
	/* a multipart whose Content-Type has no boundary, in a text that looks as if   \
	 * it had parts; or has one above 255 bytes */                                  \
	X(NO_BOUNDARY, "no-boundary")                                                   \
	/* a boundary that is also that of an outer multipart, or that common programs  \
	 * read differently (boundary.h) */                                             \
	X(ODD_BOUNDARY, "odd-boundary")                                                 \
	/* a line that only some programs take for a delimiter: it begins like one and  \
	 * has more behind it; it is one of another reading of the boundary; or it      \
	 * stands behind the close delimiter */                                         \
	X(ODD_DELIMITER, "odd-delimiter")                                               \
	/* a close delimiter directly behind another delimiter: some programs take both \
	 * for one, and the multipart for open */                                       \
	X(NO_BLANK_LINE, "no-blank-line")                                               \
	/* a line of a header block that is no field, or has a NUL or a lone CR */      \
	X(BAD_HEADER, "bad-header")                                                     \
	/* Content-Type, -Transfer-Encoding or -Disposition twice, and different (see   \
	 * mime_is_same_value()) */                                                     \
	X(CONFLICT, "conflict")                                                         \
	/* a Content-Type that is not of the form type/subtype, nor empty or "text",    \
	 * which all programs take for text/plain */                                    \
	X(BAD_TYPE, "bad-type")                                                         \
	/* a Content-Type or -Disposition with more parameters than are read */         \
	X(MANY_PARAMETERS, "many-parameters")                                           \
	/* a multipart in an encoding other than 7bit, 8bit or binary that is another   \
	 * one when it is decoded; its parts are found as if there were no encoding. Or \
	 * a message in such an encoding, which is not entered, if into_messages is set */ \
	X(ENCODED, "encoded-container")                                                 \
	/* "--" behind a CR that is not followed by LF; if find_lone_cr is set */       \
	X(LONE_CR, "lone-cr")                                                           \
	/* a container at the depth limit, which was not entered */                     \
	X(TOO_DEEP, "too-deep")                                                         \
	/* a container whose further parts were left out, at the limit of nodes */      \
	X(TOO_MANY, "too-many-parts")                                                   \
	/* a part whose fields were not read: the message takes too much work (budget.h) */ \
	X(OVER_BUDGET, "over-budget")
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
	size_t from, to; /* of the first byte, behind the last */
};

/* A header field in the body; to is 0 if there is none. */
struct mime_field {
	size_t from, to;	 /* of the whole field, its last line break included */
	size_t value, value_end; /* behind the colon; in front of the last line break */
};

struct mime_node {
	unsigned parent, next, child; /* index of the parent, next sibling, first child */
	unsigned depth;		      /* 0 for the message itself */
	unsigned flags;		      /* bits of enum mime_flag */
	enum mime_encoding encoding;
	bool is_multipart;  /* has a boundary, and its parts were looked for */
	bool is_message;    /* message/rfc822, /global or /news; see into_messages */
	bool is_attachment; /* has a Content-Disposition that is not "inline" (RFC 2183, 2.8) */
	bool is_named;	    /* has a file name in Content-Disposition or Content-Type */
	bool irregular_params; /* of one of the two (params.h) */
	/* And for that reason programs may see another type or a file name in them. */
	bool unclear_kind;
	/* A multipart or message in an encoding other than 7bit, 8bit or binary: programs that
	 * decode it may find other parts. MIME_ENCODED is not always set. */
	bool is_encoded;
	/* In lower case. Without a readable Content-Type: text/plain, or message/rfc822 in a
	 * multipart/digest. */
	const char *type;
	/* As written; NULL: none, or an empty one; "": there are two different ones. */
	const char *charset;
	const char *disposition; /* lower case; NULL: none; "": unreadable */
	const char *content_id;	 /* without < >; NULL: none */
	const char *start;	 /* parameter of a multipart, without < >; NULL: none */
	const char *boundary;	 /* of a multipart; NULL: none */
	/* Other readings of the boundary (boundary.h); NULL: none. */
	const struct mime_boundary *readings;
	struct mime_range headers; /* its end is where the empty line begins */
	/* Where some programs end the header block: at a line of nothing but blanks in a folded
	 * field; MIME_NO_OFFSET: there is none. */
	size_t blank_fold;
	struct mime_range body;
	size_t part_end; /* where the delimiter line that ends the part begins, or the end */
	/* Of a multipart: where its first delimiter line (of either kind) and its close
	 * delimiter line begin; MIME_NO_OFFSET: there is none. */
	size_t first_delimiter, close_delimiter;
	struct mime_field content_type, transfer_encoding, content_disposition, content_md5;
};

struct mime_limits {
	unsigned parts; /* nodes at most, at least 1 */
	unsigned depth; /* containers of this depth are not entered */
	/* Taken by the scan (budget.h). NULL: it has one of its own. */
	struct mime_budget *budget;
};

/* Whole lines of the content of one part, which stand in the message in front of data[at], the
 * begin of a line, but are not in data. So a text that was put together of long pieces is
 * scanned without a copy of them (rope.h). */
struct mime_gap {
	size_t at;
	const char *data;
	size_t len;
};

/* What is scanned. All of it must stay unchanged while the tree is used. */
struct mime_source {
	const char *data;
	size_t len;
	/* In ascending order. The lines in gaps are searched for delimiters like all others,
	 * but offsets do not count them. Of the functions that read a node's bytes only those
	 * of compare.h include them. */
	const struct mime_gap *gap;
	size_t n_gaps;
	/* data begins with the message's header block; then the four below are not used. */
	bool has_header;
	/* The fields of the message, folded or not; NULL: there is none. */
	const char *content_type, *transfer_encoding, *content_disposition;
	bool conflict; /* one of them is there twice, and different */
	/* Enter message/rfc822 too. Rules on attachments need it; an editor must not. */
	bool into_messages;
	/* Look for MIME_LONE_CR: some programs take a lone CR for a line break, and so find
	 * delimiters where we do not. Costs a second pass over data. */
	bool find_lone_cr;
};

/* The nodes in preorder: behind a node come its descendants, then its next sibling. A message
 * that was entered has one child, whose headers begin where its body does. */
struct mime_tree {
	struct mime_source source;
	const struct mime_node *node; /* [0] is the message itself */
	unsigned n;
	unsigned flags; /* of all nodes together; not 0: the structure must not be edited */
	/* A gap has a delimiter in it, or is not inside the content of a part: the tree is not
	 * that of the text. */
	bool has_bad_gap;
};

/* Scans a source; the tree is the arena's. Never fails. Takes linear time, and about 350 bytes
 * of memory for a node. */
void mime_scan(struct arena *arena, const struct mime_source *source,
	       const struct mime_limits *limits, struct mime_tree *ret);

/* "odd-boundary, bad-header"; "" for 0. */
const char *mime_flag_words(struct arena *arena, unsigned flags);

/* Appends the number of a part, as IMAP has it (RFC 9051, 6.4.5): "1.2" is the second part of a
 * multipart that is the first part. A message that is no multipart is "1", and one that is has
 * no number: nothing is appended. A multipart that is all of an attached message has the number
 * of that. */
void mime_append_part_number(const struct mime_tree *tree, unsigned node, struct buf *out);

enum mime_field_name { MIME_CONTENT_TYPE, MIME_TRANSFER_ENCODING, MIME_CONTENT_DISPOSITION };

/* Do two values of such a field mean the same for all programs? They do if they differ in white
 * space only; encodings also if both mean that nothing is encoded. */
bool mime_is_same_value(enum mime_field_name name, const char *a, const char *b);

/* The value of a field of the node, the first of that name: as it is written, but without NUL.
 * NULL: there is none. For the message itself it is that of the source, unless has_header is
 * set. */
const char *mime_node_value(const struct mime_tree *tree, const struct mime_node *node,
			    enum mime_field_name name, struct arena *arena);

/* Every file name that a mail program may find: the parameters "filename" and "name" of all
 * Content-Disposition fields of the node, then of all Content-Type fields, in every way in
 * which they may be read (names.h). Names are UTF-8, decoded and joined (RFC 2231), without
 * invisible characters and without dots and blanks at the end (name_list.h); empty names and
 * repetitions are left out. At most MIME_NAMES_MAX names, from at most 128 fields of each kind;
 * where there are more fields, MIME_CONFLICT is set. Charges for the fields and the names; over
 * the budget further names are left out. Returns how many; *ret is the arena's. */
size_t mime_node_names(const struct mime_tree *tree, const struct mime_node *node,
		       struct mime_budget *budget, struct arena *arena,
		       const char *const **ret);

/* Appends the first max bytes of the node's body, decoded from its transfer encoding but not
 * from its charset. Decoding is lenient (encoding.h). 0, or -EOPNOTSUPP for an unknown
 * encoding. */
int mime_node_decode(const struct mime_tree *tree, const struct mime_node *node, size_t max,
		     struct buf *out);

/* The size of the whole body, decoded as above, without keeping it in memory. */
int mime_node_size(const struct mime_tree *tree, const struct mime_node *node,
		   size_t *ret_size);

#endif

/* Finds the parts of a message, with all that mail programs may take for their names, types and
 * content. The rules of the policy "attachment" are applied to the result. Every part counts,
 * multiparts too: programs list a part that they do not display as an attachment, whether it
 * has a name or not. A file that is uuencoded in a text is a part of its own, too, of type
 * application/octet-stream.
 *
 * A message with a regular MIME structure is read in one way, by its tree. In an irregular one
 * (tree->flags is not 0) mail programs see different parts, so every block of lines that looks
 * like the headers of a part counts, see mime/lenient.h. A multipart or message in a transfer
 * encoding is decoded and searched too.
 *
 * Let a message of type "multipart/mixed; boundary=b" have this body:
 *
 *	--c
 *	Content-Type: a/b; name=x.exe
 *
 *	MZ...
 *	--c--
 *
 * Its boundary never comes, so its tree has no such part. But a program that takes "--c" for a
 * delimiter shows x.exe, so it is found as an attachment without a node. */
#ifndef CONTENT_ATTACHMENTS_H
#define CONTENT_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/tree.h"

struct arena;
struct message;

struct attachment {
	unsigned node; /* in the message's tree; MIME_NO_NODE: only found in another way */
	/* It is a file that is uuencoded in the text of that node: these bytes of the text,
	 * decoded. Both 0: it is the whole part. */
	size_t text_from, text_to;
	/* Every name that some program may show, in UTF-8; none: it has no name. */
	const char *const *names;
	size_t n_names;
	const char *const *types; /* lower case, at least one */
	size_t n_types;
	/* Of a part that contains others both are 0. */
	unsigned kinds; /* what its first bytes may be: bits of magic.h */
	uint64_t size;	/* bytes, decoded; without a node an estimate; 0 unless asked for */
	bool is_file;	/* it is an attachment, see content_is_attachment() */
	/* It is text that programs display in the message, or in an attached one: text/plain
	 * or text/html, without a name, and neither it nor a multipart around it is an
	 * attachment. */
	bool is_displayed;
	bool holds_displayed; /* it is a multipart that has such text in it, or may have */
};

struct attachments {
	const struct attachment *part; /* those with nodes in the order of these */
	size_t n;
	/* NULL: all of them were found. Else why some may be missing, a phrase for the log. */
	const char *unseen;
	/* NULL: the content of all was read. Else why some may be of other kinds, too. */
	const char *unread;
};

/* tree: of content_mime_tree() with attached messages; m: the same message. want_sizes: fill
 * in the sizes. The arena owns all of *ret. Time and memory are linear in the body. */
void attachments_find(const struct mime_tree *tree, const struct message *m,
		      const struct mime_limits *limits, bool want_sizes, struct arena *arena,
		      struct attachments *ret);

#endif

/* The attachments of a message in every reading of it: what a rule about files looks at. Layer
 * 3. configuration.md "attachment".
 *
 * A regular structure is read in one way, and that is it. Of an irregular one every header of a
 * part is found wherever it stands (mime/loose.h), with every name, type and encoding that it
 * may mean; containers in a transfer encoding are taken out of it and looked into. */
#ifndef CONTENT_PARTS_H
#define CONTENT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/tree.h"

struct arena;
struct message;

struct attachment {
	unsigned node; /* of the tree; MIME_NO_NODE: only another reading has it */
	const char *const *names;
	size_t n_names;
	const char *const *types; /* lower case, at least one */
	size_t n_types;
	unsigned kinds; /* by its first bytes: magic.h */
	uint64_t size;	/* decoded; of another reading about so; 0 unless wanted */
};

struct attachments {
	const struct attachment *part;
	size_t n;
	/* NULL, or why there may be parts that were not found, for the log. */
	const char *unseen;
};

/* tree is the message's own (policy_mime_tree(), into messages), m has the same headers. Time
 * is linear in the body. All memory is the arena's. */
void attachments_find(const struct mime_tree *tree, const struct message *m,
		      const struct mime_limits *limits, bool want_sizes, struct arena *arena,
		      struct attachments *ret);

#endif

/* What the three files of the policy "attachment" share: attachment.c applies the blocks to a
 * message, attachment_block.c reads them from the configuration, attachment_strip.c takes files
 * out of a message. */
#ifndef POLICIES_ATTACHMENT_H
#define POLICIES_ATTACHMENT_H

#include "content/attachments.h"
#include "match/patterns.h"
#include "policy/policy.h"

/* Of replies and notices. */
#define ATTACHMENT_PLACEHOLDERS                                                                \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDER_BIT(PLACEHOLDER_NAME))

#define BLOCK_ACTIONS(X)                                                                       \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(STRIP, "strip")

#define X(ID, word) BLOCK_##ID,
enum block_action { BLOCK_ACTIONS(X) BLOCK_ACTION_COUNT };
#undef X

/* One value of `extension`. */
struct block_extension {
	const char *text; /* without a dot in front; NULL: table */
	size_t len;	  /* of text */
	const struct table *table;
};

struct attachment_block {
	const struct policy_rule *rule; /* its title, and how it is logged */
	const struct block_extension *extensions;
	size_t n_extensions;
	struct patterns name, type;
	unsigned kinds; /* bits of mime/magic.h; 0: any kind */
	bool has_size;	/* size_over is written */
	uint64_t size_over;
	bool sees_displayed; /* text that is displayed is looked at, too */
	enum block_action action;
	struct reply reply;
	const struct template *notice; /* of strip */
};

struct attachment_hit { /* a part that a block hits */
	const struct attachment *part;
	const char *name; /* the file name that matched, else its first name or its type */
};

extern const struct option attachment_block_options[];

/* Reads one section "block". 0, or a negative number after section_error(). */
int attachment_read_block(struct policy_setup *setup, const struct section *s,
			  struct attachment_block *ret);

/* Adds what the policy needs for a block. */
void attachment_add_block_need(struct policy_need *need, const struct attachment_block *b);

/* A file name for replies, notices and the log. The sender chose it: a long one is cut between
 * two characters, an empty one is "(unnamed)". */
const char *attachment_short_name(struct arena *arena, const char *name);

/* The same name or another text in ASCII: each other character becomes '?'. */
const char *attachment_ascii(struct arena *arena, const char *text);

/* Replaces the files that a block hits by its notice. tree: of the message, with attached ones;
 * the hits, at least one, are in the order of their nodes. VERDICT_CONTINUE, or that of
 * policy_fail() when they cannot be replaced. */
enum verdict attachment_strip(struct policy_call *c, const struct attachment_block *b,
			      const struct mime_tree *tree, const struct attachment_hit *hits,
			      size_t n);

#endif

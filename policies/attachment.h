/* What the three files of the policy "attachment" share: attachment.c applies the rules to a
 * message, attachment_rule.c reads them from the configuration, attachment_strip.c takes files
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
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDER_BIT(PLACEHOLDER_NAME) |               \
	 PLACEHOLDERS_FOUND)

#define ATTACHMENT_ACTIONS(X)                                                                  \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(STRIP, "strip")

#define X(ID, word) ATTACHMENT_##ID,
enum attachment_action { ATTACHMENT_ACTIONS(X) ATTACHMENT_ACTION_COUNT };
#undef X

/* One value of `extension`. */
struct attachment_extension {
	const char *text; /* without a dot in front; NULL: table */
	size_t len;	  /* of text */
	const struct table *table;
};

struct attachment_rule {
	const struct policy_rule *rule; /* its title, and how it is logged */
	const struct attachment_extension *extensions;
	size_t n_extensions;
	struct patterns name, type;
	unsigned kinds; /* bits of mime/magic.h; 0: any kind */
	bool has_size;	/* size_over is written */
	uint64_t size_over;
	bool sees_displayed; /* text that is displayed is looked at, too */
	enum attachment_action action;
	struct reply reply;
	const struct template *notice; /* of strip */
};

struct attachment_hit { /* a part that a rule hits */
	const struct attachment *part;
	const char *name; /* the file name that matched, else its first name or its type */
};

extern const struct option attachment_rule_options[];

/* Reads one section "rule". 0, or a negative number after section_error(). */
int attachment_read_rule(struct policy_setup *setup, const struct section *s,
			 struct attachment_rule *ret);

/* Adds what the policy needs for a rule. */
void attachment_add_rule_need(struct policy_need *need, const struct attachment_rule *rule);

/* A file name for replies, notices and the log. The sender chose it: a long one is cut between
 * two characters, an empty one is "(unnamed)". */
const char *attachment_short_name(struct arena *arena, const char *name);

/* The same name or another text in ASCII: each other character becomes '?'. */
const char *attachment_ascii(struct arena *arena, const char *text);

/* Replaces the files that a rule hits by its notice. tree: of the message, with attached ones;
 * the hits, at least one, are in the order of their nodes. VERDICT_CONTINUE, or that of
 * policy_fail() when they cannot be replaced. */
enum verdict attachment_strip(struct policy_call *c, const struct attachment_rule *rule,
			      const struct mime_tree *tree, const struct attachment_hit *hits,
			      size_t n);

#endif

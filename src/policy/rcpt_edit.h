/* Changes of recipients that several policies make. A part of policy.h for those policies.
 * Mailboxes are without brackets. */
#ifndef POLICY_RCPT_EDIT_H
#define POLICY_RCPT_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"

/* "<ann@example.com>", as it stands in an SMTP command. The arena's. */
const char *policy_make_path(struct arena *arena, const char *mailbox);
/* Is it this recipient, as the client wrote it or as the MTA takes it? */
bool policy_rcpt_is(const struct rcpt *r, const char *mailbox);
/* Appends the ESMTP parameters that results of a recipient inherit: those of RFC 3461, NOTIFY
 * and ORCPT. */
void policy_append_dsn_args(const struct rcpt *r, struct buf *out);

/* Is it a recipient, as this policy has the message? */
bool policy_has_rcpt(struct policy_call *c, const char *mailbox);
/* Adds a recipient that gets a copy, unless it is one already. Nobody is told of its delivery
 * (NOTIFY=NEVER, RFC 3461). */
void policy_add_copy(struct policy_call *c, const char *mailbox);
/* The recipient of that index becomes this one, with its NOTIFY and ORCPT. */
void policy_redirect_rcpt(struct policy_call *c, size_t index, const char *mailbox);
/* All recipients become this one. */
void policy_redirect_message(struct policy_call *c, const char *mailbox);

#endif

/* What policies that edit the body do with the header fields that describe it. */
#ifndef POLICIES_BODY_EDIT_H
#define POLICIES_BODY_EDIT_H

#include <stdbool.h>

#include "policy/policy.h"
#include "rewrite/placement.h"

struct buf;

/* Deletes the headers that hold a sum or a size of the old body. */
void body_edit_delete_sums(struct policy_call *c);

/* Appends the headers that describe the body, as fields of the part that the body becomes. */
void body_edit_append_fields(const struct message *m, struct buf *out);

/* Deletes the headers that describe the body, but for the first Content-Type and, with
 * has_encoding, the first Content-Transfer-Encoding: these two get new values. */
void body_edit_delete_fields(struct policy_call *c, bool has_encoding);

/* Makes the placement the body of the message, with its fields. */
void body_edit_place(struct policy_call *c, const struct placement *done);

#endif

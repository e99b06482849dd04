/* A new body and the fields that describe it, for policies that edit content. Layer 3. */
#ifndef POLICY_CONTENT_H
#define POLICY_CONTENT_H

struct buf;
struct mime_rope;
struct policy_call;

/* Content-Type and Content-Transfer-Encoding of the message, each NULL: as it is. The first one
 * of its name is changed, or one is made; and MIME-Version, where there is none. */
void content_set_labels(struct policy_call *c, const char *type, const char *encoding);

/* The message's body is this from now on. Its memory is the message's then: not copied, since
 * it may be large; *body is empty. */
void content_use_body(struct policy_call *c, struct buf *body);

/* Likewise this: bytes of the body as it was, and of the message's arena. */
void content_use_rope(struct policy_call *c, const struct mime_rope *pieces);

#endif

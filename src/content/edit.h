/* Replaces the content of a message: its body, and the fields that describe the body. The
 * changes are made in the model of the message, and can be undone there like all others. */
#ifndef CONTENT_EDIT_H
#define CONTENT_EDIT_H

struct buf;
struct message;
struct mime_rope;

/* Sets Content-Type and Content-Transfer-Encoding; NULL: that field stays as it is. The first
 * field of the name gets the value; where there is none it is added, and so is MIME-Version.
 * Both NULL: nothing is changed. */
void content_set_fields(struct message *m, const char *type, const char *encoding);

/* Makes the bytes of *body the message's body. They are not copied, since they may be many:
 * the message's arena owns them from then on, and *body is empty. */
void content_set_body(struct message *m, struct buf *body);

/* Makes the pieces the message's body, one behind the other. They are not copied: each must be
 * bytes of the body as it was, or the arena's of the message. */
void content_set_body_pieces(struct message *m, const struct mime_rope *pieces);

#endif

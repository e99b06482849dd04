/* A mail as the MTA holds it, what the filter's modifications make of it, and its text, by
 * which two mails are compared. */
#ifndef PROPERTY_MAIL_H
#define PROPERTY_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/reply.h"
#include "random.h"
#include "util/arena.h"
#include "util/buf.h"

#define MAIL_RCPTS_MAX	64u
#define MAIL_FIELDS_MAX 200u

struct mail_rcpt {
	const char *addr; /* with brackets */
	const char *args; /* one ESMTP argument, or NULL */
};

struct mail_field {
	const char *name, *value;
	bool own; /* the MTA's own Received, which the filter does not see */
};

/* A mail is copied by assignment; its strings belong to the arena. */
struct mail {
	struct arena *arena;
	const char *host, *addr, *helo, *auth; /* of the client; auth NULL: not logged in */
	char family;
	uint16_t port;
	const char *sender, *sender_args; /* args: one, or NULL */
	struct mail_rcpt rcpts[MAIL_RCPTS_MAX];
	size_t n_rcpts;
	struct mail_field fields[MAIL_FIELDS_MAX];
	size_t n_fields;
	const char *body;
	size_t body_len;
	const char *quarantine; /* or NULL */
	bool broken;		/* a modification that no MTA takes */
};

/* A random one, with up to four recipients, each once. */
void mail_random(struct mail *m, struct arena *arena, struct random *r);
/* Mail that Postfix submits itself: no verdict is sent before the end of the message. */
void mail_make_local(struct mail *m);

/* Applies one modification as Postfix does. body: all of the new body, of REPLY_REPLACE_BODY.
 */
void mail_apply(struct mail *m, const struct milter_reply *reply, const struct buf *body);

/* Appends what will be delivered: recipients in the order of their addresses, boundaries of
 * ours by number. */
void mail_write(const struct mail *m, struct buf *out);
/* Bytes on the wire, as SIZE= of MAIL counts them. */
size_t mail_size(const struct mail *m);

#endif

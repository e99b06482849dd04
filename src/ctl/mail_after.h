/* A message as the MTA delivers it: what it was, with the changes that the filter sent. Input:
 * a message and the filter's changes; output: the message after them, and both as text.
 *
 * Postfix and Sendmail differ: after a deletion Postfix counts the fields of that name anew,
 * Sendmail does not; and a field that is added stands at the end in Postfix, in front of the
 * first one of its name in Sendmail. */
#ifndef CTL_MAIL_AFTER_H
#define CTL_MAIL_AFTER_H

#include <stddef.h>

#include "ctl/mta_outcome.h"
#include "ctl/mta_script.h"

struct arena;
struct buf;

struct mail_after {	    /* all of it is the arena's, or of the message and its changes */
	const char *sender; /* "<address>" */
	const char *const *rcpts;	  /* up to NULL */
	const struct mta_header *headers; /* up to a NULL name */
	const char *body;
	size_t body_len;
	const char *quarantine; /* the reason, or NULL */
};

/* Without changes: the message as it was sent. */
struct mail_after mail_after_apply(struct arena *arena, const struct mta_message *message,
				   const struct mta_change *changes);

/* The random digits of boundaries that polymilter has made become zeros, so that two results of
 * the same work are equal: "=_polymilter_0000". */
void mail_mask_boundaries(char *text, size_t len);
/* The same in the header and the body, which are copied where they have some. */
void mail_after_mask_boundaries(struct arena *arena, struct mail_after *m);

/* Appends the envelope, header and body, as lines that end with LF:
 *
 *	MAIL FROM:<ann@example.org>
 *	RCPT TO:<bob@example.com>
 *	Subject: hello
 *
 *	text */
void mail_after_write(const struct mail_after *m, struct buf *out);

#endif

/* Replies of the filter: written as frames that both Postfix and Sendmail take, and decoded for
 * the MTA's half (client.h). The forms: see src/milter/README, replies. */
#ifndef MILTER_REPLY_H
#define MILTER_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "milter/frame.h"
#include "milter/proto.h"

struct buf;

/* OPTNEG, the answer to the MTA's offer. lists: for each macro stage the names, blanks between
 * them, or NULL for the MTA's own list; lists NULL: none at all. They are written only when
 * terms->actions has SETSYMLIST. */
void milter_put_optneg(struct buf *out, const struct milter_terms *terms,
		       const char *const *lists);

/* A reply without a payload: 'c' 'a' 'r' 't' 'd' 's' 'p'. */
void milter_put_simple(struct buf *out, unsigned char reply);

/* REPLYCODE. code 400 to 599; xcode: the enhanced status code, "5.7.1", or NULL; text: lines
 * with LF between them. Writes the form that both MTAs take: CRLF between lines, '-' behind the
 * code in all but the last, '%' doubled (the MTAs use the text as a printf format), '?' for
 * bytes that are not printable ASCII. What exceeds 980 bytes in a line or 32 lines is cut, as
 * libmilter limits them. An xcode of another class than the code becomes 5.0.0 or 4.0.0; so
 * does a missing one when the text begins with a digit, because Postfix refuses "550 4...". */
void milter_put_replycode(struct buf *out, unsigned code, const char *xcode, const char *text);

/* Modifications, at eom only. A value is written with LF line ends, without CR and without a
 * line end behind it; a continuation line that begins with neither blank nor tab gets a blank.
 * It is cut when it is too long for a frame. With LEADSPC the blank in front is the caller's.
 * For a name that is empty or longer than 998 bytes nothing is written: Postfix would write ":
 * value" or fail the message. Addresses get angle brackets when they have none. args may be
 * NULL or "". */
void milter_put_add_header(struct buf *out, const char *name, const char *value);
void milter_put_insert_header(struct buf *out, uint32_t index, const char *name,
			      const char *value);
void milter_put_change_header(struct buf *out, uint32_t nth, const char *name,
			      const char *value); /* NULL deletes; "" becomes one blank */
void milter_put_change_from(struct buf *out, const char *addr, const char *args);
void milter_put_add_rcpt(struct buf *out, const char *addr, const char *args);
void milter_put_del_rcpt(struct buf *out, const char *addr); /* exactly as the MTA sent it */
/* The reason is cut at 980 bytes and gets '?' as in milter_put_replycode(); it may be empty. */
void milter_put_quarantine(struct buf *out, const char *reason);

/* Appends a value in that form, without a NUL; what goes over `space` bytes is cut. */
void milter_put_header_value(struct buf *out, const char *value, size_t space);

/* A reply, decoded. Pointers lead into the frame; strings end with a NUL inside it. */
struct milter_reply {
	unsigned char reply; /* letter of the wire */
	uint32_t index;	     /* of 'i' and 'm' */
	const char *name;  /* of a header; or the address, the reason, the text of the reply */
	const char *value; /* of a header; or the parameters of the address, NULL: none */
	const void *data;  /* 'b': the body; OPTNEG: the macro lists, each u32 stage, string */
	size_t len;
	struct milter_terms terms; /* OPTNEG */
};

/* 0 and *ret; or -EBADMSG for what Postfix logs as an unexpected or bad reply: a payload of
 * another form, a REPLYCODE that does not begin with "4dd " or "5dd-", or one with an enhanced
 * code of another class. */
int milter_reply_decode(const struct milter_frame *frame, struct milter_reply *ret);

#endif

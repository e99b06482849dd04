/* What a filter answers, as frames; and the other way round for the MTA's half. Layer 1,
 * pure. protocol.md 5. */
#ifndef MILTER_REPLY_H
#define MILTER_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "milter/frame.h"
#include "milter/proto.h"

struct buf;

/* Our OPTNEG. lists: MACRO_STAGES entries of macro names separated by blanks, NULL: the MTA's
 * own list; NULL altogether: none. They go out only when terms->actions has SETSYMLIST. */
void milter_put_optneg(struct buf *out, const struct milter_terms *terms,
		       const char *const *lists);

/* 'c' 'a' 'r' 't' 'd' 's' 'p': no payload. */
void milter_put_simple(struct buf *out, unsigned char reply);

/* REPLYCODE. code 400 to 599; xcode "5.7.1" or NULL; text: lines separated by LF. Makes what
 * both MTAs take: CRLF between lines, '-' on all but the last, '%' doubled, bytes that are not
 * printable ASCII as '?', 980 bytes a line, 32 lines; what is more is cut. An xcode that is not
 * of the code's class becomes 5.0.0 or 4.0.0, and text that begins with a digit but has no
 * xcode gets that: Postfix refuses "550 4...". */
void milter_put_replycode(struct buf *out, unsigned code, const char *xcode, const char *text);

/* Changes (eom only). Values are written with LF, without CR and without line ends behind; a
 * continuation line that does not start with a blank or tab gets a blank. The leading blank of
 * LEADSPC is the caller's. A value that is too long for a frame is cut. A name that is empty or
 * beyond 998 bytes appends nothing: Postfix would write ": value" or fail the message.
 * Addresses get their angle brackets when they have none. args may be NULL or "". */
void milter_put_add_header(struct buf *out, const char *name, const char *value);
void milter_put_insert_header(struct buf *out, uint32_t index, const char *name,
			      const char *value);
void milter_put_change_header(struct buf *out, uint32_t nth, const char *name,
			      const char *value); /* NULL deletes; "" writes one blank */
void milter_put_change_from(struct buf *out, const char *addr, const char *args);
void milter_put_add_rcpt(struct buf *out, const char *addr, const char *args);
void milter_put_del_rcpt(struct buf *out, const char *addr); /* exactly as the MTA sent it */
void milter_put_quarantine(struct buf *out, const char *reason); /* cleaned like a reply */

/* A filter's answer, decoded for the MTA's half; pointers lead into the frame, strings end
 * with NUL inside it. */
struct milter_reply {
	unsigned char reply; /* the wire letter */
	uint32_t index;	     /* of 'i' and 'm' */
	const char *name;    /* a header's; or the address, the reason, the reply's text */
	const char *value;   /* a header's; or the address's arguments, NULL: none */
	const void *data; /* body; behind OPTNEG the raw macro lists: u32 stage, string, ... */
	size_t len;
	struct milter_terms terms; /* OPTNEG */
};

/* 0, or -EBADMSG for what Postfix would call an unexpected reply or a bad one: a payload of
 * another form, REPLYCODE without "4dd " or "5dd-" at its start or with two classes.
 * *ret is written only on success. */
int milter_reply_decode(const struct milter_frame *frame, struct milter_reply *ret);

#endif

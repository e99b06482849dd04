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
 * printable ASCII as '?', 980 bytes a line, 32 lines. */
void milter_put_replycode(struct buf *out, unsigned code, const char *xcode, const char *text);

/* Changes (eom only). Values have LF, no CR; a line that does not start with a blank or tab
 * gets one; addresses get their angle brackets when they have none. args may be NULL. */
void milter_put_add_header(struct buf *out, const char *name, const char *value);
void milter_put_insert_header(struct buf *out, uint32_t index, const char *name,
			      const char *value);
void milter_put_change_header(struct buf *out, uint32_t nth, const char *name,
			      const char *value); /* NULL deletes; "" writes one blank */
void milter_put_change_from(struct buf *out, const char *addr, const char *args);
void milter_put_add_rcpt(struct buf *out, const char *addr, const char *args);
void milter_put_del_rcpt(struct buf *out, const char *addr); /* exactly as the MTA sent it */
void milter_put_body(struct buf *out, const void *data, size_t len); /* chunks; 0: one empty */
void milter_put_quarantine(struct buf *out, const char *reason);

/* A filter's answer, decoded for the MTA's half; pointers lead into the frame. */
struct milter_reply {
	unsigned char reply; /* the wire letter */
	uint32_t index;
	const char *name, *value; /* headers; addr and args (NULL: none); reason; reply text */
	const void *data;	  /* body */
	size_t len;
	struct milter_terms terms; /* OPTNEG, and the raw macro lists in data, len */
};

/* 0, or -EBADMSG for what Postfix would call an unexpected reply. */
int milter_reply_decode(const struct milter_frame *frame, struct milter_reply *ret);

#endif

/* The difference between the message as the MTA has it and the model: the modification frames
 * that turn one into the other, as few as possible, in an order that Postfix and Sendmail
 * understand in the same way (see src/milter/README, modifications):
 *
 *  1. changed and deleted headers, from the highest index down: after a deletion Postfix
 *     renumbers the headers of that name, Sendmail does not;
 *  2. inserted headers, from the bottom up, those below the MTA's own Received first, while
 *     that is still at index 0;
 *  3. headers added at the end;
 *  4. sender, deleted recipients, added recipients;
 *  5. the new body, whose frames must not have any other frame between them (Postfix);
 *  6. quarantine.
 *
 * The index of a change counts the headers of that name, from 1, as the MTA sent them. The
 * index of an insertion counts all headers, from 0, the MTA's own Received included. Example:
 * the MTA sent
 *
 *	Received: one
 *	Received: two
 *	Subject: a
 *
 * and policies deleted the first Received, changed the second, inserted X-Top at HEADER_TOP and
 * X-Below at HEADER_BELOW, and added X-New and another Subject. The frames are
 *
 *	change  2 Received "changed"
 *	change  1 Received ""          which deletes it
 *	insert  1 X-Below              below the MTA's own Received, which is at 0
 *	insert  0 X-Top
 *	add       X-New
 *	insert  100000 Subject "b"     at the end: Sendmail would add it before the Subject */
#ifndef SESSION_DIFF_H
#define SESSION_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/message.h"

struct buf;

/* Appends the frames but those of a new body to out; what comes behind the body goes to rest,
 * which may be out when the body is not changed. Returns the number of changes, a new body
 * included. actions: as negotiated. Without ADD_RCPT_PAR recipients are added without their
 * parameters, and *lost counts those that had some. */
size_t diff_write(struct message *m, uint32_t actions, struct buf *out, struct buf *rest,
		  size_t *lost);

/* Appends frames of the new body, max bytes of them or a few more, from *place on ({0} at
 * first), which moves. Returns whether there are more. */
struct diff_place {
	size_t part, at; /* of message.body_parts; a byte in it */
};
bool diff_write_body(const struct message *m, struct diff_place *place, size_t max,
		     struct buf *out);

/* The changes by kind. */
struct diff_counts {
	size_t addheader, insheader, chgheader, delheader, chgfrom, delrcpt, addrcpt, replbody,
		quarantine;
};
struct diff_counts diff_count(struct message *m);
/* Appends them for the log, "addheader:2 delrcpt:1"; nothing when there are none. */
void diff_write_summary(const struct diff_counts *counts, struct buf *out);

#endif

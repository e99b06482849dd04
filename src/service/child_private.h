/* What the files of the child milter share: child.c moves bytes, child_dialog.c writes the
 * MTA's half, child_macros.c its macros, child_answer.c takes the replies. */
#ifndef SERVICE_CHILD_PRIVATE_H
#define SERVICE_CHILD_PRIVATE_H

#include "service/child.h"
#include "util/arena.h"

/* BAD_ANSWER, with this in the exchange's text. */
enum exchange_state child_fail(struct child *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct arena *child_arena(struct child *c); /* of the answer; made at first use */

/* child_dialog.c: appends the next steps, until a reply has to be read or a window is full. */
void child_write_steps(struct child *c, struct buf *out);

/* child_macros.c: appends the macros of the stage, if there are any. path: whose address
 * {mail_addr} or {rcpt_addr} is, or NULL. */
void child_put_macros(const struct child *c, struct buf *out, enum stage s,
		      const struct child_path *path);

/* child_answer.c: takes one frame. Not GOES_ON: the play has ended. */
enum exchange_state child_take_frame(struct child *c, const struct milter_frame *f);

/* child_reply.c: the refusal that 'r', 't', '4' or 'y' is. Strings are the arena's, or
 * constant. */
void child_read_reply(struct arena *arena, const struct milter_reply *r,
		      struct child_reply *ret);

/* child_change.c: adds a modification to the answer. GOES_ON; or BAD_ANSWER. */
enum exchange_state child_take_change(struct child *c, const struct milter_reply *r);

#endif

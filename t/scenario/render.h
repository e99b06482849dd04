/* What a filter answers, as the text that stands behind '<' in a .rpl file. */
#ifndef SCENARIO_RENDER_H
#define SCENARIO_RENDER_H

#include "milter/reply.h"

struct buf;

/* Appends the reply: "continue", "replycode 550 5.7.1 text", "addheader Name value". Bytes that
 * are not printable are escaped. Of a body only the data, without "replbody". */
void render_reply(const struct milter_reply *reply, struct buf *out);
void render_bytes(const char *s, size_t len, struct buf *out);

/* Does an optneg answer have the fields that the text names? Appends what is wrong. */
void render_check_optneg(const struct milter_reply *reply, const char *const *fields,
			 struct buf *wrong);

#endif

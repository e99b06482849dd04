/* Replies of a filter as the text that stands behind '<' in a .rpl file. Input: decoded
 * replies. Output: text without line ends, for example "replycode 550 5.7.1 No". */
#ifndef SCENARIO_RENDER_H
#define SCENARIO_RENDER_H

#include "milter/reply.h"

struct buf;

/* Appends the reply: "continue", "replycode 550 5.7.1 text", "addheader Name value". Bytes that
 * are not printable are escaped. For a body it appends the data alone, without "replbody". */
void render_reply(const struct milter_reply *reply, struct buf *out);
/* Appends the bytes with the escapes \n \r \t \\ \xNN. */
void render_bytes(const char *s, size_t len, struct buf *out);

/* Compares an answer to OPTNEG with fields ("actions=ADDHDRS", "no=helo", ...; NULL at the end)
 * and appends to wrong those that the answer does not have. */
void render_check_optneg(const struct milter_reply *reply, const char *const *fields,
			 struct buf *wrong);

#endif

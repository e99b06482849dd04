/* The outcome of a message as text for a reader. */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "ctl/mta_connection.h"

struct buf;

/* Where in the dialogue a stage is: "MAIL", "the end of the message". */
const char *show_stage(enum stage stage);
/* Appends a reply as the client reads it, its lines separated by " / ". */
void show_reply(struct buf *b, const char *text);
/* Appends the verdict as one line, then the changes as a diff: "- " before what is removed, "+
 * " before what is added; of a body the lines that differ, after the unchanged line before
 * them. Example:
 *
 *     accepted, with changes
 *     - Subject: hello
 *     + Subject: [SPAM?] hello */
void show_outcome(struct buf *b, const struct mta_message *message,
		  const struct mta_outcome *out);

#endif

/* The outcome of a message as text for a reader. */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "ctl/mta_connection.h"

struct buf;

/* Where in the dialogue a stage is: "MAIL", "the end of the message". */
const char *show_stage(enum stage stage);
/* Appends a text of the message, of which max bytes at most are shown, and then "..."; what
 * could act on a terminal is escaped. */
void show_text(struct buf *b, const char *s, size_t max);
/* Appends the value of a header field as people see it, likewise. */
void show_decoded(struct buf *b, const char *value, size_t max);
/* Appends ", refused 2 recipients"; nothing for 0. */
void show_refused_count(struct buf *b, unsigned n);
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

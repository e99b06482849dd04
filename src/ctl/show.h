/* What became of a message, for people. Layer 8. */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "ctl/mta.h"

struct buf;

/* Appends the verdict in one line, then the changes like a diff: what went with "-", what came
 * with "+", body lines with one unchanged line before them. */
void show_outcome(struct buf *b, const struct mta_mail *mail, const struct mta_outcome *out);

#endif

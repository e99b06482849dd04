/* What changed, as the smallest list of modifications, in the order that both MTAs read alike:
 * header changes and removals from the highest index down, insertions, sender, recipients,
 * body, quarantine. Layer 2, pure. protocol.md 5.2, 5.7, 5.8. */
#ifndef SESSION_DIFF_H
#define SESSION_DIFF_H

#include <stddef.h>
#include <stdint.h>

#include "session/message.h"

struct buf;

/* Appends the frames that turn what the MTA has into the model; returns how many changes.
 * actions: as negotiated; a recipient's arguments are left out when ADDRCPT_PAR is not there
 * (and *lost counts those recipients). */
size_t diff_write(const struct message *m, uint32_t actions, struct buf *out, size_t *lost);

/* For people: "addheader:2 delrcpt:1", or "" when nothing changed. */
void diff_summary(const struct message *m, struct buf *out);

#endif

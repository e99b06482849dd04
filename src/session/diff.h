/* What changed, as the smallest list of modifications, in the order that both MTAs read alike:
 * header changes and removals from the highest index down, insertions, sender, recipients,
 * body, quarantine. Layer 2, pure. protocol.md 5.2, 5.7, 5.8. */
#ifndef SESSION_DIFF_H
#define SESSION_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/message.h"

struct buf;

/* Appends the frames that turn what the MTA has into the model; returns how many changes.
 * actions: as negotiated; a recipient's arguments are left out when ADDRCPT_PAR is not there
 * (and *lost counts those recipients). What stands behind the body goes to rest, which may be
 * out when the body is not changed: its frames are left to diff_write_body(). */
size_t diff_write(const struct message *m, uint32_t actions, struct buf *out, struct buf *rest,
		  size_t *lost);

/* Frames of the new body, from where the last call ended ({0} at first), until there are max
 * bytes of it or a few more. false: that was all. */
struct diff_place {
	size_t part, at;
};
bool diff_write_body(const struct message *m, struct diff_place *place, size_t max,
		     struct buf *out);

/* For people: "addheader:2 delrcpt:1", or "" when nothing changed. */
void diff_summary(const struct message *m, struct buf *out);

#endif

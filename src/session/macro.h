/* Macros by stage. Layer 2. protocol.md 3.1, 4.4. */
#ifndef SESSION_MACRO_H
#define SESSION_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/proto.h"
#include "util/buf.h"

struct macros {
	struct buf pairs[MACRO_STAGES]; /* name NUL value NUL ... */
	const char *id; /* macro i, asked for at each stage, when it was found */
	bool id_known;	/* id says it, NULL too */
};

/* A new set for a stage, by its command letter, replaces the old one and clears those of the
 * stages after it. Letters of other stages are passed over. */
void macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len);
void macros_clear_message(struct macros *m); /* envfrom and later */
void macros_clear(struct macros *m);
void macros_free(struct macros *m);

/* Newest stage first; "i" and "{i}" are one name. NULL: not known. */
const char *macros_get(const struct macros *m, const char *name);
const char *macros_id(struct macros *m); /* of "i": looked for once for each new set */

#endif

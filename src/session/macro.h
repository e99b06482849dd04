/* Macros by stage. Layer 2. protocol.md 3.1, 4.4. */
#ifndef SESSION_MACRO_H
#define SESSION_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/proto.h"
#include "util/buf.h"

#define MACRO_EARLY 2u /* stages that are the connection's: connect, helo */
#define MACRO_LATER 5u /* stages that are a message's */

struct macro_set { /* name NUL value NUL ..., no byte more than they take */
	char *pairs;
	size_t len;
};

struct macros {
	struct macro_set early[MACRO_EARLY];
	struct buf *later; /* MACRO_LATER of them, somebody else's; NULL: there are none now */
	const char *id;	   /* macro i, asked for at each stage, when it was found */
	bool id_known;	   /* id says it, NULL too */
};

/* A new set for a stage, by its command letter, replaces the old one and clears those of the
 * stages after it. Letters of other stages are passed over. Those of a message need later. */
void macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len);
bool macros_are_kept(unsigned char command);	       /* or passed over? */
bool macros_are_later(unsigned char command);	       /* a message's? */
void macros_lend(struct macros *m, struct buf *later); /* empty ones; NULL: take them back */
bool macros_has_later(const struct macros *m);	       /* is there anything in them? */
void macros_clear_message(struct macros *m);	       /* envfrom and later */
void macros_clear(struct macros *m);		       /* frees the connection's, too */

/* Newest stage first; "i" and "{i}" are one name. NULL: not known. */
const char *macros_get(const struct macros *m, const char *name);
const char *macros_id(struct macros *m); /* of "i": looked for once for each new set */

#endif

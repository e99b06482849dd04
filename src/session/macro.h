/* The macros of a connection, by stage.
 *
 * A MACRO frame brings the set of one stage, before the command of that stage. It replaces the
 * set that the stage had and clears those of all later stages. The sets of connect and helo end
 * with the connection, the others with the message: Postfix sends the queue id, i, from the
 * second RCPT of a message on, so without that a MAIL would be logged with the id of the
 * message before. See src/milter/README, macros. */
#ifndef SESSION_MACRO_H
#define SESSION_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/proto.h"
#include "util/buf.h"

#define MACRO_CONNECTION_SETS 2u /* connect, helo */
#define MACRO_MESSAGE_SETS    5u /* envfrom, envrcpt, data, eoh, eom */

struct macro_set { /* NAME NUL VALUE NUL ..., exactly allocated: idle connections have these */
	char *pairs;
	size_t len;
};

struct macros { /* {0} has none */
	struct macro_set connection[MACRO_CONNECTION_SETS];
	struct buf *message;  /* MACRO_MESSAGE_SETS of the transaction; NULL without one */
	const char *queue_id; /* value of i, or NULL, when it was looked up */
	bool queue_id_known;
};

/* Stores the set of a stage, given by the letter of its command, after copying it. Letters of
 * stages that are not kept are ignored: nothing reads macros of header and body. Sets of a
 * message need buffers. */
void macros_set(struct macros *m, unsigned char command, const char *pairs, size_t len);
bool macro_stage_is_kept(unsigned char command);
bool macro_stage_is_of_message(unsigned char command);

/* The buffers for the sets of a message: MACRO_MESSAGE_SETS empty ones, or NULL to stop using
 * them. They belong to the caller. */
void macros_set_buffers(struct macros *m, struct buf *buffers);
bool macros_has_message_sets(const struct macros *m); /* one of them is not empty */
void macros_clear_message(struct macros *m);	      /* sets of envfrom and later */
void macros_clear(struct macros *m);		      /* all; the connection's are freed */

/* The value of a macro, from the latest stage that has it; NULL: none has. "i" and "{i}" are
 * the same name, longer names have their braces. Valid until a set changes. */
const char *macros_get(const struct macros *m, const char *name);
/* The same from the set of one command only. */
const char *macros_get_of_command(const struct macros *m, unsigned char command,
				  const char *name);
const char *macros_queue_id(struct macros *m); /* of "i"; looked up once after each new set */

#endif

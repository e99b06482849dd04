/* The envelope of a message that comes without one: guessed from its header. */
#ifndef CTL_MAIL_ENVELOPE_H
#define CTL_MAIL_ENVELOPE_H

#include <stddef.h>

#include "ctl/mta_script.h"

struct arena;

#define MAIL_RCPTS_GUESSED_MAX 100u /* later ones are left out */

struct mail_envelope {
	const char *sender;	  /* "<ann@example.org>" or "<>" */
	const char *sender_from;  /* where it was found: "Return-Path", "From"; NULL: nowhere */
	const char *const *rcpts; /* "<bob@example.com>" each, up to NULL; one at least */
	const char *rcpts_from;	  /* "To", "Cc"; NULL: nowhere */
};

/* The sender is that of Return-Path, else the first of From, else <>. The recipients are those
 * of To, else of Cc, else <recipient@example.com>. Strings are the arena's, or static. */
void mail_envelope_guess(struct arena *arena, const struct mta_header *headers,
			 struct mail_envelope *ret);

/* Appends the addresses of a field's value (RFC 5322, section 3.4) to paths, a buffer of
 * pointers, as "<local@domain>", at most max in all. Groups and comments are understood; what
 * is no address is left out. */
struct buf;
void mail_envelope_read(struct arena *arena, const char *value, size_t max, struct buf *paths);

#endif

/* The right side of a row of Postfix's tables (access(5), header_checks(5)) as one of ours. A
 * row that cannot be carried over becomes DUNNO: its key still keeps the later rows from being
 * asked, as it does in Postfix.
 *
 *	where		theirs				ours
 *	access		REJECT Go away			REJECT Go away
 *	access		550				OK (a number is OK)
 *	access		permit_mynetworks, reject	DUNNO, not carried over
 *	header		OK				DUNNO
 *	header		550 No				DUNNO, a note: no action of
 * header_checks body		IGNORE				DUNNO, not carried over
 */
#ifndef IMPORT_POSTFIX_ACTION_H
#define IMPORT_POSTFIX_ACTION_H

#include "import/report.h"

struct arena;

enum action_place {
	ACTION_IN_ACCESS,    /* of client, HELO, sender: the same for all recipients */
	ACTION_IN_RECIPIENT, /* access of recipients */
	ACTION_IN_HEADER,
	ACTION_IN_PART, /* headers in the body, which cannot be changed */
	ACTION_IN_BODY,
};

struct postfix_action {
	const char *text; /* ours */
	enum outcome outcome;
	const char *reason; /* NULL: exact */
};

/* text: the right side, in which groups are $1 to $9 already. */
struct postfix_action postfix_action_read(struct arena *arena, enum action_place place,
					  const char *text);

/* Whether a text begins with an action word. */
int postfix_action_is_word(const char *text);

#endif

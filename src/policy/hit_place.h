/* Where in a message a rule has hit: what it looked at. Only a trace has it (polymilterctl
 * test). This is a part of policy.h.
 *
 *	kind       name                 size, limit   type              file
 *	HEADER     Received, number 2
 *	PART       1.2, number 1                      application/zip   list.zip
 *	SIZE       message              300, 200
 *	SENDER     ann@example.org
 *	RECIPIENT  bob@example.com
 *	FOR        bob@example.com
 *	TEXT       text, number 3 */
#ifndef POLICY_HIT_PLACE_H
#define POLICY_HIT_PLACE_H

#include <stdint.h>

struct hit_place {
	enum hit_place_kind {
		/* name: of the field. number: which one of that name, from 1; 0: all of them
		 * together. */
		HIT_HEADER,
		/* name: of the part, see mime_append_part_number(); NULL: it is outside of the
		 * structure. number: how many parts the rule hit, of which this is the first.
		 * type; file: its name, or NULL. */
		HIT_PART,
		HIT_SIZE,   /* name: what was measured, as the option is named; size, limit */
		HIT_SENDER, /* name: the address as the policies before left it */
		HIT_RECIPIENT, /* the same */
		/* name: which text, as in the option where. number: of the paragraph in it,
		 * from 1; 0: it is a link. */
		HIT_TEXT,
		HIT_FOR, /* name: of the recipient that the rule was asked about; what it looked
			    at is something else */
	} kind;
	const char *name, *type, *file;
	unsigned number;
	uint64_t size, limit;
};

#endif

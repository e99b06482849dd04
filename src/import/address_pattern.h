/* Patterns of milter-regex for addresses, which stand in brackets there: "<user@domain>". Ours
 * have none:
 *
 *	theirs		ours
 *	<user@		^user@
 *	@domain>$	@domain$
 *	user@		user@
 *	<a@|<b@		(none)
 *	^user@		^user@, which never matches there
 */
#ifndef IMPORT_ADDRESS_PATTERN_H
#define IMPORT_ADDRESS_PATTERN_H

#include <stdbool.h>

struct arena;

/* The pattern without the brackets at its ends. NULL: there are others. *ret_anchors: it has
 * anchors that are about the address with its brackets. */
const char *address_pattern_strip(struct arena *arena, const char *pattern, bool *ret_anchors);

#endif

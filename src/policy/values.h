/* Header values as people read them, each decoded at most once for a message. Layer 3.
 * configuration.md "header", RFC 2047, RFC 5322 2.2.3. */
#ifndef POLICY_VALUES_H
#define POLICY_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

struct arena;

/* One form of a value: unfolded, valid UTF-8 without NUL, ended by one. */
struct value_form {
	const char *text; /* NULL: not made yet */
	size_t len;
};

struct value_entry {
	const char *value; /* the key */
	struct value_form decoded, unfolded;
	bool undecodable; /* some word stands in decoded as it came: try unfolded too */
	bool mark;	  /* the owner's; false at first */
};

/* Zeroed it is empty. What it points to is the arena's, and it ends with the arena: so it
 * stands in a message's state. */
struct values {
	struct value_entry **slots;
	size_t n, cap;
	struct buf scratch;
};

/* value is a header's (or a header's name) and lives as long as the arena; found again by its
 * address, since a changed header gets a new value. decode: both forms that a rule needs are
 * made (unfolded only when undecodable is set); else unfolded. The entry stays where it is. */
struct value_entry *values_get(struct values *v, struct arena *arena, const char *value,
			       bool decode);

#endif

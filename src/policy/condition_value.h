/* One value of a list in a condition, from its text in polymilter.conf to what it is compared
 * with. Private to condition_read.c. */
#ifndef POLICY_CONDITION_VALUE_H
#define POLICY_CONDITION_VALUE_H

#include "policy/condition_line.h"

struct value_place { /* where the value stands, and how the names in it are found */
	const struct section *section;
	const struct condition_scope *scope;
	const char *option;
	size_t item; /* index in the option's list */
};

/* Each checks one text and writes *ret, whose memory is the text's or scope->arena's. Returns
 * 0, or -EINVAL after section_error_item() at the value. */
typedef int condition_value_reader(const struct value_place *place, const char *text,
				   struct condition_value *ret);

/* "table:NAME" is accepted by these five; the table must be of type cidr for networks, and must
 * not be for the others. */
condition_value_reader condition_value_read_listener;
condition_value_reader condition_value_read_user;    /* "ann", "ann@example.com" */
condition_value_reader condition_value_read_network; /* "192.0.2.0/24" */
condition_value_reader condition_value_read_address; /* "ann@example.com", "<>" */
condition_value_reader condition_value_read_domain;  /* "example.com", ".example.com" */

condition_value_reader condition_value_read_pattern;
/* For addresses without brackets: '^ann@', '^$' for the null sender. */
condition_value_reader condition_value_read_address_pattern;
condition_value_reader condition_value_read_hours;     /* "Mon-Fri 08:00-18:00" */
condition_value_reader condition_value_read_condition; /* the name of a condition */

#endif

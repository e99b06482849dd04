/* Tables: named lists of keys, or of keys and values. Layer 3. configuration.md "table". */
#ifndef MATCH_TABLE_H
#define MATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "match/regex.h"
#include "option/option.h"
#include "util/addr.h"

struct arena;
struct table;

/* Two entries with one key: a warning when they say the same, else an error. Of a regex table
 * the first that matches counts; its flags are i, m, s, x, and nocase adds i to all of them. */

enum table_type { TABLE_INLINE, TABLE_TEXT, TABLE_REGEX, TABLE_CIDR };

extern const struct option table_options[]; /* of a section table "name" { } */

/* Reads the section and its file (relative to base_dir). NULL after section_error(); mistakes
 * in the table's own file are told with that file's name and line in the text. */
struct table *table_load(struct arena *arena, const struct section *s, const char *base_dir);
const char *table_name(const struct table *t);
enum table_type table_type(const struct table *t);
bool table_has_values(const struct table *t); /* some key has one */

/* 1 and *ret_value (NULL: not wanted; "" when the key has none; for a regex table with $0-$9
 * filled in, in the arena), 0 not there, negative as regex_match(). All keys as they are;
 * nocase as written. */
int table_lookup(const struct table *t, struct arena *arena, const struct regex_limits *limits,
		 struct regex_budget *budget, const char *key, const char **ret_value);
/* Whole, then without the extension behind delimiter (0: none), then as @domain. The null
 * sender ("") is the key "<>". Patterns of a regex table only see the whole, here and below. A
 * dot at the end does not count. A domain that is not there as it came is looked up as
 * A-labels.
 */
int table_lookup_address(const struct table *t, struct arena *arena,
			 const struct regex_limits *limits, struct regex_budget *budget,
			 const char *mailbox, char delimiter, const char **ret_value);
/* Whole, then as .parent, .grandparent, ... */
int table_lookup_domain(const struct table *t, struct arena *arena,
			const struct regex_limits *limits, struct regex_budget *budget,
			const char *domain, const char **ret_value);
/* Of networks that overlap the one written first counts. */
bool table_lookup_network(const struct table *t, const struct cidr *host);

#endif

/* Maps of the policy "recipient": from a mailbox to the mailboxes that replace it. A map finds
 * its mailboxes by patterns, by domains or by a table:
 *
 *	map "moved" { domain = "old.example"  to = "@new.example" }
 *		joe+lists@old.example	joe+lists@new.example
 *	map "both" { match = '^(.+)@old\.example$'  to = { "$1@a.example", "$1@b.example" } }
 *		joe@old.example		joe@a.example, joe@b.example
 *	map "users" { table = "users" }, with the line "joe@old.example ann@new.example, bob"
 *		joe+lists@old.example	ann+lists@new.example, bob+lists
 *
 * Domain and table maps carry the extension over while mapping_rules.keeps_extension is set; a
 * table map does not when its key is the whole mailbox and the result names another user,
 * since the key then contains the extension. A map with patterns keeps what its groups
 * capture.
 *
 * Patterns see the domain in A-labels, and then, when none matches, in U-labels.
 *
 * A map that refuses has no results: it says that it is for the mailbox, and what the table has
 * as the key's value, a text for the reply.
 *
 * Mailboxes that are mapped are in the form of mailbox_from_path(). What is written is checked
 * when it is read; results are not in that form yet, and mapping_result_is_address() is to be
 * asked about them. */
#ifndef MATCH_MAPPING_H
#define MATCH_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "match/patterns.h"
#include "match/table.h"
#include "option/option.h"

struct arena;

/* One value of a map's option domain. */
struct mapping_domain {
	const char *name;	   /* in A-labels */
	const struct table *table; /* of "table:NAME"; NULL: name is a domain */
};

/* One section map or sender_map. Exactly one of match, domains and table is there. */
struct mapping {
	const char *title;
	struct patterns match;
	const struct mapping_domain *domains;
	size_t n_domains;
	const struct table *table; /* its values are the results */
	const char *const *to;	   /* the results of match and domains, as written */
	size_t n_to;		   /* 0: the recipient is removed, or refused */
	bool refuses;		   /* the values of the table are no addresses */
};

extern const struct option mapping_options[];	     /* of map "name" { } */
extern const struct option mapping_sender_options[]; /* of sender_map "name" { } */

/* Read one section of either kind; tables: where the tables that it names are found. refuses:
 * the map has no results; the values of its table are not checked here. 0, or -EINVAL after
 * section_error(). The arena owns what *ret points to, the section its strings. */
int mapping_read(struct arena *arena, const struct table_scope *tables, const struct section *s,
		 bool refuses, struct mapping *ret);
int mapping_read_sender(struct arena *arena, const struct table_scope *tables,
			const struct section *s, struct mapping *ret);

/* Finds a table whose keys are addresses or domains: not one of type cidr. NULL after
 * section_error(). */
const struct table *mapping_find_table(const struct table_scope *tables,
				       const struct section *s, const char *option,
				       const char *name);

/* Cuts the next result off a table's value, "ann@new.example, bob": what stands before the
 * next comma, without the blanks around it. NULL: there is no more. */
const char *mapping_next_result(struct arena *arena, const char **value);

/* False for a result of a map that is no address, since a group of a pattern captured what
 * makes it none: "$1@x.example" with $1 = "a b". */
bool mapping_result_is_address(const struct mapping *map, const char *mailbox);

/* What holds for all maps of a policy. */
struct mapping_rules {
	bool keeps_extension;
	char delimiter; /* where the extension begins; 0: there are none */
};

/* n mailboxes in the arena of the match context. Of the sender it is one, or "<>". */
struct mapping_results {
	const char **to;
	size_t n;
	const char *value; /* of a map that refuses: of the table; NULL: it has no table */
};

/* Applies a map to a mailbox. 1: *ret is set; 0: the map is not for this mailbox; negative: it
 * failed, and *ret_why is a sentence for the log, in the arena of the match context. */
int mapping_apply(const struct match_context *match, const struct mapping *map,
		  const struct mapping_rules *rules, const char *mailbox,
		  struct mapping_results *ret, const char **ret_why);

/* Looks the mailbox up as table_lookup_address() does. 1, 0, or negative and *ret_why as
 * above. */
int mapping_is_in_table(const struct match_context *match, const struct table *t,
			const struct mapping_rules *rules, const char *mailbox,
			const char **ret_why);

#endif

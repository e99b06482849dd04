/* Maps from an address to others: by pattern, domain or table. Layer 3. configuration.md
 * "recipient". Addresses are mailboxes, without brackets. */
#ifndef POLICY_MAPPING_H
#define POLICY_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "match/patterns.h"
#include "policy/policy.h"

#define ADDRESS_MAX_BYTES 1000u /* of a result; SMTP's own limit is far below */

/* May it stand between brackets? Not empty, no controls and brackets, something before '@'. */
bool address_is_valid(const char *mailbox);

struct address_parts {
	const char *mailbox;
	size_t user, local; /* lengths: without and with the extension */
	const char *domain; /* "@example.org", or "" */
};

/* delimiter: 0 is none. A quoted local part has no extension, nor has one that begins with the
 * delimiter. */
struct address_parts address_split(const char *mailbox, char delimiter);

/* A result for that address: "@new.example" keeps its user; with_extension, its extension goes
 * before the '@' of the result. The arena's. */
const char *address_place(struct arena *arena, const struct address_parts *p, const char *to,
			  bool with_extension);

struct mapping_domain { /* a name, or a table of them */
	const char *name;
	const struct table *table;
};

struct mapping {
	const char *title;
	struct patterns match; /* one of these three */
	const struct mapping_domain *domains;
	size_t n_domains;
	const struct table *table;
	const char *const *to; /* of match and domain */
	size_t n_to;
};

extern const struct option mapping_options[];	     /* of map "name" { } */
extern const struct option mapping_sender_options[]; /* of sender_map "name" { } */

/* Read one section; 0, or -EINVAL after section_error(). */
int mapping_read(struct policy_setup *setup, const struct section *s, struct mapping *ret);
int mapping_read_sender(struct policy_setup *setup, const struct section *s,
			struct mapping *ret);

/* A named table for looking up addresses or domains; NULL after section_error(). */
const struct table *mapping_read_table(struct policy_setup *setup, const struct section *s,
				       const char *option, const char *name);

struct mapping_rules {
	bool keeps_extension;
	char delimiter;
};

/* The results as the map has them, not checked; the message's arena. */
struct mapping_results {
	const char **to;
	size_t n;
};

/* 1 and *ret, 0: the map is not for this address, or a negative number and *ret_verdict, after
 * policy_fail(). */
int mapping_apply(struct policy_call *c, const struct mapping *map,
		  const struct mapping_rules *rules, const char *mailbox,
		  struct mapping_results *ret, enum verdict *ret_verdict);

/* Is the address in the table: whole, without its extension, as @domain? As above. */
int mapping_is_in(struct policy_call *c, const struct table *t,
		  const struct mapping_rules *rules, const char *mailbox,
		  enum verdict *ret_verdict);

#endif

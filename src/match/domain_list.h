/* A list of domains that many domains are looked up in, such as the hosts of links: of an
 * option like url_domain = {"evil.example", ".bad.example", "table:hosts"}.
 *
 *	written			fits
 *	evil.example		evil.example alone
 *	.bad.example		all domains below bad.example
 *	192.0.2.1		that address as a host
 *	table:hosts		as table_lookup_domain() finds it */
#ifndef MATCH_DOMAIN_LIST_H
#define MATCH_DOMAIN_LIST_H

#include <stddef.h>

#include "match/table.h"

struct domain_list {
	const char *const *name; /* A-labels in lower case, in order */
	size_t n;
	const struct table *const *table;
	size_t n_tables;
};

/* Reads an option of type OPTION_LIST. 0, or -EINVAL after section_error() at each text that is
 * no domain. The arena owns what *ret points to. */
int domain_list_read(struct arena *arena, const struct section *s, const char *option,
		     const struct table_scope *tables, struct domain_list *ret);

/* Does a domain in A-labels and lower case fit? 1, 0, or a negative result of regex_match(). A
 * few comparisons for each label of the domain. */
int domain_list_find(const struct domain_list *list, const struct match_context *match,
		     const char *domain);

#endif

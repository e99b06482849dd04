/* Tables: named sections of the configuration with keys, or with keys and values.
 *
 * The types, and what a lookup in them does:
 *
 *	inline	values = { "key", "key value" }		finds the key
 *	text	a file: a key and a value on each line	finds the key
 *	regex	a file: /pattern/flags value		the first pattern that matches; with
							actions = yes: the first row that fits,
							"!/pattern/" where it does not match
 *	cidr	networks, as values or in a file	the first network that contains the host
 *
 * A lookup never changes a table. Its result is 1 (found), 0 (not found) or a negative result
 * of regex_match(), which only a regex table returns. *ret_value is set when it is 1: to the
 * key's value, "" when it has none; of a regex table with $0 to $9 filled in, in the arena of
 * the context. ret_value may be NULL: the value is not wanted. */
#ifndef MATCH_TABLE_H
#define MATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/regex.h"
#include "option/option.h"
#include "util/addr.h"

struct arena;
struct regex_groups;
struct table;

enum table_type { TABLE_INLINE, TABLE_TEXT, TABLE_REGEX, TABLE_CIDR };

extern const struct option table_options[]; /* of a section table "name" { } */

/* Reads a section and the file that it names, relative to base_dir. A key that is written
 * twice is a warning when its values are equal, else an error. NULL after section_error(); an
 * error in the table's file is reported at the option, with that file's name and line in the
 * text. The arena owns the table; the section must live as long. */
struct table *table_load(struct arena *arena, const struct section *s, const char *base_dir);
const char *table_name(const struct table *t);
enum table_type table_type(const struct table *t);
bool table_has_actions(const struct table *t); /* actions = yes */
bool table_has_phrases(const struct table *t); /* phrases = yes */

/* In lists of values "table:NAME" means the keys of a table: the NAME, or NULL when the text
 * does not begin so. */
const char *table_reference(const char *text);

/* How the name of a table in a section is resolved. find() returns NULL after section_error()
 * at the option. */
struct table_scope {
	const struct table *(*find)(void *ctx, const struct section *s, const char *option,
				    const char *name);
	void *ctx;
};
/* name: "NAME", or "table:NAME", which means the same. */
const struct table *table_scope_find(const struct table_scope *scope, const struct section *s,
				     const char *option, const char *name);

/* Checks of a table for its use, while the configuration is loaded. They report each mistake
 * at the entry's line: at a value of the option `values`, or as "FILE:LINE: text" at the option
 * `file`. Each use of a table is checked: what is right for domains may be wrong for
 * addresses. */

enum entry_fault {
	ENTRY_FITS,
	ENTRY_DOUBTFUL, /* a warning */
	ENTRY_WRONG,	/* an error */
};

/* Checks one entry; unless it fits, a sentence is written to why. key: as written, without the
 * slashes of a pattern; "" of a network. value: as written, "" when there is none. */
typedef enum entry_fault table_entry_check(void *ctx, const char *key, const char *value,
					   char *why, size_t size);
/* Checks all entries. 0, or -EINVAL when an entry is wrong. */
int table_check_entries(const struct table *t, table_entry_check *check, void *ctx);

/* The same for the patterns of a regex table; another table has none. The entries fit, or are
 * doubtful. */
typedef enum entry_fault table_pattern_check(void *ctx, const struct regex *re, char *why,
					     size_t size);
void table_check_patterns(const struct table *t, table_pattern_check *check, void *ctx);

/* What the keys of a table are compared with. */
enum table_keys {
	KEYS_TEXT,
	KEYS_ADDRESSES,
	KEYS_DOMAINS,
	KEYS_LOGINS,
	KEYS_EXTENSIONS,
	KEYS_ACCESS, /* those of table_find_address() */
	KEYS_HOSTS,  /* those of table_find_host() */
};
/* Checks that each key can match: "<a@x>", "a@x:", "*@x" never match an address. Regular
 * expressions and networks fit. 0, or -EINVAL. The use is noted for table_warn_keys(). */
int table_check_keys(const struct table *t, enum table_keys keys);
/* The same for a table of which only the keys are used, as in a list: a value that is an action
 * of Postfix ("OK", "REJECT") is a warning, since it has no effect. */
int table_check_list(const struct table *t, enum table_keys keys);
/* After all uses of a table are known: warns of keys that are right for none of them. A domain
 * among addresses is right when the same table is used for domains, too. */
void table_warn_keys(const struct table *t);
/* For the check of a value: ENTRY_WRONG when it is an action of Postfix's access(5) or
 * header_checks(5), such as "OK", "REJECT no spam". */
enum entry_fault table_check_action(const char *key, const char *value, char *why, size_t size);

/* The form in which a key that is an address or a domain is looked up: "xn--bcher-kva.example"
 * of "b\u00fccher.example"; the key itself when it is written so. A table cannot have two keys
 * of the same form with different values. */
const char *table_key_form(struct arena *arena, const char *key);

/* Looks the key up as it is; case counts as the table's option nocase says. In a cidr table
 * the key is an SMTP client's address, see cidr_parse_host(). */
int table_lookup(const struct table *t, const struct match_context *match, const char *key,
		 const char **ret_value);

/* An entry that was found. */
struct table_hit {
	const char *value; /* as written, of a regex table with $0 to $9 not filled in */
	size_t line;	   /* in the table's file, from 1; 0: it stands in values = { } */
	const char *key;   /* as it is written; of a regex and of a cidr table NULL */
};
/* Looks a key of len bytes of valid UTF-8 up in a regex table. 1 with *ret and *ret_groups set
 * (without groups, n = 0, when the row is one that fits what its pattern does not match), 0, or
 * a negative result of regex_match(). */
int table_find_rule(const struct table *t, const struct match_context *match, const char *key,
		    size_t len, struct table_hit *ret, struct regex_groups *ret_groups);

/* The rows of a regex table in their order, from 0: how many there are, and the pattern of one.
 * *ret_negated: it fits what the pattern does not match. */
size_t table_count_rows(const struct table *t);
const struct regex *table_row_pattern(const struct table *t, size_t row, bool *ret_negated);
/* As table_find_rule(), with n of the rows, ascending. */
int table_find_rule_among(const struct table *t, const uint32_t *rows, size_t n,
			  const struct match_context *match, const char *key, size_t len,
			  struct table_hit *ret, struct regex_groups *ret_groups);

/* Where the extension begins, unless an option says otherwise: "ann+list@example.com" is looked
 * up as "ann@example.com", too. */
#define TABLE_EXTENSION_DELIMITER '+'

/* Looks a mailbox up by these keys; the first that is in the table counts:
 *
 *	"joe+lists@example.com", delimiter '+'	joe+lists@example.com
 *						joe@example.com
 *						@example.com
 *	"root+x", without a domain		root+x, root
 *	"", the null sender			<>
 *
 * delimiter: the extension begins at its first one; 0: there are no extensions. A dot at the
 * end of the domain does not count. The mailbox is in the form of mailbox_from_path(); a key
 * in the table that has another spelling, such as "b\u00fccher.example" or "\"joe\"@x", is
 * found by that form. The extension of a quoted local part stands in the quotes: "a b+c"@x is
 * looked up as "a b"@x too. A domain that is not ASCII is looked up in A-labels as well. A
 * regex table sees the whole mailbox, first in A-labels, then in U-labels. */
int table_lookup_address(const struct table *t, const struct match_context *match,
			 const char *mailbox, char delimiter, const char **ret_value);

/* Looks a domain up by these keys; the first that is in the table counts:
 *
 *	"a.b.example.com"	a.b.example.com, .b.example.com, .example.com, .com
 *	with subdomains = yes	a.b.example.com, .b.example.com, b.example.com, .example.com,
 *				example.com, .com, com
 *
 * Dot at the end, A-labels and regex tables as above. In a cidr table it is table_lookup(). */
int table_lookup_domain(const struct table *t, const struct match_context *match,
			const char *domain, const char **ret_value);

/* The lookups of rules, by the keys of access(5) of Postfix; the first key that is in the table
 * counts. They return 1 with *ret and *ret_groups set (n = 0: there are no groups), 0, or a
 * negative result of regex_match(), as table_find_rule() does. Delimiter, A-labels, the dot at
 * the end, extensions in quotes, and regex tables as in table_lookup_address().
 *
 *	table_find_address()
 *	  "joe+lists@a.example"		joe+lists@a.example, joe@a.example, @a.example,
 *					a.example, .example (and with subdomains = yes example),
 *					joe+lists@, joe@
 *	  ""				<>
 *	table_find_domain()		as table_lookup_domain()
 *	table_find_host(), an SMTP client's address
 *	  "192.0.2.7"			192.0.2.7, 192.0.2, 192.0, 192; in a cidr table the
 *					first network that contains it
 *	  "2001:db8::7"			2001:db8::7, 2001:db8:, 2001:db8, 2001
 *	table_find_text()		the text itself
 *
 * Except by table_find_host() and table_find_domain() nothing is found in a cidr table. */
int table_find_address(const struct table *t, const struct match_context *match,
		       const char *mailbox, char delimiter, struct table_hit *ret,
		       struct regex_groups *ret_groups);
int table_find_domain(const struct table *t, const struct match_context *match,
		      const char *domain, struct table_hit *ret,
		      struct regex_groups *ret_groups);
int table_find_host(const struct table *t, const struct match_context *match, const char *host,
		    struct table_hit *ret, struct regex_groups *ret_groups);
int table_find_text(const struct table *t, const struct match_context *match, const char *key,
		    struct table_hit *ret, struct regex_groups *ret_groups);

/* True when a network of a cidr table contains the host; false for every other table. */
bool table_lookup_network(const struct table *t, const struct cidr *host);

#endif

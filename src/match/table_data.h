/* The form of a table in memory, shared by table_load.c, which fills it, and table.c, which
 * looks keys up in it.
 *
 * An inline or text table is an open hash: slots holds indexes into entries. A cidr table is
 * one too; its keys are networks in the form of table_make_network_key(), and a host is looked
 * up once for each prefix length that occurs. A regex table is a list of rules in the file's
 * order. */
#ifndef MATCH_TABLE_DATA_H
#define MATCH_TABLE_DATA_H

#include <stdint.h>

#include "match/table.h"

#define NETWORK_KEY_BYTES 18u /* one of family, one of prefix length, 16 of address */

struct table_entry {
	const char *key;   /* as written; len bytes, of a cidr table binary */
	const char *value; /* "" when none is written */
	uint32_t len, hash;
	size_t at; /* see struct table_rule */
};

struct table_rule {
	const struct regex *re;
	const char *value; /* a replacement text, see regex_expand() */
	size_t at;	   /* the line of the file, from 1; or the index in values, from 0 */
	bool negated;	   /* it fits what the pattern does not match */
};

struct prefix_lengths { /* that occur in a cidr table: 0 to 128, each once */
	unsigned char bits[129];
	size_t n;
};

struct table {
	const char *name;
	const struct section *section;
	const char *path; /* of its file; NULL: it has values = { } */
	enum table_type type;
	bool nocase, actions, subdomains, phrases;
	struct table_entry *entries; /* in the order in which they are written */
	struct table_rule *rules;    /* of a regex table, instead of entries */
	size_t n;		     /* entries or rules */
	uint32_t *slots;	     /* index of an entry + 1; 0: free */
	uint32_t mask;		     /* number of slots - 1, a power of two - 1 */
	struct prefix_lengths v4, v6;
	unsigned *uses; /* bits of enum table_keys: what the keys are compared with; written
			   while the configuration is read */
};

uint32_t table_hash(const char *key, size_t len, bool nocase);
/* The slot that holds the key, else the free slot where it belongs. At least half of the slots
 * are free, so the search ends. */
uint32_t *table_slot(const struct table *t, const char *key, size_t len, uint32_t hash);
/* Reports a mistake in the entry that stands at `at`. */
void table_report_entry(const struct table *t, bool warning, size_t at, const char *text);
/* The entry of a hash that has this key; NULL: there is none. */
const struct table_entry *table_find_entry(const struct table *t, const char *key, size_t len);
/* The entry of a cidr table whose network contains the host, the first that is written; NULL:
 * there is none. */
const struct table_entry *table_find_network(const struct table *t, const struct cidr *host);
/* Writes a network as a key of a cidr table. */
void table_make_network_key(const struct cidr *net, char key[static NETWORK_KEY_BYTES]);

/* A line of a regex table, cut into its parts. */
struct pattern_row {
	bool negated;
	const char *pattern;
	unsigned flags; /* enum regex_flag */
	char *value;
};

/* Cuts a line, which is written to; postfix: it has the form that tables with actions have.
 * nocase: letters compare case-blind unless a flag says otherwise. 0; or -EINVAL with a
 * sentence in why. */
int table_cut_pattern_row(char *line, bool postfix, bool nocase, struct pattern_row *ret,
			  char *why, size_t size);

#endif

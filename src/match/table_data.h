/* What a table is in memory. Layer 3; between table_load.c, which fills it, and table.c, which
 * looks into it. */
#ifndef MATCH_TABLE_DATA_H
#define MATCH_TABLE_DATA_H

#include <stdint.h>

#include "match/table.h"

#define NETWORK_KEY 18u /* family, bits, address */

struct entry {
	const char *key;
	const char *value;
	uint32_t len, hash;
};

struct rule {
	const struct regex *re;
	const char *value;
};

struct lengths { /* the prefix lengths that occur */
	unsigned char bits[129];
	size_t n;
};

struct table {
	const char *name;
	enum table_type type;
	bool nocase, has_values;
	struct entry *entries;
	struct rule *rules; /* of a regex table, instead of entries */
	size_t n;
	uint32_t *slots; /* index + 1 of an entry, 0 is free */
	uint32_t mask;
	struct lengths v4, v6;
};

uint32_t table_hash(const char *key, size_t len, bool nocase);
/* The slot that has the key, or the free one where it belongs: there is always one. */
uint32_t *table_slot(const struct table *t, const char *key, size_t len, uint32_t hash);
/* A network as a key of a cidr table's entries. */
void table_network_key(const struct cidr *net, char key[static NETWORK_KEY]);

#endif

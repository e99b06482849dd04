/* How often each of a number of strings occurs: a hash table with open addressing, which never
 * grows. It is the arena's; the keys are not copied.
 *
 *	counts_init(&seen, arena, n, true);
 *	counts_add(&seen, "Joe@example.com");	1
 *	counts_add(&seen, "joe@example.com");	2
 *	counts_get(&seen, "ann@example.com");	0 */
#ifndef UTIL_COUNTS_H
#define UTIL_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct counts {
	size_t mask;
	bool case_blind;
	struct count {
		const char *key;
		uint32_t n;
	} * slot;
};

/* For at most n_keys different keys. case_blind: letters of ASCII are equal in both cases. */
void counts_init(struct counts *c, struct arena *arena, size_t n_keys, bool case_blind);
/* Counts the key once more. Returns how often it was counted, this time included. */
uint32_t counts_add(struct counts *c, const char *key);
/* How often the key was counted. */
uint32_t counts_get(const struct counts *c, const char *key);

#endif

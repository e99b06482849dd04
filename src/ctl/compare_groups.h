/* The results of polymilterctl compare: messages grouped by the kind of their differences, in
 * bounded memory. A group has a count and the first three of its messages, or all of them;
 * these lie in a file without a name, in /tmp. */
#ifndef CTL_COMPARE_GROUPS_H
#define CTL_COMPARE_GROUPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/compare_record.h"

struct buf;

#define COMPARE_EXAMPLES 3u
#define COMPARE_GROUPS_MAX                                                                     \
	200u /* the differences of further kinds are counted in one group                      \
	      */

/* Which groups have all the examples that they get: shared memory, written by the process that
 * has the groups, read by those that make the examples. All zero at first. */
struct compare_full {
	_Atomic uint32_t n;
	uint64_t hashes[COMPARE_GROUPS_MAX + 1];
};

bool compare_group_is_full(const struct compare_full *full, enum difference_kind kind,
			   const char *name);

struct compare_group {
	enum difference_kind kind;
	const char *name;
	bool is_rest; /* the group of all further kinds */
	uint64_t count;
	uint64_t n_kept;
	uint64_t first, last; /* offsets in the file of what is kept */
};

struct compare_groups;

/* all: all messages are kept. full may be NULL. NULL: there is no file, see errno. */
struct compare_groups *compare_groups_new(bool all, struct compare_full *full);
struct compare_groups *compare_groups_free(struct compare_groups *g); /* NULL is fine */

/* Adds a message with at least one difference. */
void compare_groups_add(struct compare_groups *g, const struct compare_record *r);

/* Sorts the groups by their kind, then by count; returns their number. 0, or the negative errno
 * of the file: then messages are missing. */
int compare_groups_finish(struct compare_groups *g, size_t *ret_n);
/* After compare_groups_finish(). */
const struct compare_group *compare_groups_at(const struct compare_groups *g, size_t i);

/* A message that is kept. Strings are valid until the next one is read. */
struct compare_entry {
	uint64_t id; /* the number of the message among those that differ, from 1 */
	const char *mail;
	struct difference_side old, new;
	uint64_t view; /* for compare_groups_view(); 0: it has none */
	uint64_t next; /* offset */
};

/* Reads the messages of a group in their order. *at is its `first` at the begin. False: there
 * are no more. */
bool compare_groups_next(struct compare_groups *g, uint64_t *at, struct compare_entry *ret);
/* Appends the HTML of a message. */
void compare_groups_view(struct compare_groups *g, uint64_t view, struct buf *out);

#endif

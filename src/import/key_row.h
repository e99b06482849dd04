/* The rows of a table with keys: "key value", as postmap(1) and cidr_table(5) read them. */
#ifndef IMPORT_KEY_ROW_H
#define IMPORT_KEY_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "import/report.h"

struct arena;
struct source;

struct key_row {
	unsigned line;
	const char *written;
	const char *key, *value; /* the value "" when there is none */
	/* Of a row without effect in Postfix, or that cannot be carried over, the reason; the
	 * outcome is OUTCOME_NOTED or OUTCOME_LEFT_OUT. NULL: there is none. */
	const char *reason;
	enum outcome outcome;
};

/* All rows. Of those with the same key (case does not count) the first counts: the later ones
 * get a reason. */
struct key_row *key_rows_read(struct arena *arena, const struct source *s, size_t *ret_n);

/* The rows of a cidr table, in order. Those between if and endif are cut to that network. */
struct key_row *network_rows_read(struct arena *arena, const struct source *s, size_t *ret_n);

#endif

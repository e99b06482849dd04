#include "import/key_row.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/source.h"
#include "util/arena.h"
#include "util/str.h"

/* By key, then by line. */
static int
compare_rows(const void *a, const void *b)
{
	const struct key_row *x = *(const struct key_row *const *)a,
			     *y = *(const struct key_row *const *)b;
	int r = str_case_compare(x->key, y->key);

	if (r != 0)
		return r;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void
mark_duplicates(struct arena *arena, struct key_row *rows, size_t n)
{
	struct key_row **sorted = arena_alloc(arena, (n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &rows[i];
	qsort(sorted, n, sizeof(*sorted), compare_rows);
	for (size_t i = 1; i < n; i++) {
		if (!str_case_equal(sorted[i]->key, sorted[i - 1]->key))
			continue;
		sorted[i]->outcome = OUTCOME_NOTED;
		sorted[i]->reason = "the key is there already: postmap(1) takes the first row";
	}
}

struct key_row *
key_rows_read(struct arena *arena, const struct source *s, size_t *ret_n)
{
	const struct source_line *lines;
	struct key_row *rows;
	size_t n = 0;

	lines = source_lines(arena, s, &n);
	rows = arena_alloc(arena, (n + 1) * sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct key_row){.line = lines[i].number, .written = lines[i].text};
		rows[i].key = source_first_word(arena, lines[i].text, &rows[i].value);
		if (*rows[i].value == '\0') {
			rows[i].outcome = OUTCOME_NOTED;
			rows[i].reason = "postmap(1) skips a row without a value";
		}
	}
	mark_duplicates(arena, rows, n);
	*ret_n = n;
	return rows;
}

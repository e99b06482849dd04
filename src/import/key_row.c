#include "import/key_row.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/source.h"
#include "match/table.h"
#include "util/arena.h"
#include "util/str.h"

/* A row that has effect, and the form by which our tables know its key. */
struct formed_key {
	const char *form;
	struct key_row *row;
};

/* By form, then by line. */
static int
compare_keys(const void *a, const void *b)
{
	const struct formed_key *x = a, *y = b;
	int r = str_case_compare(x->form, y->form);

	if (r != 0)
		return r;
	return x->row->line < y->row->line ? -1 : x->row->line > y->row->line;
}

static void
mark_duplicate(struct arena *arena, struct key_row *row, const struct key_row *first)
{
	if (str_case_equal(row->key, first->key)) {
		row->outcome = OUTCOME_NOTED;
		row->reason = "the key is there already: postmap(1) takes the first row";
		return;
	}
	row->outcome = OUTCOME_LEFT_OUT;
	row->reason = arena_printf(
		arena, "polymilter takes the key for '%s', which is there already", first->key);
}

static void
mark_duplicates(struct arena *arena, struct key_row *rows, size_t n)
{
	struct formed_key *keys = arena_alloc(arena, (n + 1) * sizeof(*keys));
	size_t n_keys = 0, first = 0;

	for (size_t i = 0; i < n; i++)
		if (rows[i].reason == NULL)
			keys[n_keys++] = (struct formed_key){table_key_form(arena, rows[i].key),
							     &rows[i]};
	qsort(keys, n_keys, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n_keys; i++) {
		if (str_case_equal(keys[i].form, keys[first].form))
			mark_duplicate(arena, keys[i].row, keys[first].row);
		else
			first = i;
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
		if (lines[i].skipped != NULL) {
			rows[i].outcome = OUTCOME_NOTED;
			rows[i].reason = lines[i].skipped;
		} else if (*rows[i].value == '\0') {
			rows[i].outcome = OUTCOME_NOTED;
			rows[i].reason = "postmap(1) skips a row without a value";
		}
	}
	mark_duplicates(arena, rows, n);
	*ret_n = n;
	return rows;
}

/* Finds the lines that two texts do not have in common: see line_diff.h.
 *
 * The algorithm is that of E. W. Myers, "An O(ND) Difference Algorithm" (1986): for each number
 * d of differences it keeps how far each diagonal was reached, and goes back over these rows.
 */
#include "ctl/line_diff.h"

#include <stdlib.h>
#include <string.h>

#define MAX_EDITS 1000u /* the rows of it take 4 MB */

static void *
allocate(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static struct diff_lines
cut_lines(const char *text, size_t size)
{
	struct diff_lines lines = {NULL, 0};
	const char *p = text, *end = text + size;

	for (; p < end; lines.n++) {
		const char *next = memchr(p, '\n', (size_t)(end - p));

		p = next != NULL ? next + 1 : end;
	}
	lines.line = allocate(lines.n, sizeof(*lines.line));
	p = text;
	for (size_t i = 0; i < lines.n; i++) {
		const char *next = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((next != NULL ? next : end) - p);

		lines.line[i] = (struct diff_line){p, len};
		p += len + 1;
	}
	return lines;
}

static bool
lines_equal(const struct line_diff *d, size_t i, size_t j)
{
	const struct diff_line *a = &d->a.line[i], *b = &d->b.line[j];

	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The part that is left between the common begin and the common end. */
struct diff_range {
	size_t from; /* in both texts */
	size_t n, m; /* lines of a, of b */
};

static struct diff_range
trim_common_lines(const struct line_diff *d)
{
	struct diff_range r = {0, d->a.n, d->b.n};

	while (r.from < d->a.n && r.from < d->b.n && lines_equal(d, r.from, r.from))
		r.from++;
	r.n -= r.from;
	r.m -= r.from;
	while (r.n > 0 && r.m > 0 && lines_equal(d, r.from + r.n - 1, r.from + r.m - 1)) {
		r.n--;
		r.m--;
	}
	return r;
}

/* One row: for each diagonal k from -d to d, in steps of 2, how many lines of a are passed. */
static size_t *
row_at(size_t **rows, size_t d, long k)
{
	return &rows[d][(size_t)(k + (long)d) / 2];
}

static size_t
begin_diagonal(size_t **rows, size_t d, long k)
{
	if (d == 0)
		return 0;
	if (k == -(long)d)
		return *row_at(rows, d - 1, k + 1);
	if (k == (long)d)
		return *row_at(rows, d - 1, k - 1) + 1;

	size_t down = *row_at(rows, d - 1, k + 1), right = *row_at(rows, d - 1, k - 1) + 1;

	return right > down ? right : down;
}

/* Goes back from the end, over the rows, and marks the lines. */
static void
mark_edits(struct line_diff *diff, const struct diff_range *r, size_t **rows, size_t d)
{
	size_t x = r->n, y = r->m;

	for (; d > 0; d--) {
		long k = (long)x - (long)y;
		size_t begin = begin_diagonal(rows, d, k);
		bool is_added = k == -(long)d ||
				(k != (long)d && *row_at(rows, d - 1, k + 1) >=
							 *row_at(rows, d - 1, k - 1) + 1);

		x = begin;
		y = (size_t)((long)x - k);
		if (is_added)
			diff->added[r->from + --y] = true;
		else
			diff->deleted[r->from + --x] = true;
	}
}

/* Fills the row of d. True: the end of both texts is reached. */
static bool
fill_row(const struct line_diff *diff, const struct diff_range *r, size_t **rows, size_t d)
{
	for (long k = -(long)d; k <= (long)d; k += 2) {
		size_t x = begin_diagonal(rows, d, k);
		long y = (long)x - k;

		while (x < r->n && y >= 0 && (size_t)y < r->m &&
		       lines_equal(diff, r->from + x, r->from + (size_t)y)) {
			x++;
			y++;
		}
		*row_at(rows, d, k) = x;
		if (x >= r->n && y >= (long)r->m && x - r->n == (size_t)(y - (long)r->m))
			return x == r->n;
	}
	return false;
}

static bool
find_edits(struct line_diff *diff, const struct diff_range *r)
{
	size_t **rows = allocate(MAX_EDITS + 1, sizeof(*rows));
	bool found = false;
	size_t d = 0;

	for (; d <= MAX_EDITS && !found; d++) {
		rows[d] = allocate(d + 1, sizeof(*rows[d]));
		found = fill_row(diff, r, rows, d);
	}
	if (found)
		mark_edits(diff, r, rows, d - 1);
	for (size_t i = 0; i < d; i++)
		free(rows[i]);
	free(rows);
	return found;
}

static void
compare_lines(struct line_diff *diff)
{
	struct diff_range r = trim_common_lines(diff);

	if (find_edits(diff, &r))
		return;
	memset(diff->deleted + r.from, 1, r.n);
	memset(diff->added + r.from, 1, r.m);
}

void
line_diff_make(struct line_diff *d, const char *a, size_t a_len, const char *b, size_t b_len)
{
	*d = (struct line_diff){.a = cut_lines(a, a_len), .b = cut_lines(b, b_len)};
	d->deleted = allocate(d->a.n, sizeof(bool));
	d->added = allocate(d->b.n, sizeof(bool));
	if (a_len != b_len || (a_len > 0 && memcmp(a, b, a_len) != 0))
		compare_lines(d);
}

void
line_diff_free(struct line_diff *d)
{
	free(d->a.line);
	free(d->b.line);
	free(d->deleted);
	free(d->added);
	*d = (struct line_diff){0};
}

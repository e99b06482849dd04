/* Finds and writes the difference of two texts: see unified.h.
 *
 * The algorithm is that of E. W. Myers, "An O(ND) Difference Algorithm" (1986): for each number
 * d of differences it keeps how far each diagonal was reached, and goes back over these rows.
 */
#include "ctl/unified.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

#define CONTEXT	  3u
#define MAX_EDITS 1000u /* the rows of it take 4 MB */

struct diff_line {
	const char *text;
	size_t len;
};

struct diff_lines {
	struct diff_line *line;
	size_t n;
};

struct diff {
	struct diff_lines a, b;
	bool *deleted, *added; /* of a line of a, of b */
};

static void *
allocate(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static struct diff_lines
cut_lines(const struct unified_text *t)
{
	struct diff_lines lines = {NULL, 0};
	const char *p = t->text, *end = t->text + t->len;

	for (; p < end; lines.n++) {
		const char *next = memchr(p, '\n', (size_t)(end - p));

		p = next != NULL ? next + 1 : end;
	}
	lines.line = allocate(lines.n, sizeof(*lines.line));
	p = t->text;
	for (size_t i = 0; i < lines.n; i++) {
		const char *next = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((next != NULL ? next : end) - p);

		lines.line[i] = (struct diff_line){p, len};
		p += len + 1;
	}
	return lines;
}

static bool
lines_equal(const struct diff *d, size_t i, size_t j)
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
trim_common_lines(const struct diff *d)
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
mark_edits(struct diff *diff, const struct diff_range *r, size_t **rows, size_t d)
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
fill_row(const struct diff *diff, const struct diff_range *r, size_t **rows, size_t d)
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
find_edits(struct diff *diff, const struct diff_range *r)
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
compare_lines(struct diff *diff)
{
	struct diff_range r = trim_common_lines(diff);

	if (find_edits(diff, &r))
		return;
	memset(diff->deleted + r.from, 1, r.n);
	memset(diff->added + r.from, 1, r.m);
}

static void
write_line(struct buf *out, char sign, const struct diff_line *l, bool colour)
{
	bool is_coloured = colour && sign != ' ';

	if (is_coloured)
		buf_puts(out, sign == '-' ? "\033[31m" : "\033[32m");
	buf_putc(out, (unsigned char)sign);
	str_append_readable(out, l->text, l->len);
	if (is_coloured)
		buf_puts(out, "\033[m");
	buf_putc(out, '\n');
}

/* A place in both texts. */
struct diff_place {
	size_t i, j;
};

static bool
is_edit(const struct diff *d, struct diff_place p)
{
	return (p.i < d->a.n && d->deleted[p.i]) || (p.j < d->b.n && d->added[p.j]);
}

static bool
is_diff_end(const struct diff *d, struct diff_place p)
{
	return p.i == d->a.n && p.j == d->b.n;
}

/* Goes over one line: a deleted one, an added one, or one of both texts. Its sign. */
static char
pass_line(const struct diff *d, struct diff_place *p)
{
	if (p->i < d->a.n && d->deleted[p->i]) {
		p->i++;
		return '-';
	}
	if (p->j < d->b.n && d->added[p->j]) {
		p->j++;
		return '+';
	}
	p->i++;
	p->j++;
	return ' ';
}

/* The end of the hunk that begins at p: behind the last edit that has no more than twice the
 * context before it, with the context behind it. */
static struct diff_place
find_hunk_end(const struct diff *d, struct diff_place p)
{
	struct diff_place end = p;
	size_t same = 0;

	while (!is_diff_end(d, p) && same <= 2 * CONTEXT) {
		if (pass_line(d, &p) == ' ') {
			same++;
			if (same <= CONTEXT)
				end = p;
		} else {
			same = 0;
			end = p;
		}
	}
	return end;
}

static void
write_hunk(const struct diff *d, struct diff_place from, struct diff_place to, bool colour,
	   struct buf *out)
{
	size_t n = to.i - from.i, m = to.j - from.j;

	buf_printf(out, "%s@@ -%zu,%zu +%zu,%zu @@%s\n", colour ? "\033[36m" : "",
		   from.i + (n > 0), n, from.j + (m > 0), m, colour ? "\033[m" : "");
	while (from.i < to.i || from.j < to.j) {
		struct diff_place at = from;
		char sign = pass_line(d, &from);

		write_line(out, sign, sign == '+' ? &d->b.line[at.j] : &d->a.line[at.i],
			   colour);
	}
}

static void
write_hunks(const struct diff *d, bool colour, struct buf *out)
{
	struct diff_place p = {0, 0};
	size_t same = 0; /* unchanged lines in front of p, since the hunk before */

	while (!is_diff_end(d, p)) {
		if (!is_edit(d, p)) {
			(void)pass_line(d, &p);
			same++;
			continue;
		}

		size_t context = same < CONTEXT ? same : CONTEXT;
		struct diff_place end = find_hunk_end(d, p);

		write_hunk(d, (struct diff_place){p.i - context, p.j - context}, end, colour,
			   out);
		p = end;
		same = 0;
	}
}

void
unified_write(const struct unified_text *old, const struct unified_text *new, bool colour,
	      struct buf *out)
{
	struct diff d = {.a = cut_lines(old), .b = cut_lines(new)};

	d.deleted = allocate(d.a.n, sizeof(bool));
	d.added = allocate(d.b.n, sizeof(bool));
	if (old->len != new->len || memcmp(old->text, new->text, old->len) != 0) {
		compare_lines(&d);
		buf_printf(out, "--- %s\n+++ %s\n", old->name, new->name);
		write_hunks(&d, colour, out);
	}
	free(d.a.line);
	free(d.b.line);
	free(d.deleted);
	free(d.added);
}

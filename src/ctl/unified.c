/* Writes the difference of two texts: see unified.h. */
#include "ctl/unified.h"

#include <string.h>

#include "ctl/line_diff.h"
#include "util/buf.h"
#include "util/str.h"

#define CONTEXT 3u

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
is_edit(const struct line_diff *d, struct diff_place p)
{
	return (p.i < d->a.n && d->deleted[p.i]) || (p.j < d->b.n && d->added[p.j]);
}

static bool
is_diff_end(const struct line_diff *d, struct diff_place p)
{
	return p.i == d->a.n && p.j == d->b.n;
}

/* Goes over one line: a deleted one, an added one, or one of both texts. Its sign. */
static char
pass_line(const struct line_diff *d, struct diff_place *p)
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
find_hunk_end(const struct line_diff *d, struct diff_place p)
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
write_hunk(const struct line_diff *d, struct diff_place from, struct diff_place to, bool colour,
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
write_hunks(const struct line_diff *d, bool colour, struct buf *out)
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
	struct line_diff d;

	if (old->len == new->len && memcmp(old->text, new->text, old->len) == 0)
		return;
	line_diff_make(&d, old->text, old->len, new->text, new->len);
	buf_printf(out, "--- %s\n+++ %s\n", old->name, new->name);
	write_hunks(&d, colour, out);
	line_diff_free(&d);
}

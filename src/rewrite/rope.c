/* Copies the pieces of a rope into one text for the scanner, and leaves out the whole lines of
 * long content as gaps. */
#include "rewrite/rope.h"

#include <string.h>

#include "mime/fields.h"
#include "util/arena.h"

#define WHOLE_BYTES 1024u /* content of up to this length is copied */
#define LAST_BYTES  2u	  /* copied at least: a line end may belong to a delimiter */

struct gapped_text {
	char *text;
	size_t len;
	struct mime_gap *gap;
	size_t n_gaps;
};

/* The whole lines of a piece that are left out, as offsets; an empty range if there are none.
 */
static struct mime_range
gap_of_piece(const struct mime_rope_piece *p)
{
	struct mime_range none = {p->len, p->len}, gap;
	const char *last;

	if (!p->is_content || p->len <= WHOLE_BYTES)
		return none;
	gap.from = mime_line_next(p->data, p->len, 0);
	last = memrchr(p->data, '\n', p->len - LAST_BYTES);
	gap.to = last == NULL ? 0 : (size_t)(last - p->data) + 1;
	return gap.from < gap.to ? gap : none;
}

static void
copy_to_gapped_text(struct gapped_text *t, const char *data, size_t len)
{
	if (len > 0)
		memcpy(t->text + t->len, data, len);
	t->len += len;
}

static struct gapped_text
make_gapped_text(struct arena *arena, const struct mime_rope *rope)
{
	struct gapped_text t = {.text = NULL};
	size_t len = 0;

	for (size_t i = 0; i < rope->n; i++) {
		struct mime_range gap = gap_of_piece(&rope->piece[i]);

		len += rope->piece[i].len - (gap.to - gap.from);
	}
	t.text = arena_alloc(arena, len + 1);
	t.gap = arena_alloc(arena, rope->n * sizeof(*t.gap));
	for (size_t i = 0; i < rope->n; i++) {
		const struct mime_rope_piece *p = &rope->piece[i];
		struct mime_range gap = gap_of_piece(p);

		copy_to_gapped_text(&t, p->data, gap.from);
		if (gap.from < gap.to)
			t.gap[t.n_gaps++] =
				(struct mime_gap){t.len, p->data + gap.from, gap.to - gap.from};
		copy_to_gapped_text(&t, p->data + gap.to, p->len - gap.to);
	}
	t.text[t.len] = '\0';
	return t;
}

void
mime_scan_rope(struct arena *arena, const struct mime_rope *rope,
	       const struct mime_source *source, const struct mime_limits *limits,
	       struct mime_tree *ret)
{
	struct gapped_text t = make_gapped_text(arena, rope);
	struct mime_source text = *source;

	text.data = t.text;
	text.len = t.len;
	text.gap = t.gap;
	text.n_gaps = t.n_gaps;
	mime_scan(arena, &text, limits, ret);
}

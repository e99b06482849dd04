/* The sketch of a text in pieces: what the scanner has to see in one piece, and gaps. */
#include "mime/rope.h"

#include <string.h>

#include "mime/fields.h"
#include "util/arena.h"

#define WHOLE_BYTES 1024u /* content that is no longer than this is not worth a gap */
#define LAST_BYTES  2u	  /* that stay behind a gap at least: a line end may be a delimiter's */

struct sketch {
	char *text;
	size_t len;
	struct mime_gap *gap;
	size_t n_gaps;
};

/* The whole lines of a piece that are left out: not the first, which another piece may have
 * begun, nor the last. */
static struct mime_range
gap_in(const struct mime_rope_piece *p)
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
put(struct sketch *s, const char *data, size_t len)
{
	if (len > 0)
		memcpy(s->text + s->len, data, len);
	s->len += len;
}

static struct sketch
sketch(struct arena *arena, const struct mime_rope *pieces)
{
	struct sketch s = {.text = NULL};
	size_t len = 0;

	for (size_t i = 0; i < pieces->n; i++) {
		struct mime_range gap = gap_in(&pieces->piece[i]);

		len += pieces->piece[i].len - (gap.to - gap.from);
	}
	s.text = arena_alloc(arena, len + 1);
	s.gap = arena_alloc(arena, pieces->n * sizeof(*s.gap));
	for (size_t i = 0; i < pieces->n; i++) {
		const struct mime_rope_piece *p = &pieces->piece[i];
		struct mime_range gap = gap_in(p);

		put(&s, p->data, gap.from);
		if (gap.from < gap.to)
			s.gap[s.n_gaps++] =
				(struct mime_gap){s.len, p->data + gap.from, gap.to - gap.from};
		put(&s, p->data + gap.to, p->len - gap.to);
	}
	s.text[s.len] = '\0';
	return s;
}

void
mime_scan_rope(struct arena *arena, const struct mime_rope *pieces,
	       const struct mime_source *source, const struct mime_limits *limits,
	       struct mime_tree *ret)
{
	struct sketch s = sketch(arena, pieces);
	struct mime_source text = *source;

	text.data = s.text;
	text.len = s.len;
	text.gap = s.gap;
	text.n_gaps = s.n_gaps;
	mime_scan(arena, &text, limits, ret);
}

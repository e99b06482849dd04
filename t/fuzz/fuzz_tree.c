/* Fuzzes the MIME scanner with any message: the offsets of a part are ascending and inside its
 * parent, every scan gives the same tree, also with the other kind of line end and with a gap
 * in the text, and the contents of parts can be decoded. In a regular multipart no line beside
 * its delimiters is one in another reading of the boundary, or begins like one. Input: a byte
 * of options, the rest of the first line is a Content-Type, the rest the body. */
#include <assert.h>
#include <string.h>

#include "charset/charset.h"
#include "fuzz.h"
#include "mime/boundary.h"
#include "mime/tree.h"
#include "rewrite/compare.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

static const struct mime_limits limits = {.parts = 40, .depth = 6};

/* The offsets of node i are ascending, and between from and to of the source. */
static void
check_offsets(const struct mime_tree *t, unsigned i, size_t from, size_t to)
{
	const struct mime_node *n = &t->node[i];

	assert(from <= n->headers.from && n->headers.from <= n->headers.to);
	assert(n->headers.to <= n->body.from && n->body.from <= n->body.to);
	assert(n->body.from - n->headers.to <= 2);
	assert(n->body.to <= n->part_end && n->part_end - n->body.to <= 2);
	assert(n->part_end <= to);
	if (n->part_end < t->source.len)
		assert(memcmp(t->source.data + n->part_end, "--", 2) == 0);
}

static void
check_node(const struct mime_tree *t, unsigned i)
{
	const struct mime_node *n = &t->node[i];
	size_t from = n->body.from;
	unsigned last = i;

	assert(n->depth <= limits.depth);
	assert((n->parent == MIME_NO_NODE) == (i == 0));
	for (unsigned c = n->child; c != MIME_NO_NODE; c = t->node[c].next) {
		assert(c > last && c < t->n && t->node[c].parent == i);
		assert(t->node[c].depth == n->depth + 1);
		check_offsets(t, c, from, n->part_end);
		assert(t->node[c].body.to <= n->body.to);
		from = t->node[c].part_end;
		last = c;
	}
	assert(n->child == MIME_NO_NODE || n->child == i + 1);
	assert(n->is_multipart || n->first_delimiter == MIME_NO_OFFSET);
	if (n->close_delimiter != MIME_NO_OFFSET)
		assert(n->first_delimiter <= n->close_delimiter && from <= n->close_delimiter);
}

static void
check_field(const struct mime_node *n, const struct mime_field *f)
{
	if (f->to == 0)
		return;
	assert(n->headers.from <= f->from && f->from < f->value && f->value <= f->value_end);
	assert(f->value_end <= f->to && f->to <= n->headers.to);
}

static void
check_content(struct arena *a, const struct mime_tree *t, const struct mime_node *n)
{
	const char *const *names;
	size_t n_names = mime_node_names(t, n, NULL, a, &names), size;
	struct buf whole = {0}, part = {0};

	for (size_t i = 0; i < n_names; i++)
		assert(*names[i] != '\0' && str_is_utf8(names[i], strlen(names[i])));
	if (mime_node_decode(t, n, SIZE_MAX, &whole) == 0) {
		assert(mime_node_size(t, n, &size) == 0 && size == whole.len);
		assert(mime_node_decode(t, n, 5, &part) == 0);
		assert(part.len == (size < 5 ? size : 5));
		assert(part.len == 0 || memcmp(part.data, whole.data, part.len) == 0);
	}
	buf_free(&whole);
	buf_free(&part);
}

/* Does the line begin with "--" and this boundary? whole: and is nothing behind it, but perhaps
 * "--" and blanks? */
static bool
is_delimiter_with(const char *line, size_t len, const char *boundary, bool whole)
{
	size_t n = strlen(boundary) + 2;

	if (len < n || memcmp(line, "--", 2) != 0 || memcmp(line + 2, boundary, n - 2) != 0)
		return false;
	while (len > n && strchr(" \t\r\n", line[len - 1]) != NULL && line[len - 1] != '\0')
		len--;
	return !whole || len == n || (len == n + 2 && memcmp(line + n, "--", 2) == 0);
}

/* A line of a regular message that whole multiparts around it do not have as a delimiter. */
static void
check_regular_line(const struct mime_node *n, const char *line, size_t len)
{
	assert(!is_delimiter_with(line, len, n->boundary, false));
	for (size_t i = 0; n->readings != NULL && i < n->readings->n_other; i++)
		assert(!is_delimiter_with(line, len, n->readings->other[i], true));
}

/* The lines in front of the first delimiter and behind the close delimiter, and those of leaves
 * whose parent is the multipart. */
static void
check_regular_lines(const struct mime_tree *t, const struct mime_node *n, size_t from,
		    size_t to)
{
	const char *s = t->source.data;

	while (from < to) {
		const char *lf = memchr(s + from, '\n', to - from);
		size_t next = lf == NULL ? to : (size_t)(lf - s) + 1;

		check_regular_line(n, s + from, next - from);
		from = next;
	}
}

static void
check_regular_multipart(const struct mime_tree *t, const struct mime_node *n)
{
	if (n->first_delimiter != MIME_NO_OFFSET)
		check_regular_lines(t, n, n->body.from, n->first_delimiter);
	for (unsigned i = n->child; i != MIME_NO_NODE; i = t->node[i].next)
		if (t->node[i].child == MIME_NO_NODE && !t->node[i].is_multipart)
			check_regular_lines(t, n, t->node[i].body.from, t->node[i].body.to);
}

static void
check_tree(struct arena *a, const struct mime_tree *t)
{
	assert(t->n > 0 && t->n <= limits.parts);
	check_offsets(t, 0, 0, t->source.len);
	assert(t->node[0].part_end == t->source.len && t->node[0].next == MIME_NO_NODE);
	for (unsigned i = 0; i < t->n; i++) {
		const struct mime_node *n = &t->node[i];

		check_node(t, i);
		if (t->flags == 0 && n->is_multipart)
			check_regular_multipart(t, n);
		check_field(n, &n->content_type);
		check_field(n, &n->transfer_encoding);
		check_field(n, &n->content_disposition);
		check_field(n, &n->content_md5);
		check_content(a, t, n);
	}
}

/* The trees are equal but for the offsets. */
static void
check_same_shape(const struct mime_tree *t, const struct mime_tree *u)
{
	assert(t->n == u->n && t->flags == u->flags);
	for (unsigned i = 0; i < t->n; i++) {
		const struct mime_node *n = &t->node[i], *m = &u->node[i];

		assert(n->parent == m->parent && n->next == m->next && n->child == m->child);
		assert(n->flags == m->flags && n->encoding == m->encoding);
		assert(strcmp(n->type, m->type) == 0 && n->is_named == m->is_named);
	}
}

static void
check_line_ends(struct arena *a, const struct mime_source *source)
{
	struct mime_source lf = *source, crlf = *source;
	struct buf one = {0}, two = {0};
	struct mime_tree t, u;

	for (size_t i = 0; i < source->len; i++) {
		if (source->data[i] == '\r')
			continue;
		if (source->data[i] == '\n')
			buf_putc(&two, '\r');
		buf_putc(&one, (unsigned char)source->data[i]);
		buf_putc(&two, (unsigned char)source->data[i]);
	}
	lf.data = buf_string(&one);
	lf.len = one.len;
	crlf.data = buf_string(&two);
	crlf.len = two.len;
	mime_scan(a, &lf, &limits, &t);
	mime_scan(a, &crlf, &limits, &u);
	check_same_shape(&t, &u);
	buf_free(&one);
	buf_free(&two);
}

static size_t
line_at(const struct mime_source *source, size_t at)
{
	const char *lf =
		at < source->len ? memchr(source->data + at, '\n', source->len - at) : NULL;

	return lf == NULL ? source->len : (size_t)(lf - source->data) + 1;
}

/* Scans the message with some of its lines in a gap: the tree and the bytes of all parts are
 * the same, or the scanner reports a bad gap. */
static void
check_gap(struct arena *a, const struct mime_tree *whole, size_t from, size_t to)
{
	struct mime_source source = whole->source;
	struct mime_gap gap = {.at = line_at(&source, from)};
	struct buf text = {0};
	struct mime_tree t;

	to = line_at(&source, to);
	if (gap.at >= to || source.data[to - 1] != '\n')
		return;
	gap.data = source.data + gap.at;
	gap.len = to - gap.at;
	buf_append(&text, source.data, gap.at);
	buf_append(&text, source.data + to, source.len - to);
	source.data = buf_string(&text);
	source.len = text.len;
	source.gap = &gap;
	source.n_gaps = 1;
	mime_scan(a, &source, &limits, &t);
	if (!t.has_bad_gap) {
		check_same_shape(whole, &t);
		for (unsigned i = 0; i < t.n; i++) {
			const struct mime_node *x = &whole->node[i], *y = &t.node[i];

			assert(mime_same_bytes(whole, x->headers, &t, y->headers));
			assert(mime_same_bytes(whole, x->body, &t, y->body));
			assert(mime_same_bytes(&t, y->body, whole, x->body));
		}
	}
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	const char *newline = memchr(s, '\n', size);
	struct arena *a;
	struct mime_source source;
	struct mime_tree t, u;

	if (newline == NULL || newline == s)
		return 0;
	charset_open_all();
	a = arena_new();
	source = (struct mime_source){
		.data = newline + 1,
		.len = size - (size_t)(newline + 1 - s),
		.has_header = (*s & 1) != 0,
		.into_messages = (*s & 2) != 0,
		.find_lone_cr = (*s & 4) != 0,
		.content_type = arena_strndup(a, s + 1, (size_t)(newline - s) - 1),
	};
	mime_scan(a, &source, &limits, &t);
	check_tree(a, &t);
	mime_scan(a, &source, &limits, &u);
	check_same_shape(&t, &u);
	check_line_ends(a, &source);
	for (size_t i = 1; i < 12; i++)
		check_gap(a, &t, source.len * (i - 1) / 12, source.len * (i + i % 3) / 12);
	arena_free(a);
	return 0;
}

/* A part is replaced from the begin of its headers to the end of its body. The two trees are
 * then walked side by side: behind a replaced part the old tree is ahead by all its
 * descendants. */
#include "rewrite/replace.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rewrite/compare.h"
#include "rewrite/splice.h"
#include "util/arena.h"

/* A delimiter at the end of the text may have no line end. The line break in front of the next
 * delimiter stays. An empty part may have none, because the
 * empty line of its header block is directly in front of the delimiter; then one is inserted.
 */
static void
replace_one_part(struct splice *s, const struct mime_node *node,
		 const struct mime_new_part *part)
{
	if (node->headers.from > 0 && s->tree->source.data[node->headers.from - 1] != '\n')
		splice_insert(s, node->headers.from, "\r\n", 2);
	splice_replace(s, node->headers.from, node->body.to, part->text, part->len);
	if (node->body.to == node->part_end)
		splice_insert(s, node->body.to, "\r\n", 2);
}

/* Is the part the last one of a multipart that is not closed? */
static bool
is_open_end(const struct splice *s, const struct mime_node *node)
{
	return node->part_end == s->tree->source.len;
}

/* Removes a part with the delimiter line in front of it, at an open end also with the line
 * break that belongs to that: no other delimiter follows. */
static void
remove_one_part(struct splice *s, const struct mime_node *node)
{
	const char *data = s->tree->source.data;
	const char *newline =
		node->headers.from < 2 ? NULL : memrchr(data, '\n', node->headers.from - 1);
	size_t from = newline == NULL ? 0 : (size_t)(newline - data) + 1;

	if (from > 0 && is_open_end(s, node))
		from -= from >= 2 && data[from - 2] == '\r' ? 2 : 1;
	splice_delete(s, from, node->part_end);
}

static void
add_one_part(struct splice *s, const struct mime_node *node, const struct mime_new_part *part)
{
	const char *boundary = s->tree->node[node->parent].boundary;

	if (is_open_end(s, node))
		splice_insert(s, node->part_end, "\r\n", 2);
	splice_insert(s, node->part_end, "--", 2);
	splice_insert(s, node->part_end, boundary, strlen(boundary));
	splice_insert(s, node->part_end, "\r\n", 2);
	splice_insert(s, node->part_end, part->text, part->len);
	splice_insert(s, node->part_end, "\r\n", 2);
}

static void
change_one_part(struct splice *s, const struct mime_node *node,
		const struct mime_new_part *part)
{
	assert(part->change == MIME_PART_REPLACED || s->tree->node[node->parent].is_multipart);
	switch (part->change) {
	case MIME_PART_REPLACED:
		replace_one_part(s, node, part);
		break;
	case MIME_PART_REMOVED:
		remove_one_part(s, node);
		break;
	case MIME_PART_ADDED:
		add_one_part(s, node, part);
		break;
	}
}

static struct mime_rope
splice_parts(const struct mime_tree *tree, const struct mime_new_part *parts, size_t n,
	     struct arena *arena)
{
	struct splice s = {.arena = arena, .tree = tree};

	for (size_t i = 0; i < n; i++) {
		assert(parts[i].node > 0 && parts[i].node < tree->n);
		change_one_part(&s, &tree->node[parts[i].node], &parts[i]);
	}
	return splice_apply(&s);
}

/* Is the node the same, apart from its children? A multipart has a preamble and an epilogue
 * beside them, a message nothing. */
static bool
is_same_but_children(const struct mime_tree *a, const struct mime_node *x,
		     const struct mime_tree *b, const struct mime_node *y)
{
	if (strcmp(x->type, y->type) != 0 || x->depth != y->depth ||
	    x->is_multipart != y->is_multipart || x->is_message != y->is_message ||
	    (x->child == MIME_NO_NODE) != (y->child == MIME_NO_NODE) ||
	    !mime_same_bytes(a, x->headers, b, y->headers))
		return false;
	if (x->child == MIME_NO_NODE)
		return mime_same_bytes(a, x->body, b, y->body);
	if (!x->is_multipart)
		return true;
	return mime_same_bytes(a, mime_node_preamble(x), b, mime_node_preamble(y)) &&
	       mime_same_bytes(a, mime_node_epilogue(x), b, mime_node_epilogue(y));
}

/* Is the node of b the new part? replace_one_part() may have put a line end behind it. */
static bool
is_new_part(const struct mime_new_part *part, const struct mime_node *x,
	    const struct mime_tree *b, const struct mime_node *y)
{
	struct mime_walk w =
		mime_walk_start(b, (struct mime_range){y->headers.from, y->body.to});

	if (y->depth != x->depth || y->child != MIME_NO_NODE ||
	    y->headers.to == y->body.from /* no empty line */ ||
	    !mime_walk_consume(&w, part->text, part->len))
		return false;
	return mime_walk_is_over(&w) ||
	       (mime_walk_consume(&w, "\r\n", 2) && mime_walk_is_over(&w));
}

/* The index behind the node and its descendants. */
static unsigned
index_behind_node(const struct mime_tree *tree, unsigned i)
{
	unsigned depth = tree->node[i].depth;

	for (i++; i < tree->n && tree->node[i].depth > depth; i++)
		continue;
	return i;
}

/* Where in the old body a change is. */
static size_t
change_offset(const struct mime_tree *tree, const struct mime_new_part *part)
{
	const struct mime_node *node = &tree->node[part->node];

	return part->change == MIME_PART_ADDED ? node->part_end : node->headers.from;
}

/* Is a change at the old node i? What is added behind a node is in front of the next one. */
static bool
is_change_at(const struct mime_tree *tree, const struct mime_new_part *part, unsigned i)
{
	if (part->change != MIME_PART_ADDED)
		return part->node == i;
	return i == tree->n ||
	       (i > part->node && tree->node[i].headers.from >= change_offset(tree, part));
}

bool
mime_is_replaced(const struct mime_tree *a, const struct mime_tree *b,
		 const struct mime_new_part *parts, size_t n)
{
	unsigned i = 0, j = 0;

	if (b->has_bad_gap)
		return false;
	while (n > 0 || (i < a->n && j < b->n)) {
		if (n == 0 || !is_change_at(a, parts, i)) {
			if (i == a->n || j == b->n ||
			    !is_same_but_children(a, &a->node[i++], b, &b->node[j++]))
				return false;
			continue;
		}
		if (parts->change != MIME_PART_REMOVED &&
		    (j == b->n || !is_new_part(parts, &a->node[parts->node], b, &b->node[j++])))
			return false;
		if (parts->change != MIME_PART_ADDED)
			i = index_behind_node(a, i);
		parts++;
		n--;
	}
	return i == a->n && j == b->n;
}

/* A change to be sorted. */
struct placed_change {
	size_t offset, order;
	struct mime_new_part part;
};

static int
compare_changes(const void *a, const void *b)
{
	const struct placed_change *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void
mime_sort_changes(const struct mime_tree *tree, struct mime_new_part *parts, size_t n)
{
	struct arena *arena = arena_new();
	struct placed_change *all = arena_alloc(arena, n * sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = (struct placed_change){change_offset(tree, &parts[i]), i, parts[i]};
	if (n > 0)
		qsort(all, n, sizeof(*all), compare_changes);
	for (size_t i = 0; i < n; i++)
		parts[i] = all[i].part;
	arena_free(arena);
}

int
mime_replace_parts(const struct mime_tree *tree, const struct mime_limits *limits,
		   const struct mime_new_part *parts, size_t n, struct arena *arena,
		   struct mime_rope *ret)
{
	struct mime_rope rope;
	struct mime_tree result;
	struct arena *scratch;
	bool good;

	assert(tree->source.n_gaps == 0);
	if (tree->flags != 0)
		return -EINVAL;
	rope = splice_parts(tree, parts, n, arena);
	scratch = arena_new();
	mime_scan_rope(scratch, &rope, &tree->source, limits, &result);
	good = result.flags == 0 && mime_is_replaced(tree, &result, parts, n);
	arena_free(scratch);
	if (!good)
		return -EINVAL;
	*ret = rope;
	return 0;
}

/* A part is replaced from the begin of its headers to the end of its body. The two trees are
 * then walked side by side: behind a replaced part the old tree is ahead by all its
 * descendants. */
#include "mime/replace.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mime/compare.h"
#include "mime/splice.h"
#include "util/arena.h"

/* The line break in front of the delimiter stays. An empty part may have none, because the
 * empty line of its header block is directly in front of the delimiter; then one is inserted.
 */
static void
replace_one_part(struct splice *s, const struct mime_node *node,
		 const struct mime_new_part *part)
{
	splice_replace(s, node->headers.from, node->body.to, part->text, part->len);
	if (node->body.to == node->part_end)
		splice_insert(s, node->body.to, "\r\n", 2);
}

static struct mime_rope
splice_parts(const struct mime_tree *tree, const struct mime_new_part *parts, size_t n,
	     struct arena *arena)
{
	struct splice s = {.arena = arena, .tree = tree};

	for (size_t i = 0; i < n; i++) {
		assert(parts[i].node > 0 && parts[i].node < tree->n);
		replace_one_part(&s, &tree->node[parts[i].node], &parts[i]);
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

bool
mime_is_replaced(const struct mime_tree *a, const struct mime_tree *b,
		 const struct mime_new_part *parts, size_t n)
{
	unsigned i = 0, j = 0;
	size_t done = 0;

	if (b->has_bad_gap)
		return false;
	for (; i < a->n && j < b->n; j++) {
		bool is_new = done < n && parts[done].node == i;
		const struct mime_node *x = &a->node[i], *y = &b->node[j];

		if (is_new ? !is_new_part(&parts[done], x, b, y)
			   : !is_same_but_children(a, x, b, y))
			return false;
		done += is_new;
		i = is_new ? index_behind_node(a, i) : i + 1;
	}
	return i == a->n && j == b->n && done == n;
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

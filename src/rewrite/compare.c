/* Compares trees part by part. Bytes of the old body that are still in the new one were never
 * copied, so most comparisons end at equal pointers. */
#include "rewrite/compare.h"

#include <string.h>

#include "util/str.h"

struct mime_walk
mime_walk_start(const struct mime_tree *tree, struct mime_range range)
{
	struct mime_walk w = {.tree = tree, .at = range.from, .to = range.to};

	/* A gap at the begin of a range stands in front of it. */
	while (w.gap < tree->source.n_gaps && tree->source.gap[w.gap].at <= range.from)
		w.gap++;
	return w;
}

static const struct mime_gap *
next_walk_gap(const struct mime_walk *w)
{
	const struct mime_source *s = &w->tree->source;

	return w->gap < s->n_gaps && s->gap[w->gap].at <= w->to ? &s->gap[w->gap] : NULL;
}

/* The next bytes that stand together in memory. Returns how many; 0: the end. */
static size_t
next_walk_run(const struct mime_walk *w, const char **ret)
{
	const struct mime_gap *gap = next_walk_gap(w);

	if (gap != NULL && gap->at == w->at) {
		*ret = gap->data + w->gap_done;
		return gap->len - w->gap_done;
	}
	*ret = w->tree->source.data + w->at;
	return (gap != NULL ? gap->at : w->to) - w->at;
}

static void
skip_walk_bytes(struct mime_walk *w, size_t len)
{
	const struct mime_gap *gap = next_walk_gap(w);

	if (gap == NULL || gap->at != w->at) {
		w->at += len;
		return;
	}
	w->gap_done += len;
	if (w->gap_done == gap->len) {
		w->gap++;
		w->gap_done = 0;
	}
}

bool
mime_walk_is_over(const struct mime_walk *w)
{
	const char *run;

	return next_walk_run(w, &run) == 0;
}

bool
mime_walk_consume(struct mime_walk *w, const char *data, size_t len)
{
	while (len > 0) {
		const char *run;
		size_t n = next_walk_run(w, &run);

		if (n == 0)
			return false;
		n = n < len ? n : len;
		if (run != data && memcmp(run, data, n) != 0)
			return false;
		skip_walk_bytes(w, n);
		data += n;
		len -= n;
	}
	return true;
}

bool
mime_same_bytes(const struct mime_tree *a, struct mime_range x, const struct mime_tree *b,
		struct mime_range y)
{
	struct mime_walk w = mime_walk_start(a, x), v = mime_walk_start(b, y);
	const char *run;
	size_t n;

	while ((n = next_walk_run(&w, &run)) > 0) {
		if (!mime_walk_consume(&v, run, n))
			return false;
		skip_walk_bytes(&w, n);
	}
	return mime_walk_is_over(&v);
}

static bool
is_same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

struct mime_range
mime_node_preamble(const struct mime_node *n)
{
	size_t to = n->first_delimiter == MIME_NO_OFFSET ? n->body.to : n->first_delimiter;

	return (struct mime_range){n->body.from, to};
}

struct mime_range
mime_node_epilogue(const struct mime_node *n)
{
	size_t from = n->close_delimiter == MIME_NO_OFFSET ? n->body.to : n->close_delimiter;

	return (struct mime_range){from, n->body.to};
}

/* Do two multiparts have the same preambles and epilogues? */
static bool
has_same_margins(const struct mime_tree *a, const struct mime_node *x,
		 const struct mime_tree *b, const struct mime_node *y)
{
	return (x->close_delimiter == MIME_NO_OFFSET) ==
		       (y->close_delimiter == MIME_NO_OFFSET) &&
	       mime_same_bytes(a, mime_node_preamble(x), b, mime_node_preamble(y)) &&
	       mime_same_bytes(a, mime_node_epilogue(x), b, mime_node_epilogue(y));
}

static bool
is_changed_to(const struct mime_change *c, const struct mime_tree *tree,
	      const struct mime_node *node)
{
	struct mime_walk w = mime_walk_start(tree, node->body);

	if (node->encoding != c->encoding ||
	    (c->to_utf8 && (node->charset == NULL || !str_case_equal(node->charset, "utf-8"))))
		return false;
	for (size_t i = 0; i < sizeof(c->body) / sizeof(c->body[0]); i++)
		if (!mime_walk_consume(&w, c->body[i].data, c->body[i].len))
			return false;
	return mime_walk_is_over(&w);
}

static bool
is_same_kind(const struct mime_node *x, const struct mime_node *y)
{
	return strcmp(x->type, y->type) == 0 && x->depth == y->depth && x->flags == y->flags &&
	       x->is_multipart == y->is_multipart && x->is_attachment == y->is_attachment &&
	       x->is_named == y->is_named && is_same_string(x->boundary, y->boundary);
}

/* The parents' indices may differ by the part that was added. */
static bool
has_same_parent(const struct mime_node *x, const struct mime_node *y, unsigned added)
{
	bool moved = x->parent != MIME_NO_NODE && x->parent >= added;

	return y->parent == x->parent + (moved ? 1 : 0);
}

static bool
is_same_part(const struct mime_tree *a, const struct mime_node *x, const struct mime_tree *b,
	     const struct mime_node *y)
{
	return mime_same_bytes(a, x->headers, b, y->headers) &&
	       (x->is_multipart ? has_same_margins(a, x, b, y)
				: mime_same_bytes(a, x->body, b, y->body));
}

bool
mime_is_edit(const struct mime_tree *old, const struct mime_tree *new,
	     const struct mime_change *change, unsigned added)
{
	unsigned n_added = added == MIME_NO_NODE ? 0 : 1;

	if (new->has_bad_gap || new->n != old->n + n_added)
		return false;
	if (n_added == 1 && (new->node[added].child != MIME_NO_NODE ||
			     new->node[added].flags != 0 || added == 0))
		return false;
	for (unsigned i = 0; i < old->n; i++) {
		const struct mime_node *x = &old->node[i];
		const struct mime_node *y = &new->node[i < added ? i : i + 1];

		if (!is_same_kind(x, y) || !has_same_parent(x, y, added))
			return false;
		if (change[i].is_changed ? !is_changed_to(&change[i], new, y)
					 : !is_same_part(old, x, new, y))
			return false;
	}
	return true;
}

bool
mime_is_wrapping(const struct mime_tree *old, const struct mime_tree *new, bool inner_last)
{
	const struct mime_node *root = &new->node[0], *first, *last, *inner;

	if (new->has_bad_gap || !root->is_multipart ||
	    (root->flags & ~(unsigned)MIME_LONE_CR) != 0 || root->child == MIME_NO_NODE)
		return false;
	first = &new->node[root->child];
	if (first->next == MIME_NO_NODE)
		return false;
	last = &new->node[first->next];
	inner = inner_last ? last : first;
	return last->next == MIME_NO_NODE && strcmp(inner->type, old->node[0].type) == 0 &&
	       inner->encoding == old->node[0].encoding &&
	       mime_same_bytes(old, old->node[0].body, new, inner->body);
}

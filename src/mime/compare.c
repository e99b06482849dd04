/* Compares trees part by part. It trusts nothing but the scanner. */
#include "mime/compare.h"

#include <string.h>

#include "util/str.h"

bool
mime_same_bytes(const struct mime_tree *a, struct mime_range x, const struct mime_tree *b,
		struct mime_range y)
{
	size_t len = x.to - x.from;

	return len == y.to - y.from &&
	       (len == 0 || memcmp(a->source.data + x.from, b->source.data + y.from, len) == 0);
}

static bool
same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Of a multipart: what stands before its first delimiter and behind its last. */
static bool
same_margins(const struct mime_tree *a, const struct mime_node *x, const struct mime_tree *b,
	     const struct mime_node *y)
{
	struct mime_range before = {x->body.from, x->first_delimiter};
	struct mime_range after = {x->close_delimiter, x->body.to};
	struct mime_range before2 = {y->body.from, y->first_delimiter};
	struct mime_range after2 = {y->close_delimiter, y->body.to};

	if (x->first_delimiter == MIME_NO_OFFSET || y->first_delimiter == MIME_NO_OFFSET ||
	    x->close_delimiter == MIME_NO_OFFSET || y->close_delimiter == MIME_NO_OFFSET)
		return false; /* nobody edits these */
	return mime_same_bytes(a, before, b, before2) && mime_same_bytes(a, after, b, after2);
}

/* The part's last line end may have become its delimiter's. */
static bool
is_changed_to(const struct mime_change *c, const struct mime_tree *tree,
	      const struct mime_node *node)
{
	size_t len = node->body.to - node->body.from;

	if (node->encoding != c->encoding ||
	    (c->to_utf8 && (node->charset == NULL || !str_case_equal(node->charset, "utf-8"))))
		return false;
	return len <= c->len &&
	       (len == c->len ||
		(c->len - len == 2 && node->depth > 0 && c->body[len] == '\r')) &&
	       memcmp(tree->source.data + node->body.from, c->body, len) == 0;
}

static bool
same_kind(const struct mime_node *x, const struct mime_node *y)
{
	return strcmp(x->type, y->type) == 0 && x->depth == y->depth && x->flags == y->flags &&
	       x->is_multipart == y->is_multipart && x->is_attachment == y->is_attachment &&
	       x->is_named == y->is_named && same_string(x->boundary, y->boundary);
}

static bool
same_parent(const struct mime_node *x, const struct mime_node *y, unsigned added)
{
	bool moved = x->parent != MIME_NO_NODE && x->parent >= added;

	return y->parent == x->parent + (moved ? 1 : 0);
}

bool
mime_is_edit(const struct mime_tree *old, const struct mime_tree *new,
	     const struct mime_change *change, unsigned added)
{
	unsigned n_added = added == MIME_NO_NODE ? 0 : 1;

	if (new->n != old->n + n_added)
		return false;
	if (n_added == 1 && (new->node[added].child != MIME_NO_NODE ||
			     new->node[added].flags != 0 || added == 0))
		return false;
	for (unsigned i = 0; i < old->n; i++) {
		const struct mime_node *x = &old->node[i];
		const struct mime_node *y = &new->node[i < added ? i : i + 1];
		bool same;

		if (!same_kind(x, y) || !same_parent(x, y, added))
			return false;
		if (change[i].body != NULL)
			same = is_changed_to(&change[i], new, y);
		else
			same = mime_same_bytes(old, x->headers, new, y->headers) &&
			       (x->is_multipart ? same_margins(old, x, new, y)
						: mime_same_bytes(old, x->body, new, y->body));
		if (!same)
			return false;
	}
	return true;
}

bool
mime_is_wrapping(const struct mime_tree *old, const struct mime_tree *new, bool inner_last)
{
	const struct mime_node *root = &new->node[0], *first, *last, *inner;

	if (!root->is_multipart || (root->flags & ~(unsigned)MIME_LONE_CR) != 0 ||
	    root->child == MIME_NO_NODE)
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

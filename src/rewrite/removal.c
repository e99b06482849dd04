/* First, from the last node to the first, of which parts nothing is left to show; then, for
 * each part, the multiparts around it. */
#include "rewrite/removal.h"

#include <string.h>

#include "rewrite/displayed.h"
#include "util/arena.h"

static bool
is_of_type(const struct mime_node *node, const char *type)
{
	return strcmp(node->type, type) == 0;
}

/* Does a multipart show nothing but notices? gone: of each node behind it. */
static bool
shows_nothing(const struct mime_tree *tree, const struct mime_node *node, const bool *gone)
{
	if (!node->is_multipart || node->child == MIME_NO_NODE)
		return false;
	if (is_of_type(node, "multipart/related"))
		return gone[mime_related_root(tree, node)];
	if (is_of_type(node, "multipart/signed"))
		return gone[node->child];
	for (unsigned i = node->child; i != MIME_NO_NODE; i = tree->node[i].next)
		if (!gone[i])
			return false;
	return true;
}

/* Does a program show all children of the multipart, and expect no certain ones? */
static bool
shows_all_children(const struct mime_node *node)
{
	static const char *const others[] = {
		"multipart/alternative", "multipart/related",	  "multipart/signed",
		"multipart/encrypted",	 "multipart/appledouble",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_of_type(node, others[i]))
			return false;
	return node->is_multipart;
}

static void
find_notice_place(const struct mime_tree *tree, unsigned from, struct mime_removal *ret)
{
	unsigned node = from, parent = tree->node[from].parent;

	while (parent != MIME_NO_NODE && !shows_all_children(&tree->node[parent])) {
		node = parent;
		parent = tree->node[node].parent;
	}
	ret->place = parent == MIME_NO_NODE ? MIME_NOTICE_AROUND : MIME_NOTICE_BEHIND;
	/* Programs read the second part of a report. */
	if (parent != MIME_NO_NODE && is_of_type(&tree->node[parent], "multipart/report"))
		while (tree->node[node].next != MIME_NO_NODE)
			node = tree->node[node].next;
	ret->anchor = node;
}

static void
plan_removal(const struct mime_tree *tree, const bool *gone, struct mime_removal *ret)
{
	unsigned top = ret->node, parent = tree->node[top].parent;

	while (parent != MIME_NO_NODE && gone[parent]) {
		top = parent;
		parent = tree->node[top].parent;
	}
	ret->removed = ret->node;
	ret->place = MIME_NOTICE_IN_PLACE;
	ret->anchor = ret->node;
	if (parent == MIME_NO_NODE || !is_of_type(&tree->node[parent], "multipart/alternative"))
		return;
	ret->removed = top;
	find_notice_place(tree, parent, ret);
}

/* What is in a part that is removed for another one goes with that, and its notice stands where
 * that of the other does. */
static void
join_removals(const struct mime_tree *tree, struct mime_removal *removals, size_t n,
	      struct arena *arena)
{
	const struct mime_removal **of = arena_zalloc(arena, tree->n * sizeof(*of));

	for (size_t i = 0; i < n; i++)
		if (removals[i].place != MIME_NOTICE_IN_PLACE)
			of[removals[i].removed] = &removals[i];
	for (size_t i = 0; i < n; i++) {
		const struct mime_removal *outer = NULL;

		for (unsigned k = removals[i].node; k != MIME_NO_NODE; k = tree->node[k].parent)
			outer = of[k] != NULL ? of[k] : outer;
		if (outer == NULL)
			continue;
		removals[i].removed = outer->removed;
		removals[i].place = outer->place;
		removals[i].anchor = outer->anchor;
	}
}

void
mime_plan_removals(const struct mime_tree *tree, struct mime_removal *removals, size_t n)
{
	struct arena *arena = arena_new();
	bool *gone = arena_zalloc(arena, tree->n * sizeof(*gone));

	for (size_t i = 0; i < n; i++)
		gone[removals[i].node] = true;
	for (unsigned i = tree->n; i-- > 0;)
		gone[i] = gone[i] || shows_nothing(tree, &tree->node[i], gone);
	for (size_t i = 0; i < n; i++)
		plan_removal(tree, gone, &removals[i]);
	join_removals(tree, removals, n, arena);
	arena_free(arena);
}

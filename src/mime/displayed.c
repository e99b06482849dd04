/* Two passes over the tree: what each part shows, from the last to the first, so that the
 * children are known before their parent; then which parts were meant, from the first on. */
#include "mime/displayed.h"

#include <stdbool.h>
#include <string.h>

#include "util/arena.h"
#include "util/str.h"

/* What a part shows where text is looked for. */
enum shows {
	SHOWS_NOTHING,
	SHOWS_CALENDAR, /* text is better */
	SHOWS_TEXT,
	/* From here on the message is not to be written to. */
	SHOWS_IRREGULAR,
	SHOWS_SIGNED,
	SHOWS_ENCRYPTED,
	SHOWS_REPORT,
	SHOWS_DIGEST,
	SHOWS_VOICE,
};

static const enum mime_edit_result reasons[] = {
	[SHOWS_NOTHING] = MIME_EDIT_OTHER,    [SHOWS_CALENDAR] = MIME_EDIT_CALENDAR,
	[SHOWS_TEXT] = MIME_EDIT_OK,	      [SHOWS_IRREGULAR] = MIME_EDIT_IRREGULAR,
	[SHOWS_SIGNED] = MIME_EDIT_SIGNED,    [SHOWS_ENCRYPTED] = MIME_EDIT_ENCRYPTED,
	[SHOWS_REPORT] = MIME_EDIT_AUTOMATIC, [SHOWS_DIGEST] = MIME_EDIT_DIGEST,
	[SHOWS_VOICE] = MIME_EDIT_VOICE,
};

/* Types that say it all. */
static const struct {
	const char *type;
	enum shows shows;
} by_type[] = {
	{"text/calendar", SHOWS_CALENDAR},	  {"multipart/signed", SHOWS_SIGNED},
	{"multipart/encrypted", SHOWS_ENCRYPTED}, {"multipart/report", SHOWS_REPORT},
	{"multipart/digest", SHOWS_DIGEST},	  {"multipart/voice-message", SHOWS_VOICE},
};

struct view {
	const struct mime_tree *tree;
	struct arena *arena;
	enum shows *shows; /* of each node */
};

static bool
is_pkcs7(const struct mime_node *node)
{
	return strcmp(node->type, "application/pkcs7-mime") == 0 ||
	       strcmp(node->type, "application/x-pkcs7-mime") == 0;
}

static enum shows
pkcs7_shows(const struct view *v, const struct mime_node *node)
{
	const char *value = mime_node_value(v->tree, node, MIME_CONTENT_TYPE, v->arena), *what;
	struct mime_params params;

	if (value == NULL)
		return SHOWS_ENCRYPTED;
	mime_params_parse(v->arena, value, &params);
	what = mime_param(&params, "smime-type");
	return what != NULL && str_case_starts(what, "signed") ? SHOWS_SIGNED : SHOWS_ENCRYPTED;
}

static enum shows
leaf_shows(const struct view *v, const struct mime_node *node)
{
	if (is_pkcs7(node)) /* has a file name, and is no attachment */
		return pkcs7_shows(v, node);
	if (node->is_attachment || node->is_named)
		return SHOWS_NOTHING;
	if (strcmp(node->type, "text/plain") != 0 && strcmp(node->type, "text/html") != 0)
		return SHOWS_NOTHING;
	return node->irregular_params ? SHOWS_IRREGULAR : SHOWS_TEXT;
}

static unsigned
root_child(const struct view *v, const struct mime_node *node)
{
	for (unsigned i = node->child; node->start != NULL && i != MIME_NO_NODE;) {
		const struct mime_node *child = &v->tree->node[i];

		if (child->content_id != NULL && strcmp(child->content_id, node->start) == 0)
			return i;
		i = child->next;
	}
	return node->child;
}

/* All children are alternatives; one that must not be written to spoils all. */
static enum shows
alternative_shows(const struct view *v, const struct mime_node *node)
{
	enum shows best = SHOWS_NOTHING;

	for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next)
		if (v->shows[i] > best)
			best = v->shows[i];
	return best;
}

/* The first child that shows something. */
static unsigned
first_child(const struct view *v, const struct mime_node *node)
{
	unsigned found = MIME_NO_NODE;

	for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next) {
		if (v->shows[i] >= SHOWS_TEXT)
			return i;
		if (v->shows[i] == SHOWS_CALENDAR && found == MIME_NO_NODE)
			found = i;
	}
	return found;
}

static enum shows
multipart_shows(const struct view *v, const struct mime_node *node)
{
	unsigned child;

	if (strcmp(node->type, "multipart/alternative") == 0)
		return alternative_shows(v, node);
	child = strcmp(node->type, "multipart/related") == 0 ? root_child(v, node)
							     : first_child(v, node);
	return child == MIME_NO_NODE ? SHOWS_NOTHING : v->shows[child];
}

static enum shows
node_shows(const struct view *v, unsigned i)
{
	const struct mime_node *node = &v->tree->node[i];

	if (i > 0 && node->is_attachment && !is_pkcs7(node))
		return SHOWS_NOTHING;
	for (size_t k = 0; k < sizeof(by_type) / sizeof(by_type[0]); k++)
		if (strcmp(node->type, by_type[k].type) == 0)
			return by_type[k].shows;
	if (i == 0 && strncmp(node->type, "message/", 8) == 0)
		return SHOWS_REPORT;
	return node->is_multipart ? multipart_shows(v, node) : leaf_shows(v, node);
}

/* Marks the children of a marked part that were meant. */
static void
mark_children(const struct view *v, const struct mime_node *node, bool *marked)
{
	unsigned child;

	if (strcmp(node->type, "multipart/alternative") == 0) {
		for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next)
			marked[i] = v->shows[i] == SHOWS_TEXT;
		return;
	}
	child = strcmp(node->type, "multipart/related") == 0 ? root_child(v, node)
							     : first_child(v, node);
	if (child != MIME_NO_NODE)
		marked[child] = true;
}

static void
collect(const struct view *v, struct mime_displayed *ret)
{
	bool *marked = arena_zalloc(v->arena, v->tree->n * sizeof(*marked));
	unsigned *part = arena_alloc(v->arena, v->tree->n * sizeof(*part));
	size_t n = 0;

	marked[0] = true;
	for (unsigned i = 0; i < v->tree->n; i++) {
		if (!marked[i])
			continue;
		if (v->tree->node[i].is_multipart)
			mark_children(v, &v->tree->node[i], marked);
		else
			part[n++] = i;
	}
	*ret = (struct mime_displayed){part, n};
}

enum mime_edit_result
mime_find_displayed(const struct mime_tree *tree, struct arena *arena,
		    struct mime_displayed *ret)
{
	struct view v = {.tree = tree, .arena = arena};

	v.shows = arena_alloc(arena, tree->n * sizeof(*v.shows));
	for (unsigned i = tree->n; i-- > 0;)
		v.shows[i] = node_shows(&v, i);
	/* What must not be touched is called by its name, regular or not. */
	if (tree->flags != 0 && v.shows[0] <= SHOWS_TEXT)
		return reasons[SHOWS_IRREGULAR];
	if (v.shows[0] == SHOWS_NOTHING && strcmp(tree->node[0].type, "multipart/mixed") == 0)
		return MIME_EDIT_ATTACHMENTS;
	if (v.shows[0] == SHOWS_TEXT)
		collect(&v, ret);
	return reasons[v.shows[0]];
}

/* Two passes over the tree. From the last node to the first, what each part displays: the
 * children are known before their parent. Then, from the first on, which parts that text comes
 * from. */
#include "mime/displayed.h"

#include <stdbool.h>
#include <string.h>

#include "util/arena.h"
#include "util/str.h"

/* What a part displays, in ascending order: of the children of an alternative the greatest
 * counts. */
enum part_display {
	DISPLAYS_NOTHING,
	DISPLAYS_CALENDAR, /* text in another child counts more */
	DISPLAYS_TEXT,
	/* From here on the message must not be edited. */
	DISPLAYS_IRREGULAR,
	DISPLAYS_SIGNED,
	DISPLAYS_ENCRYPTED,
	DISPLAYS_REPORT,
	DISPLAYS_DIGEST,
	DISPLAYS_VOICE,
};

static const enum mime_edit_result result_of[] = {
	[DISPLAYS_NOTHING] = MIME_EDIT_OTHER,	 [DISPLAYS_CALENDAR] = MIME_EDIT_CALENDAR,
	[DISPLAYS_TEXT] = MIME_EDIT_OK,		 [DISPLAYS_IRREGULAR] = MIME_EDIT_IRREGULAR,
	[DISPLAYS_SIGNED] = MIME_EDIT_SIGNED,	 [DISPLAYS_ENCRYPTED] = MIME_EDIT_ENCRYPTED,
	[DISPLAYS_REPORT] = MIME_EDIT_AUTOMATIC, [DISPLAYS_DIGEST] = MIME_EDIT_DIGEST,
	[DISPLAYS_VOICE] = MIME_EDIT_VOICE,
};

/* Types that are decided without a look at their children. */
static const struct {
	const char *type;
	enum part_display display;
} by_type[] = {
	{"text/calendar", DISPLAYS_CALENDAR},
	{"multipart/signed", DISPLAYS_SIGNED},
	{"multipart/encrypted", DISPLAYS_ENCRYPTED},
	{"multipart/report", DISPLAYS_REPORT},
	{"multipart/digest", DISPLAYS_DIGEST},
	{"multipart/voice-message", DISPLAYS_VOICE},
};

struct display_scan {
	const struct mime_tree *tree;
	struct arena *arena;
	enum part_display *display; /* of each node */
};

static bool
is_pkcs7(const struct mime_node *node)
{
	return strcmp(node->type, "application/pkcs7-mime") == 0 ||
	       strcmp(node->type, "application/x-pkcs7-mime") == 0;
}

static enum part_display
pkcs7_display(const struct display_scan *v, const struct mime_node *node)
{
	const char *value = mime_node_value(v->tree, node, MIME_CONTENT_TYPE, v->arena), *what;
	struct mime_params params;

	if (value == NULL)
		return DISPLAYS_ENCRYPTED;
	mime_params_parse(v->arena, value, &params);
	what = mime_param(&params, "smime-type");
	return what != NULL && str_case_starts(what, "signed") ? DISPLAYS_SIGNED
							       : DISPLAYS_ENCRYPTED;
}

static enum part_display
leaf_display(const struct display_scan *v, const struct mime_node *node)
{
	if (is_pkcs7(node)) /* the message itself, though it has a file name */
		return pkcs7_display(v, node);
	if (node->is_attachment || node->is_named)
		return DISPLAYS_NOTHING;
	if (strcmp(node->type, "text/plain") != 0 && strcmp(node->type, "text/html") != 0)
		return DISPLAYS_NOTHING;
	return node->irregular_params ? DISPLAYS_IRREGULAR : DISPLAYS_TEXT;
}

/* The child whose Content-ID is the parameter "start", else the first (RFC 2387, section 3.2).
 */
static unsigned
related_root(const struct display_scan *v, const struct mime_node *node)
{
	for (unsigned i = node->child; node->start != NULL && i != MIME_NO_NODE;) {
		const struct mime_node *child = &v->tree->node[i];

		if (child->content_id != NULL && strcmp(child->content_id, node->start) == 0)
			return i;
		i = child->next;
	}
	return node->child;
}

/* All children are alternatives; one that must not be edited decides for all. */
static enum part_display
alternative_display(const struct display_scan *v, const struct mime_node *node)
{
	enum part_display best = DISPLAYS_NOTHING;

	for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next)
		if (v->display[i] > best)
			best = v->display[i];
	return best;
}

/* The first child with text, or that must not be edited; else the first calendar. */
static unsigned
first_displayed_child(const struct display_scan *v, const struct mime_node *node)
{
	unsigned found = MIME_NO_NODE;

	for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next) {
		if (v->display[i] >= DISPLAYS_TEXT)
			return i;
		if (v->display[i] == DISPLAYS_CALENDAR && found == MIME_NO_NODE)
			found = i;
	}
	return found;
}

static enum part_display
multipart_display(const struct display_scan *v, const struct mime_node *node)
{
	unsigned child;

	if (strcmp(node->type, "multipart/alternative") == 0)
		return alternative_display(v, node);
	child = strcmp(node->type, "multipart/related") == 0 ? related_root(v, node)
							     : first_displayed_child(v, node);
	return child == MIME_NO_NODE ? DISPLAYS_NOTHING : v->display[child];
}

static enum part_display
node_display(const struct display_scan *v, unsigned i)
{
	const struct mime_node *node = &v->tree->node[i];

	if (i > 0 && node->is_attachment && !is_pkcs7(node))
		return DISPLAYS_NOTHING;
	for (size_t k = 0; k < sizeof(by_type) / sizeof(by_type[0]); k++)
		if (strcmp(node->type, by_type[k].type) == 0)
			return by_type[k].display;
	if (i == 0 && strncmp(node->type, "message/", 8) == 0)
		return DISPLAYS_REPORT;
	return node->is_multipart ? multipart_display(v, node) : leaf_display(v, node);
}

/* Marks the children that the text of a marked part comes from. */
static void
mark_displayed_children(const struct display_scan *v, const struct mime_node *node,
			bool *marked)
{
	unsigned child;

	if (strcmp(node->type, "multipart/alternative") == 0) {
		for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next)
			marked[i] = v->display[i] == DISPLAYS_TEXT;
		return;
	}
	child = strcmp(node->type, "multipart/related") == 0 ? related_root(v, node)
							     : first_displayed_child(v, node);
	if (child != MIME_NO_NODE)
		marked[child] = true;
}

static void
collect_displayed(const struct display_scan *v, struct mime_displayed *ret)
{
	bool *marked = arena_zalloc(v->arena, v->tree->n * sizeof(*marked));
	unsigned *part = arena_alloc(v->arena, v->tree->n * sizeof(*part));
	size_t n = 0;

	marked[0] = true;
	for (unsigned i = 0; i < v->tree->n; i++) {
		if (!marked[i])
			continue;
		if (v->tree->node[i].is_multipart)
			mark_displayed_children(v, &v->tree->node[i], marked);
		else
			part[n++] = i;
	}
	*ret = (struct mime_displayed){part, n};
}

enum mime_edit_result
mime_find_displayed(const struct mime_tree *tree, struct arena *arena,
		    struct mime_displayed *ret)
{
	struct display_scan v = {.tree = tree, .arena = arena};

	v.display = arena_alloc(arena, tree->n * sizeof(*v.display));
	for (unsigned i = tree->n; i-- > 0;)
		v.display[i] = node_display(&v, i);
	/* A reason not to edit, such as SIGNED, goes before IRREGULAR. */
	if (tree->flags != 0 && v.display[0] <= DISPLAYS_TEXT)
		return result_of[DISPLAYS_IRREGULAR];
	if (v.display[0] == DISPLAYS_NOTHING &&
	    strcmp(tree->node[0].type, "multipart/mixed") == 0)
		return MIME_EDIT_ATTACHMENTS;
	if (v.display[0] == DISPLAYS_TEXT)
		collect_displayed(&v, ret);
	return result_of[v.display[0]];
}

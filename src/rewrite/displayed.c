/* Two passes over the tree. From the last node to the first, what each part displays: the
 * children are known before their parent. Then, from the first on, which parts that text comes
 * from. */
#include "rewrite/displayed.h"

#include <stdbool.h>
#include <string.h>

#include "mime/budget.h"
#include "rewrite/security.h"
#include "util/arena.h"

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
	unsigned rules;
	struct arena *arena;
	enum part_display *display;   /* of each node */
	enum mime_security *security; /* of each leaf */
};

/* Of a text whose header block is followed by a delimiter: it is empty, and there is no place
 * for an addition. As an alternative it may be what a program displays, unless it has no header
 * field either: then most programs do not see it, but at the end of the message. */
static enum part_display
without_empty_line_display(const struct mime_tree *tree, const struct mime_node *node)
{
	bool seen = node->headers.from < node->headers.to || node->part_end == tree->source.len;

	return seen && strcmp(tree->node[node->parent].type, "multipart/alternative") == 0
		       ? DISPLAYS_IRREGULAR
		       : DISPLAYS_NOTHING;
}

static enum part_display
leaf_display(const struct mime_tree *tree, const struct mime_node *node)
{
	if (node->is_attachment || node->is_named)
		return DISPLAYS_NOTHING;
	if (strcmp(node->type, "text/plain") != 0 && strcmp(node->type, "text/html") != 0)
		return DISPLAYS_NOTHING;
	if (node->parent != MIME_NO_NODE && node->headers.to == node->body.from)
		return without_empty_line_display(tree, node);
	return node->unclear_kind ? DISPLAYS_IRREGULAR : DISPLAYS_TEXT;
}

unsigned
mime_related_root(const struct mime_tree *tree, const struct mime_node *node)
{
	for (unsigned i = node->child; node->start != NULL && i != MIME_NO_NODE;) {
		const struct mime_node *child = &tree->node[i];

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
	enum part_display best = DISPLAYS_NOTHING, least = DISPLAYS_VOICE;

	for (unsigned i = node->child; i != MIME_NO_NODE; i = v->tree->node[i].next) {
		if (v->display[i] > best)
			best = v->display[i];
		if (v->display[i] < least)
			least = v->display[i];
	}
	if ((v->rules & MIME_DISPLAY_EVERY_FORM) != 0 && least == DISPLAYS_NOTHING &&
	    best <= DISPLAYS_TEXT)
		return DISPLAYS_NOTHING;
	return best;
}

static enum part_display
related_display(const struct display_scan *v, const struct mime_node *node)
{
	unsigned root = mime_related_root(v->tree, node);

	if (root == MIME_NO_NODE)
		return DISPLAYS_NOTHING;
	if ((v->rules & MIME_DISPLAY_EVERY_FORM) != 0 && root != node->child &&
	    v->display[root] <= DISPLAYS_TEXT)
		return DISPLAYS_NOTHING;
	return v->display[root];
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

/* Is that the type, too, and not a file that begins like it? */
static bool
is_typed_version(const struct display_scan *v, unsigned i)
{
	return strcmp(v->tree->node[i].type, "application/pgp-encrypted") == 0;
}

/* A message of PGP/MIME or S/MIME whose multipart/encrypted or /signed a gateway has made
 * multipart/mixed, maybe with an empty text in front. */
static enum part_display
mangled_display(const struct display_scan *v, const struct mime_node *node)
{
	unsigned first = node->child, second = first;

	for (unsigned i = first; i != MIME_NO_NODE; i = v->tree->node[i].next) {
		unsigned next = v->tree->node[i].next;

		if (v->security[i] == SECURITY_PGP_VERSION && next != MIME_NO_NODE &&
		    (v->security[next] == SECURITY_PGP_ARMOR || is_typed_version(v, i)))
			return DISPLAYS_ENCRYPTED;
	}
	if (first != MIME_NO_NODE)
		second = v->tree->node[first].next;
	return second != MIME_NO_NODE && v->security[second] == SECURITY_SIGNATURE
		       ? DISPLAYS_SIGNED
		       : DISPLAYS_NOTHING;
}

static enum part_display
mixed_display(const struct display_scan *v, const struct mime_node *node)
{
	enum part_display mangled = mangled_display(v, node);
	unsigned child = first_displayed_child(v, node);

	if (child == MIME_NO_NODE)
		return mangled;
	return v->display[child] > DISPLAYS_IRREGULAR || mangled == DISPLAYS_NOTHING
		       ? v->display[child]
		       : mangled;
}

static enum part_display
multipart_display(const struct display_scan *v, const struct mime_node *node)
{
	if (strcmp(node->type, "multipart/alternative") == 0)
		return alternative_display(v, node);
	if (strcmp(node->type, "multipart/related") == 0)
		return related_display(v, node);
	return mixed_display(v, node);
}

/* The message itself, though it may have a file name and be labelled as an attachment. */
static enum part_display
security_display(enum mime_security security)
{
	switch (security) {
	case SECURITY_SIGNED:
		return DISPLAYS_SIGNED;
	case SECURITY_ENCRYPTED:
		return DISPLAYS_ENCRYPTED;
	case SECURITY_NONE:
	case SECURITY_SIGNATURE:
	case SECURITY_PGP_VERSION:
	case SECURITY_PGP_ARMOR:
		break;
	}
	return DISPLAYS_NOTHING;
}

/* What the type says without a look at content or children. */
static bool
find_type_display(const struct display_scan *v, unsigned i, enum part_display *ret)
{
	const char *type = v->tree->node[i].type;
	bool reports = (v->rules & MIME_DISPLAY_REPORTS) != 0;

	for (size_t k = 0; k < sizeof(by_type) / sizeof(by_type[0]); k++) {
		if (strcmp(type, by_type[k].type) == 0 &&
		    (by_type[k].display != DISPLAYS_REPORT || !reports)) {
			*ret = by_type[k].display;
			return true;
		}
	}
	*ret = reports ? DISPLAYS_NOTHING : DISPLAYS_REPORT;
	return i == 0 && strncmp(type, "message/", 8) == 0;
}

static enum part_display
node_display(const struct display_scan *v, unsigned i)
{
	const struct mime_node *node = &v->tree->node[i];
	enum part_display display = security_display(v->security[i]);

	if (display != DISPLAYS_NOTHING)
		return display;
	if (i > 0 && node->is_attachment)
		return DISPLAYS_NOTHING;
	if (find_type_display(v, i, &display))
		return display;
	return node->is_multipart ? multipart_display(v, node) : leaf_display(v->tree, node);
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
	child = strcmp(node->type, "multipart/related") == 0 ? mime_related_root(v->tree, node)
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
mime_find_displayed(const struct mime_tree *tree, unsigned rules, struct arena *arena,
		    struct mime_displayed *ret)
{
	struct display_scan v = {.tree = tree, .rules = rules, .arena = arena};
	struct mime_budget budget;

	mime_budget_start(&budget, tree->source.len);
	v.display = arena_alloc(arena, tree->n * sizeof(*v.display));
	v.security = arena_alloc(arena, tree->n * sizeof(*v.security));
	for (unsigned i = tree->n; i-- > 0;) {
		v.security[i] = mime_part_security(tree, &tree->node[i], &budget, arena);
		v.display[i] = node_display(&v, i);
	}
	/* A reason not to edit, such as SIGNED, goes before IRREGULAR. */
	if (tree->flags != 0 && v.display[0] <= DISPLAYS_TEXT)
		return result_of[DISPLAYS_IRREGULAR];
	if (v.display[0] == DISPLAYS_NOTHING && tree->node[0].child != MIME_NO_NODE &&
	    strcmp(tree->node[0].type, "multipart/mixed") == 0)
		return MIME_EDIT_ATTACHMENTS;
	if (v.display[0] == DISPLAYS_TEXT)
		collect_displayed(&v, ret);
	return result_of[v.display[0]];
}

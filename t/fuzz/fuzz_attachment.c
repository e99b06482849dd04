/* Fuzzes the search for attachments, the plan for notices and the replacement of parts, in any
 * message. In a message without defects parts can be replaced, and all other parts stay byte
 * for byte. The message as a text is searched for files that are uuencoded in it. Input: a byte
 * that chooses the parts to replace, then a message. */
#include <assert.h>
#include <string.h>

#include "charset/charset.h"
#include "content/attachments.h"
#include "fuzz.h"
#include "joined.h"
#include "mime/uuencode_block.h"
#include "rewrite/removal.h"
#include "rewrite/replace.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

static const struct mime_limits limits = {.parts = 40, .depth = 6};
static const struct mime_limits wide_limits = {.parts = 80, .depth = 6};
static const char notice[] = "Content-Type: text/plain\r\n\r\nnotice";

static void
check_search(struct arena *arena, const struct mime_tree *tree)
{
	struct message m = {.arena = arena};
	struct attachments found;

	attachments_find(tree, &m, &limits, true, arena, &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct attachment *p = &found.part[i];

		assert(p->node == MIME_NO_NODE || p->node < tree->n);
		assert(p->n_types > 0);
		assert(p->text_from < p->text_to || p->text_to == 0);
		assert(!p->is_displayed || !p->is_file);
		assert(tree->flags != 0 || p->node != MIME_NO_NODE || tree->n > 1 ||
		       tree->node[0].irregular_params || tree->node[0].is_encoded ||
		       strncmp(tree->node[0].type, "message/", 8) == 0);
		assert(p->n_names <= MIME_NAMES_MAX);
		for (size_t k = 0; k < p->n_names; k++)
			assert(str_is_utf8(p->names[k], strlen(p->names[k])) &&
			       *p->names[k] != '\0');
	}
}

/* A multipart may end without its close delimiter: what is removed or added at its end would
 * change the part in front of that. */
static bool
is_closed(const struct mime_tree *tree)
{
	for (unsigned i = 0; i < tree->n; i++)
		if (tree->node[i].is_multipart &&
		    tree->node[i].close_delimiter == MIME_NO_OFFSET)
			return false;
	return true;
}

/* The leaves of a that are not replaced are in b, in the same order. */
static void
check_leaves(const struct mime_tree *a, const struct mime_tree *b,
	     const struct mime_new_part *parts, size_t n)
{
	unsigned j = 0;

	for (unsigned i = 0; i < a->n; i++) {
		const struct mime_node *x = &a->node[i];
		size_t len = x->body.to - x->body.from;
		bool gone = false;

		for (size_t k = 0; k < n; k++)
			for (unsigned p = i; p != MIME_NO_NODE; p = a->node[p].parent)
				gone |= p == parts[k].node;
		if (gone || x->child != MIME_NO_NODE)
			continue;
		while (j < b->n &&
		       (b->node[j].child != MIME_NO_NODE ||
			b->node[j].body.to - b->node[j].body.from != len ||
			(len > 0 && memcmp(b->source.data + b->node[j].body.from,
					   a->source.data + x->body.from, len) != 0)))
			j++;
		assert(j < b->n);
		j++;
	}
}

static void
check_replace(struct arena *arena, const struct mime_tree *tree, unsigned seed)
{
	struct mime_new_part parts[40];
	struct mime_source source = tree->source;
	struct mime_tree result;
	struct mime_rope done;
	struct buf out = {0};
	size_t n = 0;
	unsigned depth = UINT_MAX;

	for (unsigned i = 1; i < tree->n; i++) {
		if (tree->node[i].depth > depth)
			continue;
		depth = UINT_MAX;
		if (((seed >> (i % 7)) & 1) == 0)
			continue;
		depth = tree->node[i].depth;
		parts[n++] =
			(struct mime_new_part){i, notice, strlen(notice), MIME_PART_REPLACED};
	}
	if (mime_replace_parts(tree, &limits, parts, n, arena, &done) < 0) {
		assert(tree->flags != 0 || !is_closed(tree));
		return;
	}
	put_pieces(&done, &out);
	source.data = buf_string(&out);
	source.len = out.len;
	mime_scan(arena, &source, &limits, &result);
	assert(result.flags == 0);
	check_leaves(tree, &result, parts, n);
	buf_free(&out);
}

/* A plan removes each part, or something around it, and nothing that stays has its notice in
 * what is removed. */
static void
check_plan(struct arena *arena, const struct mime_tree *tree, unsigned seed)
{
	struct mime_removal plan[40];
	struct mime_new_part changes[80];
	struct mime_rope done;
	size_t n = 0, n_changes = 0;
	unsigned depth = UINT_MAX, removed = MIME_NO_NODE;

	for (unsigned i = 1; i < tree->n; i++) {
		if (tree->node[i].depth > depth)
			continue;
		depth = ((seed >> (i % 7)) & 1) == 0 ? UINT_MAX : tree->node[i].depth;
		if (depth != UINT_MAX)
			plan[n++] = (struct mime_removal){.node = i};
	}
	mime_plan_removals(tree, plan, n);
	for (size_t i = 0; i < n; i++) {
		const struct mime_removal *r = &plan[i];
		bool in_place = r->place == MIME_NOTICE_IN_PLACE;

		assert(r->removed > 0 && r->removed <= r->node);
		assert(!in_place || r->removed == r->node);
		if (in_place || r->removed != removed)
			changes[n_changes++] = (struct mime_new_part){
				r->removed, notice, strlen(notice),
				in_place ? MIME_PART_REPLACED : MIME_PART_REMOVED};
		removed = r->removed;
		if (r->place == MIME_NOTICE_BEHIND)
			changes[n_changes++] = (struct mime_new_part){
				r->anchor, notice, strlen(notice), MIME_PART_ADDED};
	}
	mime_sort_changes(tree, changes, n_changes);
	if (mime_replace_parts(tree, &wide_limits, changes, n_changes, arena, &done) < 0)
		assert(tree->flags != 0 || !is_closed(tree));
}

static void
check_uuencode(const char *s, size_t len)
{
	struct uuencode_block b = {.to = 0};
	size_t at = 0;

	while (uuencode_next_block(s, len, at, &b)) {
		assert(at <= b.from && b.from < b.data && b.data < b.data_end);
		assert(b.data_end <= b.to && b.to <= len);
		at = b.to;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct mime_source source = {
		.has_header = true, .into_messages = true, .find_lone_cr = true};
	struct mime_tree tree;

	(void)charset_open_all();
	if (size > 0) {
		source.data = (const char *)data + 1;
		source.len = size - 1;
		mime_scan(arena, &source, &limits, &tree);
		check_search(arena, &tree);
		check_replace(arena, &tree, data[0]);
		check_plan(arena, &tree, data[0]);
		check_uuencode(source.data, source.len);
	}
	arena_free(arena);
	return 0;
}

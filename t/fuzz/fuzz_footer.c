/* Fuzzes the placement of a footer in any message: the result has the same parts in the same
 * places, and all parts but those with the footer are unchanged byte for byte; or nothing is
 * done. src/rewrite checks its result itself; this target checks the leaves in another way.
 * Input: a byte that chooses the footer, the value of Content-Type up to LF, the body. */
#include <assert.h>
#include <string.h>

#include "charset/charset.h"
#include "fuzz.h"
#include "joined.h"
#include "rewrite/displayed.h"
#include "rewrite/placement.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct mime_limits limits = {.parts = 60, .depth = 8};
static const struct mime_limits result_limits = {.parts = 100, .depth = 20};

static const struct addition additions[] = {
	{.text = "Legal \xe2\x82\xac\r\n",
	 .text_len = 11,
	 .html = "<p>&#8364;</p>\r\n",
	 .html_len = 16},
	{.text = "Legal\r\n--b\r\n", .text_len = 12, .html = "--b\r\n", .html_len = 5},
	{.text = "x\r\n", .text_len = 3, .html = "x\r\n", .html_len = 3, .top = true},
};

static bool
same_leaf(const struct mime_tree *a, const struct mime_node *x, const struct mime_tree *b,
	  const struct mime_node *y)
{
	size_t from = x->depth > 0 ? x->headers.from : x->body.from;
	size_t from2 = x->depth > 0 ? y->headers.from : y->body.from;
	size_t len = x->body.to - from;

	return y->body.to - from2 == len &&
	       memcmp(a->source.data + from, b->source.data + from2, len) == 0;
}

/* added: the result has a new part as its second node. */
static void
check_result(struct arena *a, const struct mime_tree *old, const struct placement *result,
	     const struct mime_displayed *shown, const struct addition *added)
{
	struct mime_source source = old->source;
	struct buf body = {0};
	struct mime_tree new;
	size_t next = 0;

	put_pieces(&result->body, &body);
	source.data = buf_string(&body);
	source.len = body.len;
	if (result->content_type != NULL)
		source.content_type = result->content_type;
	if (result->transfer_encoding != NULL)
		source.transfer_encoding = result->transfer_encoding;
	mime_scan(a, &source, &result_limits, &new);
	assert(new.flags == 0 && new.n == old->n + (added != NULL ? 1 : 0));
	for (unsigned i = 0; i < old->n; i++) {
		const struct mime_node *x = &old->node[i];
		const struct mime_node *y = &new.node[i > 0 && added != NULL ? i + 1 : i];
		bool edited = next < shown->n && shown->part[next] == i;

		next += edited;
		assert(strcmp(x->type, y->type) == 0 && x->depth == y->depth);
		if (x->child == MIME_NO_NODE && !edited && !(added != NULL && i == 0))
			assert(same_leaf(old, x, &new, y));
	}
	if (added != NULL)
		assert(mime_has_text_part(&new, added));
	buf_free(&body);
}

/* The message as one part of a new multipart: its bytes are unchanged. */
static void
check_wrap(struct arena *a, const struct mime_tree *tree, const struct addition *add)
{
	struct placement result = {.content_type = NULL};
	struct buf body = {0};
	enum mime_edit_result why = mime_place_around(tree, "X: y\r\n", 6, add, a, &result);

	if (why != MIME_EDIT_OK)
		return;
	put_pieces(&result.body, &body);
	assert(body.len > tree->source.len);
	assert(memmem(body.data, body.len, tree->source.data, tree->source.len) != NULL);
	buf_free(&body);
}

static void
check_footer(struct arena *a, const struct mime_source *source, const struct addition *add)
{
	struct mime_displayed shown = {0};
	struct placement result = {.content_type = NULL};
	struct mime_tree tree;
	enum mime_edit_result why;

	mime_scan(a, source, &limits, &tree);
	why = mime_find_displayed(&tree, MIME_DISPLAY_REPORTS | MIME_DISPLAY_EVERY_FORM, a,
				  &shown);
	assert(why != MIME_EDIT_AUTOMATIC && (why != MIME_EDIT_OK || tree.flags == 0));
	why = mime_find_displayed(&tree, 0, a, &shown);
	if (why == MIME_EDIT_OK) {
		assert(tree.flags == 0 && shown.n > 0);
		why = mime_place_in_parts(&tree, shown.part, shown.n, add, IF_PRESENT_TAIL, a,
					  &result);
		if (why == MIME_EDIT_OK)
			check_result(a, &tree, &result, &shown, NULL);
	} else if (why == MIME_EDIT_ATTACHMENTS) {
		why = mime_place_as_first_part(&tree, add, a, &result);
		if (why == MIME_EDIT_OK)
			check_result(a, &tree, &result, &shown, add);
	}
	check_wrap(a, &tree, add);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *lf;
	struct mime_source source = {.find_lone_cr = true};
	struct arena *a;

	if (size < 2 || (lf = memchr(s + 1, '\n', size - 1)) == NULL)
		return 0;
	(void)charset_open_all();
	a = arena_new();
	source.content_type =
		lf == s + 1 ? NULL : arena_strndup(a, s + 1, (size_t)(lf - s - 1));
	source.transfer_encoding = (data[0] & 4) != 0 ? "quoted-printable" : NULL;
	source.data = lf + 1;
	source.len = size - (size_t)(lf + 1 - s);
	check_footer(a, &source, &additions[data[0] % 3]);
	arena_free(a);
	return 0;
}

/* The action "strip": replaces files by a notice. */
#include <string.h>

#include "content/edit.h"
#include "mime/replace.h"
#include "policies/attachment.h"
#include "util/str.h"

/* Appends the notice that replaces a file. It is quoted-printable, so no line of it can be
 * taken for a boundary, and every MTA can transmit it. */
static void
append_notice(struct policy_call *c, const struct attachment_block *b,
	      const struct attachment_hit *hit, struct buf *out)
{
	struct placeholder_values values = {0};
	struct buf text = {0}, lines = {0};

	policy_fill_values(c, &values);
	values.value[PLACEHOLDER_RULE] = b->title;
	values.value[PLACEHOLDER_NAME] = attachment_short_name(policy_arena(c), hit->name);
	template_expand(b->notice, &values, false, &text);
	for (const char *p = buf_string(&text); *p != '\0'; p++) {
		if (*p == '\n')
			buf_putc(&lines, '\r');
		buf_putc(&lines, (unsigned char)*p);
	}
	mime_qp_encode(buf_string(&lines), lines.len, out);
	buf_free(&text);
	buf_free(&lines);
}

static enum verdict
fail_strip(struct policy_call *c, const struct attachment_hit *hit, const char *why)
{
	return policy_fail(c, "%s cannot be removed: %s",
			   attachment_short_name(policy_arena(c), hit->name), why);
}

/* Deletes the headers that describe the old body. The first Content-Type and the first
 * Content-Transfer-Encoding stay; they get new values. */
static void
delete_old_content_headers(struct policy_call *c)
{
	struct message *m = policy_message(c);
	bool type = false, encoding = false;

	for (size_t i = 0; i < m->n_headers; i++) {
		struct header *h = &m->headers[i];
		bool *kept = str_case_equal(h->name, "Content-Type")		    ? &type
			     : str_case_equal(h->name, "Content-Transfer-Encoding") ? &encoding
										    : NULL;

		if (h->deleted || (!str_case_starts(h->name, "Content-") &&
				   !str_case_equal(h->name, "Lines")))
			continue;
		if (kept != NULL && !*kept)
			*kept = true;
		else
			policy_delete_header(c, h);
	}
}

/* The whole message is the file: the notice becomes its body. */
static enum verdict
strip_whole_message(struct policy_call *c, const struct attachment_block *b,
		    const struct attachment_hit *hit)
{
	const struct mime_tree *tree;
	struct buf body = {0};

	append_notice(c, b, hit, &body);
	buf_puts(&body, "\r\n");
	delete_old_content_headers(c);
	content_set_fields(policy_message(c), "text/plain; charset=utf-8", "quoted-printable");
	content_set_body(policy_message(c), &body);
	policy_note_new_body(c);
	tree = policy_mime_tree(c, true);
	if (tree->n != 1 || tree->flags != 0 || strcmp(tree->node[0].type, "text/plain") != 0)
		return fail_strip(c, hit, "the edited message failed the check");
	return VERDICT_CONTINUE;
}

static bool
node_is_inside(const struct mime_tree *tree, unsigned node, unsigned outer)
{
	while (node != MIME_NO_NODE && node > outer)
		node = tree->node[node].parent;
	return node == outer;
}

static const char notice_fields[] = "Content-Type: text/plain; charset=utf-8\r\n"
				    "Content-Disposition: inline\r\n"
				    "Content-Transfer-Encoding: quoted-printable\r\n\r\n";

/* The notices for the hits, which are in the order of their nodes. A hit inside an earlier one
 * is left out: it is replaced with that. Returns how many there are. */
static size_t
make_notice_parts(struct policy_call *c, const struct attachment_block *b,
		  const struct mime_tree *tree, const struct attachment_hit *hits, size_t n,
		  struct mime_new_part *ret)
{
	struct arena *arena = policy_arena(c);
	struct buf text = {0};
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned node = hits[i].part->node;

		if (made > 0 && node_is_inside(tree, node, ret[made - 1].node))
			continue;
		buf_reset(&text);
		buf_puts(&text, notice_fields);
		append_notice(c, b, &hits[i], &text);
		ret[made++] = (struct mime_new_part){
			node, arena_dup(arena, text.data, text.len), text.len};
	}
	buf_free(&text);
	return made;
}

static enum verdict
strip_parts(struct policy_call *c, const struct attachment_block *b,
	    const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	struct arena *arena = policy_arena(c);
	const struct content_limits *view = policy_content_limits(c);
	struct mime_limits limits = {.parts = view->parts, .depth = view->depth};
	struct mime_new_part *parts = arena_alloc(arena, n * sizeof(*parts));
	struct mime_rope body;

	n = make_notice_parts(c, b, tree, hits, n, parts);
	if (mime_replace_parts(tree, &limits, parts, n, arena, &body) < 0)
		return fail_strip(c, &hits[0], "the edited message failed the check");
	content_set_body_pieces(policy_message(c), &body);
	policy_note_new_body(c);
	return VERDICT_CONTINUE;
}

enum verdict
attachment_strip(struct policy_call *c, const struct attachment_block *b,
		 const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	enum verdict v;

	if (tree->flags != 0)
		return fail_strip(c, &hits[0], mime_flag_words(policy_arena(c), tree->flags));
	for (size_t i = 0; i < n; i++) {
		if (hits[i].part->node == MIME_NO_NODE)
			return fail_strip(c, &hits[i], "programs read it in different ways");
		if (hits[i].part->text_to > 0)
			return fail_strip(c, &hits[i], "it is in a text");
	}
	v = hits[0].part->node == 0 ? strip_whole_message(c, b, &hits[0])
				    : strip_parts(c, b, tree, hits, n);
	if (v == VERDICT_CONTINUE && message_size(policy_message(c)) > policy_size_limit(c))
		return fail_strip(c, &hits[0], "the notice makes the message too large");
	return v;
}

/* The action "strip": replaces files by a notice. */
#include <errno.h>
#include <string.h>

#include "content/edit.h"
#include "content/uuencoded.h"
#include "mime/fields.h"
#include "policies/attachment.h"
#include "policies/body_edit.h"
#include "rewrite/displayed.h"
#include "rewrite/placement.h"
#include "rewrite/removal.h"
#include "rewrite/replace.h"
#include "util/memory.h"
#include "util/str.h"

#define COPIES_OF_TEXT 2u /* without its files, and encoded */

/* Appends the notice that replaces a file, in UTF-8 with CRLF. */
static void
expand_notice(struct policy_call *c, const struct attachment_rule *rule,
	      const struct attachment_hit *hit, struct buf *out)
{
	struct placeholder_values values = {0};
	struct buf text = {0};

	policy_fill_values(c, &values);
	values.value[PLACEHOLDER_RULE] = rule->rule->title;
	values.value[PLACEHOLDER_NAME] = attachment_short_name(policy_arena(c), hit->name);
	template_expand(rule->notice, &values, false, &text);
	for (const char *p = buf_string(&text); *p != '\0'; p++) {
		if (*p == '\n')
			buf_putc(out, '\r');
		buf_putc(out, (unsigned char)*p);
	}
	buf_free(&text);
}

/* The same in quoted-printable, so no line of it can be taken for a boundary, and every MTA can
 * transmit it. */
static void
append_notice(struct policy_call *c, const struct attachment_rule *rule,
	      const struct attachment_hit *hit, struct buf *out)
{
	struct buf lines = {0};

	expand_notice(c, rule, hit, &lines);
	mime_qp_encode(buf_string(&lines), lines.len, out);
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
strip_whole_message(struct policy_call *c, const struct attachment_rule *rule,
		    const struct attachment_hit *hit)
{
	const struct mime_tree *tree;
	struct buf body = {0};

	append_notice(c, rule, hit, &body);
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

/* ---- files in a text ---- */

/* Appends a notice to a text, in the form of the text. What the sender chose is not HTML. */
static void
write_notice_in_text(struct policy_call *c, const struct attachment_rule *rule,
		     const struct attachment_hit *hit, const struct mime_node *node,
		     struct buf *out)
{
	struct buf notice = {0};
	bool html = strcmp(node->type, "text/html") == 0;
	bool utf8 = node->encoding != MIME_7BIT && node->charset != NULL &&
		    str_case_equal(node->charset, "utf-8");
	const char *s;

	expand_notice(c, rule, hit, &notice);
	s = buf_string(&notice);
	for (s = utf8 ? s : attachment_ascii(policy_arena(c), s); *s != '\0'; s++) {
		if (html && strchr("<>&", *s) != NULL)
			buf_printf(out, "&#%d;", *s);
		else
			buf_putc(out, (unsigned char)*s);
	}
	buf_free(&notice);
}

static int
encode_new_text(const struct buf *text, enum mime_encoding e, struct buf *out)
{
	const char *s = (const char *)text->data;

	switch (e) {
	case MIME_7BIT:
	case MIME_8BIT:
	case MIME_BINARY:
		buf_append(out, s, text->len);
		return 0;
	case MIME_QP:
		mime_qp_encode(s, text->len, out);
		return 0;
	case MIME_BASE64:
		mime_base64_encode(s, text->len, out);
		return 0;
	case MIME_UUENCODE:
	case MIME_UNKNOWN_ENCODING:
		break;
	}
	return -EOPNOTSUPP;
}

/* Bytes of a text with len bytes that are in no hit. */
static size_t
count_kept_bytes(size_t len, const struct attachment_hit *const *hit, size_t n)
{
	for (size_t i = 0; i < n; i++)
		len -= hit[i]->part->text_to - hit[i]->part->text_from;
	return len;
}

/* Appends the body of a text without the n files that are hit in it, which are in their order.
 */
static int
write_text_without_files(struct policy_call *c, const struct attachment_rule *rule,
			 const struct mime_tree *tree, const struct attachment_hit *const *hit,
			 size_t n, struct buf *out)
{
	const struct mime_node *node = &tree->node[hit[0]->part->node];
	struct content_text text;
	struct buf new_text = {0};
	size_t at = 0;
	int r;

	if (!content_open_node_text(tree, node, &text))
		return -EINVAL;
	if (memory_lacks_room(COPIES_OF_TEXT * count_kept_bytes(text.len, hit, n))) {
		content_close_text(&text);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct attachment *part = hit[i]->part;

		buf_append(&new_text, text.data + at, part->text_from - at);
		write_notice_in_text(c, rule, hit[i], node, &new_text);
		if (text.data[part->text_to - 1] == '\n')
			buf_puts(&new_text, "\r\n");
		at = part->text_to;
	}
	buf_append(&new_text, text.data + at, text.len - at);
	r = encode_new_text(&new_text, node->encoding, out);
	buf_free(&new_text);
	content_close_text(&text);
	return r;
}

/* The text is the whole message. */
static enum verdict
strip_files_in_message(struct policy_call *c, const struct attachment_rule *rule,
		       const struct mime_tree *tree, const struct attachment_hit *hits,
		       size_t n)
{
	struct arena *arena = policy_arena(c);
	const struct attachment_hit **hit = arena_alloc(arena, n * sizeof(*hit));
	struct buf body = {0};

	for (size_t i = 0; i < n; i++)
		hit[i] = &hits[i];
	if (write_text_without_files(c, rule, tree, hit, n, &body) < 0) {
		buf_free(&body);
		return fail_strip(c, &hits[0], "its text cannot be encoded");
	}
	body_edit_delete_sums(c);
	content_set_body(policy_message(c), &body);
	policy_note_new_body(c);
	return VERDICT_CONTINUE;
}

/* ---- parts ---- */

/* What is done for the hits of a rule. */
struct strip_plan {
	struct policy_call *call;
	const struct attachment_rule *rule;
	const struct mime_tree *tree;
	const struct attachment_hit **hit; /* those that are replaced */
	struct mime_removal *removal;	   /* of each of them */
	size_t n;
	const struct attachment_hit **in_text; /* those that are files in a text */
	size_t n_in_text;
	struct mime_new_part *change; /* room for two of each */
	size_t n_changes;
	struct buf around; /* the notices that stand beside the old message, with CRLF */
};

/* A hit inside an earlier one is left out: it goes with that. */
static void
plan_strip(struct strip_plan *p, const struct attachment_hit *hits, size_t n)
{
	struct arena *arena = policy_arena(p->call);

	p->hit = arena_alloc(arena, n * sizeof(struct attachment_hit *));
	p->in_text = arena_alloc(arena, n * sizeof(struct attachment_hit *));
	p->removal = arena_zalloc(arena, n * sizeof(*p->removal));
	p->change = arena_alloc(arena, 2 * n * sizeof(*p->change));
	for (size_t i = 0; i < n; i++) {
		unsigned node = hits[i].part->node;

		if (p->n > 0 && node_is_inside(p->tree, node, p->removal[p->n - 1].node))
			continue;
		if (hits[i].part->text_to > 0) {
			p->in_text[p->n_in_text++] = &hits[i];
			continue;
		}
		p->removal[p->n].node = node;
		p->hit[p->n++] = &hits[i];
	}
	mime_plan_removals(p->tree, p->removal, p->n);
}

/* Appends the fields of an attached message that do not describe its content. */
static void
append_own_fields(const struct mime_tree *tree, const struct mime_node *node, struct buf *out)
{
	const char *s = tree->source.data;
	bool has_version = false;

	for (size_t at = node->headers.from; at < node->headers.to;) {
		struct mime_field_span f;

		mime_field_read(s, node->headers.to, at, &f);
		at = f.to;
		if (str_case_equal_n(s + f.from, f.name_end - f.from > 8 ? 8 : 0, "Content-",
				     8) ||
		    mime_field_is(s, &f, "Lines"))
			continue;
		has_version |= mime_field_is(s, &f, "MIME-Version");
		buf_append(out, s + f.from, f.to - f.from);
	}
	if (!has_version)
		buf_puts(out, "MIME-Version: 1.0\r\n");
}

/* Writes a part with the notice. In the place of an attached message's content it has the own
 * fields of that message; in that of the part that a multipart/related shows, its Content-ID.
 */
static void
write_notice_part(const struct strip_plan *p, size_t i, struct buf *out)
{
	const struct mime_node *node = &p->tree->node[p->removal[i].node];
	const struct mime_node *parent = &p->tree->node[node->parent];

	if (p->removal[i].place == MIME_NOTICE_IN_PLACE) {
		if (parent->is_message)
			append_own_fields(p->tree, node, out);
		if (node->content_id != NULL &&
		    strcmp(parent->type, "multipart/related") == 0 &&
		    mime_related_root(p->tree, parent) == p->removal[i].node)
			buf_printf(out, "Content-ID: <%s>\r\n", node->content_id);
	}
	buf_puts(out, "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Disposition: inline\r\n"
		      "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	append_notice(p->call, p->rule, p->hit[i], out);
}

static void
add_strip_change(struct strip_plan *p, size_t i, unsigned node, enum mime_part_change change)
{
	struct buf text = {0};
	size_t len;

	if (change != MIME_PART_REMOVED)
		write_notice_part(p, i, &text);
	len = text.len;
	p->change[p->n_changes++] = (struct mime_new_part){
		node, buf_move_to_arena(&text, policy_arena(p->call)), len, change};
}

static void
make_changes(struct strip_plan *p)
{
	unsigned removed = MIME_NO_NODE;

	for (size_t i = 0; i < p->n; i++) {
		const struct mime_removal *r = &p->removal[i];

		if (r->place == MIME_NOTICE_IN_PLACE) {
			add_strip_change(p, i, r->node, MIME_PART_REPLACED);
			continue;
		}
		if (r->removed != removed)
			add_strip_change(p, i, r->removed, MIME_PART_REMOVED);
		removed = r->removed;
		if (r->place == MIME_NOTICE_BEHIND) {
			add_strip_change(p, i, r->anchor, MIME_PART_ADDED);
			continue;
		}
		if (p->around.len > 0)
			buf_puts(&p->around, "\r\n");
		expand_notice(p->call, p->rule, p->hit[i], &p->around);
		buf_puts(&p->around, "\r\n");
	}
}

/* Is the node in a part that is removed? is_removed: of each node. */
static bool
is_in_removed_part(const struct mime_tree *tree, unsigned node, const bool *is_removed)
{
	while (node != MIME_NO_NODE && !is_removed[node])
		node = tree->node[node].parent;
	return node != MIME_NO_NODE;
}

/* Replaces a part by one with the same fields and a new text. */
static int
change_text(struct strip_plan *p, const struct attachment_hit *const *hit, size_t n)
{
	unsigned i = hit[0]->part->node;
	const struct mime_node *node = &p->tree->node[i];
	struct buf text = {0};
	size_t len;
	int r;

	buf_append(&text, p->tree->source.data + node->headers.from,
		   node->body.from - node->headers.from);
	r = write_text_without_files(p->call, p->rule, p->tree, hit, n, &text);
	len = text.len;
	p->change[p->n_changes++] = (struct mime_new_part){
		i, buf_move_to_arena(&text, policy_arena(p->call)), len, MIME_PART_REPLACED};
	return r;
}

/* The changes for files in texts, all files of a text together. */
static int
change_texts(struct strip_plan *p)
{
	struct arena *arena = arena_new();
	bool *is_removed = arena_zalloc(arena, p->tree->n * sizeof(*is_removed));
	int r = 0;

	for (size_t i = 0; i < p->n; i++)
		is_removed[p->removal[i].removed] = true;
	for (size_t i = 0, n; i < p->n_in_text && r == 0; i += n) {
		unsigned node = p->in_text[i]->part->node;

		for (n = 1; i + n < p->n_in_text && p->in_text[i + n]->part->node == node;)
			n++;
		if (!is_in_removed_part(p->tree, node, is_removed))
			r = change_text(p, p->in_text + i, n);
	}
	arena_free(arena);
	return r;
}

/* Puts the notices into a multipart around the message, which was changed. */
static int
strip_around(struct strip_plan *p)
{
	struct policy_call *c = p->call;
	const struct mime_tree *tree = policy_mime_tree(c, false);
	struct addition add = {.text = buf_string(&p->around), .text_len = p->around.len};
	struct placement done = {0};
	struct buf fields = {0};
	enum mime_edit_result why;

	if (tree == NULL)
		return -ENODATA;
	body_edit_append_fields(policy_message(c), &fields);
	why = mime_place_around(tree, buf_string(&fields), fields.len, &add, policy_arena(c),
				&done);
	buf_free(&fields);
	if (why != MIME_EDIT_OK)
		return -EINVAL;
	if (strcmp(done.transfer_encoding, "7bit") == 0)
		done.transfer_encoding = NULL;
	body_edit_delete_fields(c, done.transfer_encoding != NULL);
	body_edit_place(c, &done);
	return 0;
}

static enum verdict
strip_parts(struct policy_call *c, const struct attachment_rule *rule,
	    const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	const struct content_limits *view = policy_content_limits(c);
	struct mime_limits limits = {.parts = view->parts, .depth = view->depth};
	struct strip_plan p = {.call = c, .rule = rule, .tree = tree};
	struct mime_rope body;
	int r;

	limits.parts += n < UINT_MAX - limits.parts ? (unsigned)n : 0;
	plan_strip(&p, hits, n);
	make_changes(&p);
	r = change_texts(&p);
	mime_sort_changes(tree, p.change, p.n_changes);
	if (r == 0)
		r = mime_replace_parts(tree, &limits, p.change, p.n_changes, policy_arena(c),
				       &body);
	if (r == 0) {
		content_set_body_pieces(policy_message(c), &body);
		policy_note_new_body(c);
		if (p.around.len > 0)
			r = strip_around(&p);
	}
	buf_free(&p.around);
	return r < 0 ? fail_strip(c, &hits[0], "the edited message failed the check")
		     : VERDICT_CONTINUE;
}

enum verdict
attachment_strip(struct policy_call *c, const struct attachment_rule *rule,
		 const struct mime_tree *tree, const struct attachment_hit *hits, size_t n)
{
	enum verdict v;

	if (tree->flags != 0)
		return fail_strip(c, &hits[0], mime_flag_words(policy_arena(c), tree->flags));
	for (size_t i = 0; i < n; i++) {
		if (hits[i].part->node == MIME_NO_NODE)
			return fail_strip(c, &hits[i], "programs read it in different ways");
	}
	if (hits[0].part->node > 0)
		v = strip_parts(c, rule, tree, hits, n);
	else if (hits[0].part->text_to > 0)
		v = strip_files_in_message(c, rule, tree, hits, n);
	else
		v = strip_whole_message(c, rule, &hits[0]);
	if (v == VERDICT_CONTINUE && message_size(policy_message(c)) > policy_size_limit(c))
		return fail_strip(c, &hits[0], "the notice makes the message too large");
	return v;
}

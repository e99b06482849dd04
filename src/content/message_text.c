/* Chooses the parts of a message that have text, decodes them, and keeps what was made in a
 * list. */
#include "content/message_text.h"

#include <string.h>

#include "charset/normalize.h"
#include "content/kept_view.h"
#include "content/mime_tree.h"
#include "content/part_text.h"
#include "mime/budget.h"
#include "mime/decoder.h"
#include "mime/lenient.h"
#include "mime/tree.h"
#include "rewrite/security.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/memory.h"
#include "util/str.h"

#define MAX_BLOCKS 1000u /* that look like headers, in irregular structures */

const char *const content_where_words[] = {"text", "text-files", "raw", NULL};

struct kept_text {
	struct kept_text *next;
	const struct mime_tree *tree; /* of which it was made */
	struct text_wish wish;
	struct message_text text;
};

struct text_collector {
	const struct mime_tree *tree;
	enum content_where where;
	struct part_texts out;
	struct mime_budget budget; /* of second readings */
	struct arena *arena;
	unsigned n_blocks;
	bool encrypted;
};

/* ---- one part ---- */

/* Adds a body that is in that transfer encoding. */
static void
add_encoded(struct text_collector *c, const char *s, size_t len, enum mime_encoding e,
	    const struct part_form *form)
{
	struct buf decoded = {0};
	struct mime_decoder d;

	if (e <= MIME_BINARY) {
		part_text_add(&c->out, s, len, form);
		return;
	}
	if (memory_lacks_room(len) || mime_decoder_start(&d, e, s, len) < 0)
		return;
	mime_decoder_next(&d, len, &decoded);
	while (!mime_decoder_is_over(&d))
		mime_decoder_next(&d, len, &decoded);
	part_text_add(&c->out, buf_string(&decoded), decoded.len, form);
	buf_free(&decoded);
}

/* Adds a body that may be in several encodings, bits 1u << enum mime_encoding. One that nobody
 * knows may be any. */
static void
add_in_encodings(struct text_collector *c, const char *s, size_t len, unsigned encodings,
		 const struct part_form *form)
{
	const unsigned plain = 1u << MIME_7BIT | 1u << MIME_8BIT | 1u << MIME_BINARY;
	bool first = true;

	if ((encodings & 1u << MIME_UNKNOWN_ENCODING) != 0)
		encodings |= 1u << MIME_8BIT | 1u << MIME_QP | 1u << MIME_BASE64;
	if ((encodings & plain) != 0)
		encodings = (encodings & ~plain) | 1u << MIME_8BIT;
	for (unsigned e = MIME_8BIT; e < MIME_UNKNOWN_ENCODING; e++) {
		if ((encodings & 1u << e) == 0)
			continue;
		if (!first && !mime_charge_text(&c->budget, len))
			return;
		add_encoded(c, s, len, (enum mime_encoding)e, form);
		first = false;
	}
}

static bool
is_html_type(const char *type)
{
	return strcmp(type, "text/html") == 0 || strcmp(type, "text/x-amp-html") == 0 ||
	       strcmp(type, "text/enriched") == 0 || strcmp(type, "text/richtext") == 0;
}

static bool
is_text_type(const char *type)
{
	return strncmp(type, "text/", 5) == 0;
}

/* No program displays these as they are. */
static bool
is_card_type(const char *type)
{
	static const char *const types[] = {"text/calendar", "text/vcard", "text/x-vcard",
					    "text/directory", "text/x-vcalendar"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool
has_delsp(struct text_collector *c, const struct mime_node *node)
{
	const char *value = mime_node_value(c->tree, node, MIME_CONTENT_TYPE, c->arena);
	struct mime_params params;
	const char *delsp;

	if (value == NULL || strcasestr(value, "delsp") == NULL)
		return false;
	mime_params_parse(c->arena, value, &params);
	delsp = mime_param(&params, "delsp");
	return delsp != NULL && str_case_equal(delsp, "yes");
}

static unsigned
encodings_of_node(struct text_collector *c, const struct mime_node *node)
{
	const char *value = NULL;

	if (node->encoding == MIME_UNKNOWN_ENCODING)
		value = mime_node_value(c->tree, node, MIME_TRANSFER_ENCODING, c->arena);
	return 1u << (value != NULL ? mime_encoding_guess(value) : node->encoding);
}

static void
add_node(struct text_collector *c, const struct mime_node *node)
{
	const char *data = c->tree->source.data;
	unsigned encodings = encodings_of_node(c, node);
	struct part_form form = {.charset = node->charset,
				 .html = is_html_type(node->type),
				 .delsp = strcmp(node->type, "text/plain") == 0 &&
					  has_delsp(c, node)};
	size_t begin[2] = {node->body.from, node->blank_fold};

	for (size_t i = 0; i < 2; i++) {
		size_t len = node->body.to - begin[i];

		if (begin[i] == MIME_NO_OFFSET || (i > 0 && !mime_charge_text(&c->budget, len)))
			return;
		add_in_encodings(c, data + begin[i], len, encodings, &form);
		if (!node->unclear_kind || !mime_charge_text(&c->budget, len))
			continue;
		form.html = !form.html;
		add_in_encodings(c, data + begin[i], len, encodings, &form);
		form.html = !form.html;
	}
}

/* ---- irregular structures ---- */

/* Adds what a block of headers at s, and what follows it, may be. types: what it says. */
static void
add_block(struct text_collector *c, const char *s, const struct lenient_block *b, size_t end)
{
	struct mime_limits limits = {.parts = 1, .depth = 0, .budget = &c->budget};
	struct mime_source source = {
		.data = s + b->lines.from, .len = end - b->lines.from, .has_header = true};
	struct part_form form = {.charset = NULL};
	struct lenient_headers headers;
	bool html = false, plain = false;
	struct mime_tree alone;

	lenient_read_headers(source.data, b->lines.to - b->lines.from, &c->budget, c->arena,
			     &headers);
	for (size_t i = 0; i < headers.n_types; i++) {
		html |= is_html_type(headers.types[i]);
		plain |= is_text_type(headers.types[i]) && !is_html_type(headers.types[i]);
	}
	if (!html && !plain)
		return;
	mime_scan(c->arena, &source, &limits, &alone);
	form.charset = alone.node[0].charset;
	for (unsigned i = 0; i < 4; i++) {
		size_t begin = b->body[i / 2];

		form.html = i % 2 == 1;
		if ((i >= 2 && b->body[0] == b->body[1]) || !(form.html ? html : plain) ||
		    begin > end || !mime_charge_text(&c->budget, end - begin))
			continue;
		add_in_encodings(c, s + begin, end - begin, headers.encodings, &form);
	}
}

/* Adds all that may be a text: the content of whatever looks like the headers of a part, up to
 * the next one, and the whole. */
static void
add_leniently(struct text_collector *c, const char *s, size_t len)
{
	const struct part_form plain = {.charset = NULL}, html = {.html = true};
	struct lenient_block b, next;
	bool more;

	if (!mime_charge_text(&c->budget, len))
		return;
	more = lenient_next_block(s, len, 0, &b);
	for (; more && c->n_blocks++ < MAX_BLOCKS && !c->budget.exceeded; b = next) {
		more = lenient_next_block(s, len, b.lines.to, &next);
		add_block(c, s, &b, more ? next.lines.from : len);
	}
	part_text_add(&c->out, s, len, &plain);
	if (mime_charge_text(&c->budget, len))
		part_text_add(&c->out, s, len, &html);
}

/* A multipart in a transfer encoding, which some programs decode. */
static void
add_encoded_container(struct text_collector *c, const struct mime_node *node)
{
	size_t len = node->body.to - node->body.from;
	struct buf decoded = {0};

	if (node->encoding <= MIME_BINARY || node->encoding == MIME_UNKNOWN_ENCODING ||
	    memory_lacks_room(len) || !mime_charge_text(&c->budget, len))
		return;
	mime_node_decode(c->tree, node, SIZE_MAX, &decoded);
	add_leniently(c, buf_string(&decoded), decoded.len);
	buf_free(&decoded);
}

/* ---- the message ---- */

/* Is the node, or a multipart around it, an attachment, or in an attached message? What the
 * message itself says of its disposition does not count, and one that is a message as the whole
 * is displayed. */
static bool
is_attached(const struct mime_tree *tree, const struct mime_node *node)
{
	for (; node->parent != MIME_NO_NODE; node = &tree->node[node->parent])
		if (node->is_attachment ||
		    (node->parent != 0 && tree->node[node->parent].is_message))
			return true;
	return false;
}

static void
note_encrypted(struct text_collector *c, const struct mime_node *node)
{
	if (strcmp(node->type, "multipart/encrypted") == 0)
		c->encrypted = true;
	else if (node->child == MIME_NO_NODE &&
		 strncmp(node->type, "application/", strlen("application/")) == 0 &&
		 mime_part_security(c->tree, node, &c->budget, c->arena) == SECURITY_ENCRYPTED)
		c->encrypted = true;
}

static void
add_tree(struct text_collector *c)
{
	const struct mime_tree *tree = c->tree;

	for (unsigned i = 0; i < tree->n && !c->out.cut && !memory_is_over(); i++) {
		const struct mime_node *node = &tree->node[i];
		bool is_file = is_attached(tree, node) || is_card_type(node->type);

		if (is_file == (c->where == CONTENT_TEXT_FILES) &&
		    node->child == MIME_NO_NODE &&
		    (is_text_type(node->type) || node->unclear_kind))
			add_node(c, node);
		if (c->where == CONTENT_TEXT)
			note_encrypted(c, node);
		if (c->where == CONTENT_TEXT && node->is_encoded)
			add_encoded_container(c, node);
	}
	if (tree->flags != 0 && c->where == CONTENT_TEXT)
		add_leniently(c, tree->source.data, tree->source.len);
}

static void
collect_text(struct message *m, const struct mime_tree *tree, const struct text_wish *wish,
	     struct message_text *ret)
{
	struct link_hosts links = {.n = 0};
	struct text_collector c = {
		.tree = tree,
		.where = wish->where,
		.out = {.left = wish->max, .links = wish->links ? &links : NULL},
		.arena = arena_new(),
	};

	mime_budget_start(&c.budget, tree->source.len);
	if (wish->where == CONTENT_RAW)
		part_text_add_lines(&c.out, tree->source.data, tree->source.len);
	else
		add_tree(&c);
	ret->cut = c.out.cut || c.budget.exceeded || c.n_blocks > MAX_BLOCKS;
	ret->unknown_charset = c.out.unknown_charset;
	ret->encrypted = c.encrypted;
	ret->len = c.out.text.len;
	ret->data = buf_move_to_arena(&c.out.text, m->arena);
	ret->n_hosts = links.n;
	ret->hosts = wish->links ? buf_move_to_arena(&links.names, m->arena) : NULL;
	arena_free(c.arena);
}

bool
message_text_next(const struct message_text *t, size_t *at, struct text_paragraph *ret)
{
	const char *s = t->data + *at, *lf;

	if (*at >= t->len)
		return false;
	lf = memchr(s, '\n', t->len - *at);
	*at = lf == NULL ? t->len : (size_t)(lf - t->data) + 1;
	ret->s = s;
	ret->len = (size_t)((lf == NULL ? t->data + t->len : lf) - s);
	ret->shown = ret->len > 0 && s[ret->len - 1] == '\r';
	ret->len -= ret->shown;
	return true;
}

static void
normalize_paragraphs(struct message *m, const struct message_text *from,
		     struct message_text *ret)
{
	struct text_paragraph p;
	struct buf out = {0};
	size_t at = 0;

	while (message_text_next(from, &at, &p)) {
		size_t before = out.len;

		if (!normalize_text(p.s, p.len, &out))
			break;
		if (out.len > before)
			buf_puts(&out, p.shown ? "\r\n" : "\n");
	}
	*ret = *from;
	ret->len = out.len;
	ret->data = buf_move_to_arena(&out, m->arena);
}

static bool
fulfils_wish(const struct kept_text *kept, const struct mime_tree *tree,
	     const struct text_wish *wish)
{
	return kept->tree == tree && kept->wish.where == wish->where &&
	       kept->wish.normalized == wish->normalized && kept->wish.max == wish->max &&
	       (kept->wish.links || !wish->links);
}

static const struct message_text *
find_or_make_text(struct message *m, const struct mime_tree *tree, const struct text_wish *wish)
{
	struct kept_view *view = m->view;
	struct kept_text *kept = view->texts;

	while (kept != NULL && !fulfils_wish(kept, tree, wish))
		kept = kept->next;
	if (kept != NULL)
		return &kept->text;
	kept = arena_zalloc(m->arena, sizeof(*kept));
	kept->tree = tree;
	kept->wish = *wish;
	if (wish->normalized) {
		struct text_wish plain = *wish;

		plain.normalized = false;
		normalize_paragraphs(m, find_or_make_text(m, tree, &plain), &kept->text);
	} else {
		collect_text(m, tree, wish, &kept->text);
	}
	kept->next = view->texts;
	view->texts = kept;
	return &kept->text;
}

const struct message_text *
content_message_text(struct message *m, const struct content_limits *limits,
		     const struct text_wish *wish)
{
	const struct mime_tree *tree = content_mime_tree(m, limits, true);

	return tree == NULL ? NULL : find_or_make_text(m, tree, wish);
}

/* footer: adds a legal or other text to mail, without breaking it. Gates say whether a message
 * is to carry one; its structure, where (mime/displayed, mime/extend); mail that cannot be
 * written to is left alone, wrapped or refused. What was not meant never leaves: the result is
 * scanned again. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "content/edit.h"
#include "content/mime_tree.h"
#include "mime/displayed.h"
#include "mime/placement.h"
#include "policy/marker.h"
#include "policy/policy.h"
#include "text/text_template.h"
#include "util/str.h"

#define MARKER_HEADER "X-Polymilter-Footer"
#define MARKER_BYTES  300u /* of the line, at most */

enum fallback { FALLBACK_SKIP, FALLBACK_WRAP, FALLBACK_REJECT };

/* Mail that cannot be changed, each with its own option. */
#define KINDS(X)                                                                               \
	X(SIGNED, "signed", "Signed")                                                          \
	X(ENCRYPTED, "encrypted", "Encrypted")                                                 \
	X(IRREGULAR, "irregular", "Irregular")                                                 \
	X(OTHER, "other", "This")
#define X(ID, option, word) KIND_##ID,
enum kind { KINDS(X) KIND_COUNT };
#undef X

static const struct kind_row {
	const char *option, *reply;
} kinds[] = {
#define X(ID, option, word)                                                                    \
	{option, "550 5.7.1 " word " mail cannot carry the footer that is required here"},
	KINDS(X)
#undef X
};

struct footer_conf {
	struct text_template wording;
	struct marker marker;
	bool top;
	enum if_present if_present;
	enum fallback on[KIND_COUNT];
	struct reply reply[KIND_COUNT];
	bool automatic, list, dkim_signed; /* add to these too */
	uint64_t max_body;
};

static const char *const position_words[] = {"end", "top", NULL};
static const char *const present_words[] = {"tail", "thread", "add", NULL};
static const char *const fallback_words[] = {"skip", "wrap", "reject", NULL};
static const char *const skip_words[] = {"skip", "add", NULL};

static const struct option footer_options[] = {
	{.name = "text", .type = OPTION_STRING, .help = "the text, in UTF-8"},
	{.name = "text_file", .type = OPTION_STRING, .help = "a file with the text"},
	{.name = "html",
	 .type = OPTION_STRING,
	 .help = "the text for HTML mail; made from text when missing"},
	{.name = "html_file",
	 .type = OPTION_STRING,
	 .help = "a file with the text for HTML mail"},
	{.name = "position",
	 .type = OPTION_WORD,
	 .value = "end",
	 .words = position_words,
	 .help = "where it goes"},
	{.name = "if_present",
	 .type = OPTION_WORD,
	 .value = "tail",
	 .words = present_words,
	 .help = "not added when the mail ends with it, holds it anywhere, or added always"},
	{.name = "signed",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = fallback_words,
	 .help = "multipart/signed, S/MIME, PGP signed mail"},
	{.name = "encrypted",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = fallback_words,
	 .help = "encrypted mail"},
	{.name = "irregular",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = fallback_words,
	 .help = "MIME on which mail programs disagree"},
	{.name = "other",
	 .type = OPTION_WORD,
	 .value = "wrap",
	 .words = fallback_words,
	 .help = "mail with nothing displayed to add to"},
	{.name = "automatic",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = skip_words,
	 .help = "null sender, Auto-Submitted mail"},
	{.name = "list",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = skip_words,
	 .help = "mail with List-Id or Precedence: bulk, list, junk"},
	{.name = "dkim_signed",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = skip_words,
	 .help = "mail that carries a DKIM-Signature"},
	{.name = "max_body",
	 .type = OPTION_SIZE,
	 .value = "64M",
	 .help = "larger mail is left alone"},
	{.name = "marker_key_file",
	 .type = OPTION_STRING,
	 .help = "a secret that marks our own work"},
	{0},
};

/* Setting up. */

static void
read_kind(struct policy_setup *setup, const struct section *s, enum kind kind,
	  struct footer_conf *conf)
{
	char why[160];
	int r = reply_parse(policy_setup_arena(setup), kinds[kind].reply, 0, &conf->reply[kind],
			    why, sizeof(why));

	assert(r == 0); /* the texts are ours */
	conf->on[kind] = (enum fallback)section_word(s, kinds[kind].option);
}

static int
footer_configure(struct policy_setup *setup, const struct section *s, struct policy_need *need,
		 const void **ret_conf)
{
	struct footer_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = text_template_read(setup, s, &conf->wording);
	int r2 = marker_read(setup, s, "marker_key_file", MARKER_HEADER, &conf->marker);

	conf->top = section_word(s, "position") == 1;
	conf->if_present = (enum if_present)section_word(s, "if_present");
	for (size_t i = 0; i < KIND_COUNT; i++)
		read_kind(setup, s, (enum kind)i, conf);
	conf->automatic = section_word(s, "automatic") == 1;
	conf->list = section_word(s, "list") == 1;
	conf->dkim_signed = section_word(s, "dkim_signed") == 1;
	conf->max_body = section_number(s, "max_body");
	need->reads = PART_SENDER | PART_HEADERS | PART_BODY;
	need->changes = PART_HEADERS | PART_BODY;
	need->actions = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER | ACTION_REPLACE_BODY;
	need->message = STAGE_EOM;
	need->max_body = conf->max_body;
	need->macros = text_template_uses(&conf->wording, PLACEHOLDER_AUTH_USER)
			       ? "i {auth_authen}"
			       : "i";
	*ret_conf = conf;
	return r < 0 || r2 < 0 ? -EINVAL : 0;
}

/* Gates: mail that is not to carry a footer, whatever its structure. NULL: it may. */

static bool
header_is(const struct message *m, const char *name, const char *const *values)
{
	const struct header *h = message_nth_header(m, name, 1);
	const char *value;
	size_t len;

	if (h == NULL)
		return false;
	value = h->value + strspn(h->value, " \t\r\n");
	len = strcspn(value, " \t\r\n;(");
	for (; *values != NULL; values++)
		if (str_case_equal_n(value, len, *values, strlen(*values)))
			return true;
	return false;
}

static const char *
gate(struct policy_call *c, bool marked)
{
	static const char *const no[] = {"no", NULL};
	static const char *const bulk[] = {"bulk", "list", "junk", NULL};
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const struct sender *from = policy_sender(c);

	if (!conf->automatic && from != NULL && *from->mailbox == '\0')
		return "automatic";
	if (!conf->automatic && message_nth_header(m, "Auto-Submitted", 1) != NULL &&
	    !header_is(m, "Auto-Submitted", no))
		return "automatic";
	if (marked)
		return "present";
	if (!conf->list &&
	    (message_nth_header(m, "List-Id", 1) != NULL || header_is(m, "Precedence", bulk)))
		return "list";
	if (m->body_size > conf->max_body || (m->body == NULL && m->body_size > 0))
		return "size";
	if (!conf->dkim_signed && message_nth_header(m, "DKIM-Signature", 1) != NULL)
		return "dkim";
	return NULL;
}

/* The result into the message. */

static void
delete_headers(struct policy_call *c, const char *name)
{
	struct message *m = policy_message(c);

	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted && str_case_equal(m->headers[i].name, name))
			policy_delete_header(c, &m->headers[i]);
}

/* Of the message's own body, which is another one now. */
static void
forget_sums(struct policy_call *c)
{
	delete_headers(c, "Content-MD5");
	delete_headers(c, "Content-Length");
	delete_headers(c, "Lines");
}

static bool
is_content_field(const struct header *h)
{
	return !h->deleted && str_case_starts(h->name, "Content-") &&
	       !str_case_equal(h->name, "Content-Length");
}

/* The fields that describe the body: they go with it into the part that it becomes. */
static void
put_content_fields(const struct message *m, struct buf *out)
{
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (!is_content_field(h))
			continue;
		buf_printf(out, "%s: ", h->name);
		for (const char *s = h->value; *s != '\0'; s++) {
			if (*s == '\n')
				buf_putc(out, '\r');
			buf_putc(out, (unsigned char)*s);
		}
		buf_puts(out, "\r\n");
	}
}

/* But for those that get another value. */
static void
delete_content_fields(struct policy_call *c, bool has_encoding)
{
	struct message *m = policy_message(c);
	const struct header *type = message_nth_header(m, "Content-Type", 1);
	const struct header *encoding = message_nth_header(m, "Content-Transfer-Encoding", 1);

	for (size_t i = 0; i < m->n_headers; i++) {
		struct header *h = &m->headers[i];

		if (is_content_field(h) && h != type && (h != encoding || !has_encoding))
			policy_delete_header(c, h);
	}
}

/* What of the old body stays is not copied. */
static void
use_parts(struct policy_call *c, const struct text_part *part, struct appended *done)
{
	size_t len = done->middle.len;
	const struct slice parts[] = {
		{part->body, done->head},
		{buf_move_to_arena(&done->middle, policy_arena(c)), len},
		{part->body + part->len - done->tail, done->tail},
	};

	policy_replace_body_parts(c, parts, sizeof(parts) / sizeof(parts[0]));
}

static void
take_over(struct policy_call *c, const struct placement *done)
{
	content_set_fields(c, done->content_type, done->transfer_encoding);
	forget_sums(c);
	content_set_body_pieces(c, &done->body);
}

static void
put_marker(struct policy_call *c)
{
	const struct footer_conf *conf = policy_conf(c);
	const char *mark = marker_make(&conf->marker, c);

	if (mark != NULL)
		policy_add_header(c, MARKER_HEADER, mark);
}

/* One message at work. */
struct work {
	struct policy_call *call;
	const struct mime_tree *tree;
	struct buf text, html;
	struct addition add;
};

static bool
has_part(const struct mime_tree *tree, const char *type)
{
	for (unsigned i = 0; i < tree->n; i++)
		if (strcmp(tree->node[i].type, type) == 0)
			return true;
	return false;
}

static void
read_message(struct work *w)
{
	const struct footer_conf *conf = policy_conf(w->call);

	w->tree = policy_mime_tree(w->call, false);
	text_template_append_plain(&conf->wording, w->call, &w->text);
	if (has_part(w->tree, "text/html"))
		text_template_append_html(&conf->wording, w->call, &w->html);
	w->add = (struct addition){.text = buf_string(&w->text),
				   .text_len = w->text.len,
				   .html = buf_string(&w->html),
				   .html_len = w->html.len,
				   .top = conf->top};
}

/* Does it fit what an earlier policy allows? */
static const char *
check_size(struct policy_call *c, size_t len)
{
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	uint64_t marker = conf->marker.key != NULL ? MARKER_BYTES : 0;
	uint64_t grown = len > m->body_len ? len - m->body_len : 0;

	return message_size(m) + grown + marker <= policy_size_limit(c) ? NULL : "size";
}

/* A message of one part, whose text is spliced where it lies: it may be long. */
static const char *
add_to_only(struct work *w)
{
	const struct footer_conf *conf = policy_conf(w->call);
	const struct mime_source *source = &w->tree->source;
	const struct mime_node *node = &w->tree->node[0];
	struct arena *arena = policy_arena(w->call);
	const char *type = NULL, *encoding = NULL;
	struct appended done = {0};
	struct text_part part;
	const char *why = "empty";

	mime_node_text_part(w->tree, node, arena, &part);
	if ((part.html ? w->add.html_len : w->add.text_len) > 0)
		why = mime_append(&part, &w->add, conf->if_present, &done);
	if (why == NULL)
		why = check_size(w->call, done.head + done.middle.len + done.tail);
	if (why == NULL) {
		if (done.to_utf8)
			type = mime_content_type_with_utf8(source->content_type, arena);
		if (done.encoding != node->encoding)
			encoding = mime_encoding_name(done.encoding);
		content_set_fields(w->call, type, encoding);
		forget_sums(w->call);
		use_parts(w->call, &part, &done);
	}
	buf_free(&done.middle);
	return why;
}

static const char *
add_inside(struct work *w)
{
	const struct footer_conf *conf = policy_conf(w->call);
	struct arena *arena = policy_arena(w->call);
	struct mime_displayed shown;
	struct placement done = {0};
	const char *why = mime_displayed(w->tree, arena, &shown);

	if (why == NULL && w->tree->n == 1)
		return add_to_only(w);
	if (why == NULL)
		why = mime_place_in_parts(w->tree, shown.part, shown.n, &w->add,
					  conf->if_present, arena, &done);
	else if (strcmp(why, "attachments") == 0 && w->add.text_len > 0)
		why = mime_place_as_first_part(w->tree, &w->add, arena, &done);
	if (why == NULL)
		why = check_size(w->call, done.body.len);
	if (why != NULL)
		return why;
	take_over(w->call, &done);
	return NULL;
}

static const char *
add_around(struct work *w, bool first)
{
	struct addition add = w->add;
	struct placement done = {0};
	struct buf fields = {0};
	const char *why;

	if (add.text_len == 0) /* every line had a placeholder without a value */
		return "empty";
	add.top |= first;
	put_content_fields(policy_message(w->call), &fields);
	why = mime_place_around(w->tree, buf_string(&fields), fields.len, &add,
				policy_arena(w->call), &done);
	buf_free(&fields);
	if (why == NULL)
		why = check_size(w->call, done.body.len);
	if (why != NULL)
		return why;
	if (strcmp(done.transfer_encoding, "7bit") == 0)
		done.transfer_encoding = NULL;
	delete_content_fields(w->call, done.transfer_encoding != NULL);
	take_over(w->call, &done);
	return NULL;
}

/* What the administrator wants for mail that cannot be written to; KIND_COUNT: leave it. */
static enum kind
kind_of(const char *why)
{
	static const struct {
		const char *why;
		enum kind kind;
	} rows[] = {
		{"signed", KIND_SIGNED}, {"encrypted", KIND_ENCRYPTED},
		{"other", KIND_OTHER},	 {"irregular", KIND_IRREGULAR},
		{"charset", KIND_OTHER}, {"encoding", KIND_OTHER},
		{"binary", KIND_OTHER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(why, rows[i].why) == 0)
			return rows[i].kind;
	return KIND_COUNT;
}

static enum fallback
fallback_of(const struct footer_conf *conf, const char *why)
{
	enum kind kind = kind_of(why);

	return kind == KIND_COUNT ? FALLBACK_SKIP : conf->on[kind];
}

static enum verdict
leave_alone(struct policy_call *c, const char *why)
{
	const struct footer_conf *conf = policy_conf(c);

	policy_note_skipped(c, why);
	policy_note(c, "footer", "skipped");
	if (fallback_of(conf, why) != FALLBACK_REJECT)
		return VERDICT_CONTINUE;
	return policy_refuse(c, &conf->reply[kind_of(why)], &(struct placeholder_values){0});
}

/* What the administrator may want to know of a message that got its footer. */
static void
warn(const struct work *w)
{
	if (has_part(w->tree, "application/ms-tnef"))
		policy_note(w->call, "warn", "tnef"); /* Outlook shows that instead */
	if (message_nth_header(policy_message(w->call), "DKIM-Signature", 1) != NULL)
		policy_note(w->call, "warn", "dkim-signature-broken");
}

static enum verdict
footer_message(struct policy_call *c)
{
	const struct footer_conf *conf = policy_conf(c);
	bool marked = marker_check(&conf->marker, c);
	struct work w = {.call = c};
	const char *why = gate(c, marked), *done = "added";

	if (why != NULL)
		return leave_alone(c, why);
	read_message(&w);
	why = add_inside(&w);
	if (why != NULL && fallback_of(conf, why) == FALLBACK_WRAP) {
		/* Behind what is displayed, in front of what is not. */
		why = add_around(&w, strcmp(why, "other") == 0);
		done = "wrapped";
	}
	buf_free(&w.text);
	buf_free(&w.html);
	if (why != NULL)
		return leave_alone(c, why);
	warn(&w);
	put_marker(c);
	policy_note(c, "footer", done);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_footer = {
	.name = "footer",
	.summary = "add a text to the end of mail",
	.options = footer_options,
	.configure = footer_configure,
	.message = footer_message,
};

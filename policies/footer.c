/* footer: adds a text to mail, such as a legal notice, without breaking the mail. Three steps:
 *
 * 1. Gates: mail that is not to carry a footer is left alone, whatever its structure (automatic
 *    mail, mailing lists, mail that has the mark of this footer, large mail, signed by DKIM).
 * 2. The MIME structure decides where the text goes (rewrite/displayed.h, rewrite/placement.h).
 *    Mail to which no text can be added is left alone, wrapped into a new multipart/mixed, or
 *    refused, by the options signed, encrypted, irregular and other.
 * 3. The functions of src/rewrite scan the result again. The message is left alone when another
 *    part would have changed.
 *
 * With `required = yes` nothing that a sender can write leads to a message without the text: no
 * gate holds, what cannot be edited is wrapped, and where that fails, too, so does the policy.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "content/edit.h"
#include "content/header_text.h"
#include "content/mime_tree.h"
#include "policies/body_edit.h"
#include "policy/marker.h"
#include "policy/policy.h"
#include "rewrite/displayed.h"
#include "rewrite/placement.h"
#include "text/text_template.h"
#include "util/str.h"

#define MARKER_HEADER "X-Polymilter-Footer"
#define MARKER_BYTES  300u /* of the line, at most */

enum footer_fallback { FALLBACK_SKIP, FALLBACK_WRAP, FALLBACK_REJECT };

/* The kinds of mail to which no text can be added, each with its option. */
#define KINDS(X)                                                                               \
	X(SIGNED, "signed", "Signed")                                                          \
	X(ENCRYPTED, "encrypted", "Encrypted")                                                 \
	X(IRREGULAR, "irregular", "Irregular")                                                 \
	X(OTHER, "other", "This")
#define X(ID, option, word) KIND_##ID,
enum footer_kind { KINDS(X) KIND_COUNT };
#undef X

static const struct footer_kind_row {
	const char *option, *reply;
} kinds[] = {
#define X(ID, option, word)                                                                    \
	{option, "550 5.7.1 " word " mail cannot carry the footer that is required here"},
	KINDS(X)
#undef X
};

struct footer_conf {
	struct text_template text;
	struct marker marker;
	bool top; /* position = "top" */
	enum if_present if_present;
	enum footer_fallback on[KIND_COUNT];
	struct reply reply[KIND_COUNT];
	bool automatic, list, dkim_signed; /* these kinds of mail get a footer, too */
	bool required;			   /* nothing but an earlier footer prevents this one */
	uint64_t max_body;		   /* bytes */
};

static const char *const position_words[] = {"end", "top", NULL};
static const struct option_also position_also[] = {
	{"end", "bottom append after"},
	{"top", "prepend before start beginning"},
	{.word = NULL},
};
static const char *const present_words[] = {"tail", "thread", "add", NULL};
static const struct option_also present_also[] = {
	{"tail", "skip once"},
	{"add", "always repeat"},
	{.word = NULL},
};
static const char *const fallback_words[] = {"skip", "wrap", "reject", NULL};
static const struct option_also fallback_also[] = {
	{"skip", "ignore pass leave continue"},
	{"wrap", "attach"},
	{"reject", "deny bounce refuse"},
	{.word = NULL},
};
static const char *const skip_words[] = {"skip", "add", NULL};
static const struct option_also skip_also[] = {
	{"skip", "ignore no leave"},
	{"add", "yes always"},
	{.word = NULL},
};

static const struct option footer_options[] = {
	{.name = "text",
	 .type = OPTION_STRING,
	 .help = "the text, in UTF-8",
	 .also = "body message content plain disclaimer signature"},
	{.name = "text_file",
	 .type = OPTION_STRING,
	 .is_path = true,
	 .help = "a file with the text",
	 .also = "file path textfile plain_file filename disclaimer_file"},
	{.name = "html",
	 .type = OPTION_STRING,
	 .help = "the text for HTML mail; made from text when missing",
	 .also = "html_text text_html ApplyHtmlDisclaimerText"},
	{.name = "html_file",
	 .type = OPTION_STRING,
	 .is_path = true,
	 .help = "a file with the text for HTML mail",
	 .also = "htmlfile"},
	{.name = "position",
	 .type = OPTION_WORD,
	 .value = "end",
	 .words = position_words,
	 .words_also = position_also,
	 .help = "where the text is added",
	 .also = "location place where ApplyHtmlDisclaimerLocation"},
	{.name = "if_present",
	 .type = OPTION_WORD,
	 .value = "tail",
	 .words = present_words,
	 .words_also = present_also,
	 .help = "tail: not added to mail that ends with it; thread: nor to mail that contains it",
	 .also = "once duplicate repeat skip_if_present"},
	{.name = "signed",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = fallback_words,
	 .words_also = fallback_also,
	 .help = "what is done with signed mail: multipart/signed, S/MIME, PGP"},
	{.name = "encrypted",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = fallback_words,
	 .words_also = fallback_also,
	 .help = "what is done with encrypted mail"},
	{.name = "irregular",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = fallback_words,
	 .words_also = fallback_also,
	 .help = "what is done with MIME on which mail programs disagree",
	 .also = "broken malformed conflict"},
	{.name = "other",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "wrap",
	 .words = fallback_words,
	 .words_also = fallback_also,
	 .help = "what is done with mail that displays no text"},
	{.name = "automatic",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = skip_words,
	 .words_also = skip_also,
	 .help = "what is done with mail of the null sender and Auto-Submitted mail",
	 .also = "auto auto_submitted autoreply bounces"},
	{.name = "list",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = skip_words,
	 .words_also = skip_also,
	 .help = "what is done with mail with List-Id, or Precedence: bulk, list, junk",
	 .also = "mailing_list lists bulk"},
	{.name = "dkim_signed",
	 .type = OPTION_WORD,
	 .unwritten = true,
	 .value = "skip",
	 .words = skip_words,
	 .words_also = skip_also,
	 .help = "what is done with mail with a DKIM-Signature",
	 .also = "dkim"},
	{.name = "required",
	 .type = OPTION_BOOL,
	 .value = "no",
	 .help = "no message leaves without the text: wrap and add instead of skip",
	 .also = "require force always mandatory"},
	{.name = "max_body",
	 .type = OPTION_SIZE,
	 .value = "64M",
	 .help = "larger bodies are left alone; with required, on_error",
	 .also = "max_size size_limit max_message"},
	{.name = "marker_key_file",
	 .type = OPTION_STRING,
	 .is_path = true,
	 .help = "a file with a secret key, for marks that prevent a second footer",
	 .also = "key key_file secret secret_file marker_key"},
	{0},
};

/* Reads an option whose first word is "skip". With `required` an unwritten "skip" becomes the
 * word of index instead, and a written one is an error. Returns the index, or -EINVAL. */
static int
read_skip_option(const struct section *s, const char *option, bool required, int instead)
{
	int word = section_word(s, option);

	if (!required || word != FALLBACK_SKIP)
		return word;
	if (!section_has(s, option))
		return instead;
	return section_error(
		s, option,
		"%s = \"skip\" and required = yes exclude each other: mail that is "
		"skipped does not get the text",
		option);
}

static int
read_footer_kind(struct policy_setup *setup, const struct section *s, enum footer_kind kind,
		 struct footer_conf *conf)
{
	int on = read_skip_option(s, kinds[kind].option, conf->required, FALLBACK_WRAP);
	char why[160];
	int r = reply_parse(policy_setup_arena(setup), kinds[kind].reply, 0, &conf->reply[kind],
			    why, sizeof(why));

	assert(r == 0); /* the texts are constants */
	conf->on[kind] = on < 0 ? FALLBACK_WRAP : (enum footer_fallback)on;
	return on;
}

/* The kinds of mail that get no footer unless that is written. */
static int
read_skipped_kinds(const struct section *s, struct footer_conf *conf)
{
	const struct {
		const char *option;
		bool *add;
	} rows[] = {
		{"automatic", &conf->automatic},
		{"list", &conf->list},
		{"dkim_signed", &conf->dkim_signed},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int word = read_skip_option(s, rows[i].option, conf->required, 1);

		*rows[i].add = word == 1;
		result = word < 0 ? word : result;
	}
	return result;
}

static int
read_footer_kinds(struct policy_setup *setup, const struct section *s, struct footer_conf *conf)
{
	int result = read_skipped_kinds(s, conf);

	for (size_t i = 0; i < KIND_COUNT; i++) {
		int r = read_footer_kind(setup, s, (enum footer_kind)i, conf);

		result = r < 0 ? r : result;
	}
	return result;
}

/* The policies that the text names in %{result:TITLE}. */
static int
check_footer_lines(struct policy_setup *setup, const struct section *s, const char *option,
		   const char *file_option, const struct text_template_lines *lines)
{
	int r = 0;

	if (section_has(s, file_option))
		option = file_option;
	for (size_t i = 0; i < lines->n; i++)
		r |= policy_setup_template(setup, s, option, lines->line[i].text);
	return r;
}

static int
read_footer_text(struct policy_setup *setup, const struct section *s, struct text_template *ret)
{
	int r = text_template_read(policy_setup_arena(setup), s, ret);

	if (r < 0)
		return r;
	r |= check_footer_lines(setup, s, "text", "text_file", &ret->plain);
	r |= check_footer_lines(setup, s, "html", "html_file", &ret->html);
	return r;
}

static int
footer_configure(struct policy_setup *setup, const struct section *s, struct policy_need *need,
		 const void **ret_conf)
{
	struct footer_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = read_footer_text(setup, s, &conf->text);
	int r2 = marker_read(setup, s, "marker_key_file", MARKER_HEADER, &conf->marker), r3;

	conf->top = section_word(s, "position") == 1;
	conf->if_present = (enum if_present)section_word(s, "if_present");
	conf->required = section_bool(s, "required");
	r3 = read_footer_kinds(setup, s, conf);
	conf->max_body = section_number(s, "max_body");
	need->reads = PART_SENDER | PART_HEADERS | PART_BODY;
	need->changes = PART_HEADERS | PART_BODY;
	need->actions = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER | ACTION_REPLACE_BODY;
	need->message = STAGE_EOM;
	need->max_body = conf->max_body;
	need->macros =
		(text_template_uses(&conf->text) & PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER)) != 0
			? "i {auth_authen}"
			: "i";
	*ret_conf = conf;
	return r < 0 || r2 < 0 || r3 < 0 ? -EINVAL : 0;
}

/* Has the first header of that name one of these values? Comments and parameters do not count.
 */
static bool
header_has_value(const struct message *m, const char *name, const char *const *values)
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

/* A mark proves that this message once had the text, but not that it still has: a copy of it
 * can have another body. */
static bool
is_mark_enough(const struct footer_conf *conf, bool marked)
{
	return marked && !conf->required;
}

static const char *
find_skip_reason(struct policy_call *c, bool marked)
{
	static const char *const no[] = {"no", NULL};
	static const char *const bulk[] = {"bulk", "list", "junk", NULL};
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const struct sender *from = policy_sender(c);

	if (!conf->automatic && from != NULL && *from->mailbox == '\0')
		return "automatic";
	if (!conf->automatic && message_nth_header(m, "Auto-Submitted", 1) != NULL &&
	    !header_has_value(m, "Auto-Submitted", no))
		return "automatic";
	if (is_mark_enough(conf, marked))
		return "present";
	if (!conf->list && (message_nth_header(m, "List-Id", 1) != NULL ||
			    header_has_value(m, "Precedence", bulk)))
		return "list";
	if (!conf->dkim_signed && message_nth_header(m, "DKIM-Signature", 1) != NULL)
		return "dkim";
	return NULL;
}

static bool
has_usable_body(struct policy_call *c)
{
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);

	return m->body_size <= conf->max_body && (m->body != NULL || m->body_size == 0);
}

/* Makes the new body of three pieces. The first and the last one are in the old body and are
 * not copied. */
static void
replace_text_part(struct policy_call *c, const struct text_part *part, struct appended *done)
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
add_marker_header(struct policy_call *c)
{
	const struct footer_conf *conf = policy_conf(c);
	const char *mark = marker_make(&conf->marker, c);

	if (mark != NULL)
		policy_add_header(c, MARKER_HEADER, mark);
}

/* The footer for one message, and the parts of that message. */
struct footer_insertion {
	struct policy_call *call;
	const struct mime_tree *tree;
	struct buf text, html; /* the footer with its placeholders filled in */
	struct addition add;   /* points to both */
	enum if_present if_present;
};

static bool
has_part_of_type(const struct mime_tree *tree, const char *type)
{
	for (unsigned i = 0; i < tree->n; i++)
		if (strcmp(tree->node[i].type, type) == 0)
			return true;
	return false;
}

/* For %{header:Name}: the first field of that name, decoded. */
static const char *
get_footer_header(void *ctx, const char *name)
{
	struct policy_call *c = ctx;
	struct header *h = message_nth_header(policy_message(c), name, 1);

	return h == NULL ? NULL : header_text(policy_arena(c), h, true)->decoded.text;
}

/* False: the body could not be read. */
static bool
prepare_insertion(struct footer_insertion *w, bool marked)
{
	const struct footer_conf *conf = policy_conf(w->call);
	struct placeholder_values values = {.header = get_footer_header, .ctx = w->call};
	struct arena *arena = policy_arena(w->call);

	w->tree = policy_mime_tree(w->call, false);
	if (w->tree == NULL)
		return false;
	/* A message with a mark had the text: then it is searched for everywhere. */
	w->if_present = marked ? IF_PRESENT_THREAD : conf->if_present;
	if (text_template_uses(&conf->text) != 0)
		policy_fill_values(w->call, &values);
	text_template_append_plain(&conf->text, &values, arena, &w->text);
	if (has_part_of_type(w->tree, "text/html"))
		text_template_append_html(&conf->text, &values, arena, &w->html);
	w->add = (struct addition){.text = buf_string(&w->text),
				   .text_len = w->text.len,
				   .html = buf_string(&w->html),
				   .html_len = w->html.len,
				   .top = conf->top,
				   .required = conf->required};
	return true;
}

/* Does the message with len bytes of body fit the size that a policy before allows? */
static enum mime_edit_result
check_size_limit(struct policy_call *c, size_t len)
{
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	uint64_t marker = conf->marker.key != NULL ? MARKER_BYTES : 0;
	uint64_t grown = len > m->body_len ? len - m->body_len : 0;

	return message_size(m) + grown + marker <= policy_size_limit(c) ? MIME_EDIT_OK
									: MIME_EDIT_SIZE;
}

/* A message of one part: the text is inserted and the rest of the body is not copied, since it
 * may be long. */
static enum mime_edit_result
add_to_single_part(struct footer_insertion *w)
{
	const struct mime_source *source = &w->tree->source;
	const struct mime_node *node = &w->tree->node[0];
	struct arena *arena = policy_arena(w->call);
	const char *type = NULL, *encoding = NULL;
	struct appended done = {0};
	struct text_part part;
	enum mime_edit_result why = MIME_EDIT_EMPTY;

	mime_node_text_part(w->tree, node, arena, &part);
	if ((part.html ? w->add.html_len : w->add.text_len) > 0)
		why = mime_append(&part, &w->add, w->if_present, &done);
	if (why == MIME_EDIT_OK)
		why = check_size_limit(w->call, done.head + done.middle.len + done.tail);
	if (why == MIME_EDIT_OK) {
		if (done.to_utf8)
			type = mime_content_type_with_utf8(source->content_type, arena);
		if (done.encoding != node->encoding)
			encoding = mime_encoding_name(done.encoding);
		content_set_fields(policy_message(w->call), type, encoding);
		body_edit_delete_sums(w->call);
		replace_text_part(w->call, &part, &done);
	}
	buf_free(&done.middle);
	return why;
}

static enum mime_edit_result
find_displayed_parts(struct footer_insertion *w, struct mime_displayed *ret)
{
	const struct footer_conf *conf = policy_conf(w->call);
	unsigned rules = (conf->automatic ? MIME_DISPLAY_REPORTS : 0) |
			 (conf->required ? MIME_DISPLAY_EVERY_FORM : 0);

	return mime_find_displayed(w->tree, rules, policy_arena(w->call), ret);
}

static enum mime_edit_result
add_to_displayed_parts(struct footer_insertion *w)
{
	struct arena *arena = policy_arena(w->call);
	struct mime_displayed shown;
	struct placement done = {0};
	enum mime_edit_result why = find_displayed_parts(w, &shown);

	if (w->if_present != IF_PRESENT_ADD && mime_has_text_part(w->tree, &w->add))
		return MIME_EDIT_PRESENT;
	if (why == MIME_EDIT_OK && w->tree->n == 1)
		return add_to_single_part(w);
	if (why == MIME_EDIT_OK)
		why = mime_place_in_parts(w->tree, shown.part, shown.n, &w->add, w->if_present,
					  arena, &done);
	else if (why == MIME_EDIT_ATTACHMENTS && w->add.text_len > 0)
		why = mime_place_as_first_part(w->tree, &w->add, arena, &done);
	if (why == MIME_EDIT_OK)
		why = check_size_limit(w->call, done.body.len);
	if (why != MIME_EDIT_OK)
		return why;
	body_edit_place(w->call, &done);
	return MIME_EDIT_OK;
}

static enum mime_edit_result
wrap_message(struct footer_insertion *w, bool first)
{
	struct addition add = w->add;
	struct placement done = {0};
	struct buf fields = {0};
	enum mime_edit_result why;

	if (add.text_len == 0) /* every line had a placeholder without a value */
		return MIME_EDIT_EMPTY;
	add.top |= first;
	body_edit_append_fields(policy_message(w->call), &fields);
	why = mime_place_around(w->tree, buf_string(&fields), fields.len, &add,
				policy_arena(w->call), &done);
	buf_free(&fields);
	if (why == MIME_EDIT_OK)
		why = check_size_limit(w->call, done.body.len);
	if (why != MIME_EDIT_OK)
		return why;
	if (strcmp(done.transfer_encoding, "7bit") == 0)
		done.transfer_encoding = NULL;
	body_edit_delete_fields(w->call, done.transfer_encoding != NULL);
	body_edit_place(w->call, &done);
	return MIME_EDIT_OK;
}

/* The option that decides about mail to which no text can be added for that reason. KIND_COUNT:
 * none. */
static enum footer_kind
find_footer_kind(const struct footer_conf *conf, enum mime_edit_result why)
{
	static const struct {
		enum mime_edit_result why;
		enum footer_kind kind;
		bool required; /* only then */
	} rows[] = {
		{MIME_EDIT_SIGNED, KIND_SIGNED, false},
		{MIME_EDIT_ENCRYPTED, KIND_ENCRYPTED, false},
		{MIME_EDIT_OTHER, KIND_OTHER, false},
		{MIME_EDIT_DIGEST, KIND_OTHER, false},
		{MIME_EDIT_IRREGULAR, KIND_IRREGULAR, false},
		{MIME_EDIT_CHARSET, KIND_OTHER, false},
		{MIME_EDIT_ENCODING, KIND_OTHER, false},
		{MIME_EDIT_BINARY, KIND_OTHER, false},
		{MIME_EDIT_CALENDAR, KIND_OTHER, true},
		{MIME_EDIT_VOICE, KIND_OTHER, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (why == rows[i].why && (conf->required || !rows[i].required))
			return rows[i].kind;
	return KIND_COUNT;
}

/* A footer that is required is never skipped for want of a place, or for an edit that failed:
 * the message is wrapped, which may fail in its turn. */
static enum footer_fallback
find_footer_fallback(const struct footer_conf *conf, enum mime_edit_result why)
{
	enum footer_kind kind = find_footer_kind(conf, why);

	if (kind != KIND_COUNT)
		return conf->on[kind];
	return conf->required && why != MIME_EDIT_PRESENT ? FALLBACK_WRAP : FALLBACK_SKIP;
}

/* Does the text of a wrapping stand in front of the old body, since that is a file, or
 * something that may swallow what follows it? */
static bool
is_wrapped_in_front(const struct footer_insertion *w, enum mime_edit_result why)
{
	const struct footer_conf *conf = policy_conf(w->call);

	return why == MIME_EDIT_OTHER || why == MIME_EDIT_DIGEST || why == MIME_EDIT_CALENDAR ||
	       why == MIME_EDIT_VOICE || (conf->required && w->tree->flags != 0);
}

static enum verdict
skip_footer(struct policy_call *c, const char *why)
{
	policy_note_skipped(c, why);
	policy_note(c, "footer", "skipped");
	return VERDICT_CONTINUE;
}

static enum verdict
leave_without_footer(struct policy_call *c, enum mime_edit_result why)
{
	const struct footer_conf *conf = policy_conf(c);

	if (find_footer_fallback(conf, why) == FALLBACK_REJECT) {
		(void)skip_footer(c, mime_edit_word(why));
		return policy_refuse(c, &conf->reply[find_footer_kind(conf, why)],
				     &(struct placeholder_values){0});
	}
	if (!conf->required || why == MIME_EDIT_PRESENT)
		return skip_footer(c, mime_edit_word(why));
	policy_note(c, "footer", "failed");
	return policy_fail(c, "the required text cannot be added: %s", mime_edit_word(why));
}

/* Notes in the log what may hide the footer. */
static void
note_footer_warnings(const struct footer_insertion *w)
{
	if (has_part_of_type(w->tree, "application/ms-tnef"))
		policy_note(w->call, "warn", "tnef"); /* Outlook displays that part instead */
}

/* Adds the text in one way or another. *ret_done: the word for the log. */
static enum mime_edit_result
add_footer(struct footer_insertion *w, const char **ret_done)
{
	const struct footer_conf *conf = policy_conf(w->call);
	enum mime_edit_result why = add_to_displayed_parts(w);

	*ret_done = "added";
	if (why != MIME_EDIT_OK && find_footer_fallback(conf, why) == FALLBACK_WRAP) {
		*ret_done = "wrapped";
		why = wrap_message(w, is_wrapped_in_front(w, why));
	}
	return why;
}

static enum verdict
footer_message(struct policy_call *c)
{
	const struct footer_conf *conf = policy_conf(c);
	bool marked = marker_check(&conf->marker, c);
	struct footer_insertion w = {.call = c};
	const char *gated = find_skip_reason(c, marked), *done;
	enum mime_edit_result why;

	if (gated != NULL)
		return skip_footer(c, gated);
	if (!has_usable_body(c) || !prepare_insertion(&w, marked))
		return leave_without_footer(c, MIME_EDIT_SIZE);
	why = add_footer(&w, &done);
	buf_free(&w.text);
	buf_free(&w.html);
	if (why != MIME_EDIT_OK)
		return leave_without_footer(c, why);
	note_footer_warnings(&w);
	if (!marked)
		add_marker_header(c);
	policy_note(c, "footer", done);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_footer = {
	.name = "footer",
	.summary = "add a text to the end of mail",
	.also = "disclaimer altermime signature trailer append_text ApplyHtmlDisclaimer",
	.options = footer_options,
	.configure = footer_configure,
	.message = footer_message,
};

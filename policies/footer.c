/* footer: adds a legal or other text to the end of mail, without breaking it. Decided by
 * gates (is this mail to carry one?), the structure, and mime/append. So far single-part
 * messages of text/plain or text/html; all else is left alone, with its reason in the log. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "mime/append.h"
#include "mime/html.h"
#include "mime/words.h"
#include "policy/policy.h"
#include "util/str.h"

#define MAX_FOOTER_BYTES 65536u
#define MAX_LINE_BYTES	 900u /* below the 998 of RFC 5322, placeholders filled in */
#define MAX_VALUE_BYTES	 200u /* of a placeholder */

enum fallback { FALLBACK_SKIP, FALLBACK_WRAP, FALLBACK_REJECT };

/* Mail that cannot be changed, each with its own option. */
#define KINDS(X)                                                                               \
	X(SIGNED, "signed", "Signed")                                                          \
	X(ENCRYPTED, "encrypted", "Encrypted")                                                 \
	X(IRREGULAR, "irregular", "Irregular")
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

struct footer_line {
	const struct template *text;
	uint32_t uses;
};

struct footer_text {
	const struct footer_line *lines;
	size_t n;
};

struct footer_conf {
	struct footer_text text, html;
	enum if_present if_present;
	enum fallback on[KIND_COUNT];
	struct reply reply[KIND_COUNT];
	bool automatic, list, dkim_signed; /* add to these too */
	uint64_t max_body;
};

static const char *const position_words[] = {"end", "top", NULL};
static const char *const position_planned[] = {"top", NULL};
static const char *const present_words[] = {"tail", "thread", "add", NULL};
static const char *const fallback_words[] = {"skip", "wrap", "reject", NULL};
static const char *const wrap_planned[] = {"wrap", NULL};
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
	 .planned_words = position_planned,
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
	 .planned_words = wrap_planned,
	 .help = "multipart/signed, S/MIME, PGP signed mail"},
	{.name = "encrypted",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = fallback_words,
	 .planned_words = wrap_planned,
	 .help = "encrypted mail"},
	{.name = "irregular",
	 .type = OPTION_WORD,
	 .value = "skip",
	 .words = fallback_words,
	 .planned_words = wrap_planned,
	 .help = "MIME on which mail programs disagree"},
	{.name = "other",
	 .type = OPTION_WORD,
	 .value = "wrap",
	 .words = fallback_words,
	 .planned = true,
	 .help = "mail with nothing displayed to add to (skip so far)"},
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
	 .planned = true,
	 .help = "a secret that marks our own work"},
	{0},
};

#define FOOTER_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_DATE) |          \
	 PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_HEADER))

/* Setting up. */

static int
add_line(struct policy_setup *setup, const struct section *s, const char *option,
	 const char *line, size_t len, struct footer_line *ret)
{
	struct arena *arena = policy_setup_arena(setup);
	struct template *t = NULL;
	char why[160];

	if (len > MAX_LINE_BYTES)
		return section_error(s, option, "a line of %zu bytes; at most %u fit in mail",
				     len, MAX_LINE_BYTES);
	if (!str_is_utf8(line, len) || memchr(line, '\0', len) != NULL)
		return section_error(s, option, "this is not UTF-8 text");
	if (template_compile(arena, arena_strndup(arena, line, len), FOOTER_PLACEHOLDERS, &t,
			     why, sizeof(why)) < 0)
		return section_error(s, option, "%s", why);
	*ret = (struct footer_line){.text = t, .uses = template_uses(t)};
	return 0;
}

/* Lines of either kind of line end; empty ones at the end are cut. */
static int
read_lines(struct policy_setup *setup, const struct section *s, const char *option,
	   const char *text, size_t len, struct footer_text *ret)
{
	struct footer_line *lines;
	size_t n = 1;
	int r = 0;

	while (len > 0 && strchr("\r\n \t", text[len - 1]) != NULL)
		len--;
	if (len == 0)
		return section_error(s, option, "the footer is empty");
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	lines = arena_zalloc(policy_setup_arena(setup), n * sizeof(*lines));
	for (size_t i = 0; i < n && r == 0; i++) {
		size_t line = strcspn(text, "\n") < len ? strcspn(text, "\n") : len;
		size_t end = line > 0 && text[line - 1] == '\r' ? line - 1 : line;

		r = add_line(setup, s, option, text, end, &lines[i]);
		text += line + (line < len);
		len -= line + (line < len);
	}
	*ret = (struct footer_text){.lines = lines, .n = n};
	return r;
}

static int
read_text(struct policy_setup *setup, const struct section *s, const char *option,
	  const char *file_option, struct footer_text *ret)
{
	const char *text = section_string(s, option);
	size_t len;

	if (section_has(s, option) && section_has(s, file_option))
		return section_error(s, file_option, "only one of %s and %s", option,
				     file_option);
	if (section_has(s, file_option)) {
		text = policy_setup_file(setup, s, file_option, MAX_FOOTER_BYTES, &len);
		return text == NULL ? -EINVAL
				    : read_lines(setup, s, file_option, text, len, ret);
	}
	return text == NULL ? 0 : read_lines(setup, s, option, text, strlen(text), ret);
}

static bool
uses(const struct footer_conf *conf, enum placeholder p)
{
	uint32_t used = 0;

	for (size_t i = 0; i < conf->text.n; i++)
		used |= conf->text.lines[i].uses;
	for (size_t i = 0; i < conf->html.n; i++)
		used |= conf->html.lines[i].uses;
	return (used & PLACEHOLDER_BIT(p)) != 0;
}

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
	int r = read_text(setup, s, "text", "text_file", &conf->text);
	int r2 = read_text(setup, s, "html", "html_file", &conf->html);

	if (r == 0 && r2 == 0 && conf->text.n == 0 && conf->html.n == 0)
		r = section_error(s, NULL, "there is nothing to add: write text or text_file");
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
	need->macros = uses(conf, PLACEHOLDER_AUTH_USER) ? "i {auth_authen}" : "i";
	*ret_conf = conf;
	return r < 0 || r2 < 0 ? -EINVAL : 0;
}

/* The text, with its placeholders. */

struct fill { /* the values of one message */
	struct policy_call *call;
	struct placeholder_values plain, escaped;
	bool html;
	bool empty; /* a header that was asked for is not there */
};

static const char *
escape(struct arena *arena, const char *value)
{
	struct buf out = {0};
	const char *copy;

	html_escape(value, strlen(value), &out);
	copy = arena_strdup(arena, buf_string(&out));
	buf_free(&out);
	return copy;
}

/* Values come from the wire: one line, valid UTF-8, not too long. */
static const char *
tame(struct arena *arena, const char *value, size_t len)
{
	struct buf text = {0};
	const char *copy;
	size_t n = 0;

	mime_unfold_header(value, len, &text);
	while (n < text.len && n < MAX_VALUE_BYTES) {
		size_t step = str_utf8_length(text.data + n, text.len - n);

		if (text.data[n] < 0x20)
			text.data[n] = ' ';
		n += step > 0 ? step : 1;
	}
	copy = arena_strndup(arena, buf_string(&text), n);
	buf_free(&text);
	return copy;
}

static const char *
fill_header(void *ctx, const char *name)
{
	struct fill *f = ctx;
	struct arena *arena = policy_arena(f->call);
	const struct header *h = message_header(policy_message(f->call), name, 1);
	struct buf decoded = {0};
	const char *value;

	if (h == NULL) {
		f->empty = true;
		return NULL;
	}
	(void)mime_decode_header(h->value, strlen(h->value), &decoded);
	value = tame(arena, buf_string(&decoded), decoded.len);
	buf_free(&decoded);
	f->empty |= *value == '\0';
	return f->html ? escape(arena, value) : value;
}

static void
fill_values(struct fill *f)
{
	struct arena *arena = policy_arena(f->call);
	time_t now = time(NULL);
	struct tm tm;
	char date[16];

	policy_values(f->call, &f->plain);
	(void)strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&now, &tm));
	f->plain.value[PLACEHOLDER_DATE] = date;
	for (size_t i = 0; i < PLACEHOLDER_COUNT; i++) {
		const char *v = f->plain.value[i];

		f->plain.value[i] = v == NULL ? NULL : tame(arena, v, strlen(v));
		f->escaped.value[i] = v == NULL ? NULL : escape(arena, f->plain.value[i]);
	}
	f->plain.header = f->escaped.header = fill_header;
	f->plain.ctx = f->escaped.ctx = f;
}

/* A line whose placeholder is empty is dropped. */
static bool
line_is_empty(const struct fill *f, const struct footer_line *line)
{
	for (enum placeholder p = 0; p < PLACEHOLDER_COUNT; p++) {
		const char *v = f->plain.value[p];

		if (p != PLACEHOLDER_HEADER && (line->uses & PLACEHOLDER_BIT(p)) != 0 &&
		    (v == NULL || *v == '\0'))
			return true;
	}
	return f->empty;
}

static void
put_lines(struct fill *f, const struct footer_text *text, bool html, const char *line_end,
	  struct buf *out)
{
	struct buf line = {0};

	f->html = html;
	for (size_t i = 0; i < text->n; i++) {
		f->empty = false;
		buf_reset(&line);
		template_expand(text->lines[i].text, html ? &f->escaped : &f->plain, false,
				&line);
		if (line_is_empty(f, &text->lines[i]))
			continue;
		buf_append(out, line.data, line.len);
		buf_puts(out, line_end);
	}
	buf_free(&line);
}

/* HTML made from the text: one paragraph, its lines as they are. */
static void
put_text_as_html(struct fill *f, const struct footer_text *text, struct buf *out)
{
	struct buf plain = {0};
	const char *s, *next;

	put_lines(f, text, false, "\n", &plain);
	buf_puts(out, "<p>");
	for (s = buf_string(&plain); *s != '\0'; s = next) {
		size_t len = strcspn(s, "\n");

		next = s + len + (s[len] == '\n');
		html_escape(s, len, out);
		if (*next != '\0')
			buf_puts(out, "<br>\r\n");
	}
	buf_puts(out, "</p>\r\n");
	buf_free(&plain);
}

static void
make_addition(struct policy_call *c, bool html, struct buf *out)
{
	const struct footer_conf *conf = policy_conf(c);
	struct fill f = {.call = c};
	struct buf utf8 = {0};

	fill_values(&f);
	if (!html && conf->text.n > 0) {
		put_lines(&f, &conf->text, false, "\r\n", out);
	} else if (!html) { /* only HTML was written */
		put_lines(&f, &conf->html, false, "\n", &utf8);
		html_plain_text(buf_string(&utf8), utf8.len, out);
		buf_puts(out, "\r\n");
	} else if (conf->html.n > 0) {
		put_lines(&f, &conf->html, true, "\r\n", &utf8);
		html_to_ascii(buf_string(&utf8), utf8.len, out);
	} else {
		put_text_as_html(&f, &conf->text, out);
	}
	buf_free(&utf8);
}

/* Gates: mail that is not to carry a footer, whatever its structure. NULL: it may. */

static bool
header_is(const struct message *m, const char *name, const char *const *values)
{
	const struct header *h = message_header(m, name, 1);
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
gate(struct policy_call *c)
{
	static const char *const no[] = {"no", NULL};
	static const char *const bulk[] = {"bulk", "list", "junk", NULL};
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	const struct sender *from = policy_sender(c);

	if (!conf->automatic && from != NULL && *from->mailbox == '\0')
		return "automatic";
	if (!conf->automatic && message_header(m, "Auto-Submitted", 1) != NULL &&
	    !header_is(m, "Auto-Submitted", no))
		return "automatic";
	if (!conf->list &&
	    (message_header(m, "List-Id", 1) != NULL || header_is(m, "Precedence", bulk)))
		return "list";
	if (m->body_size > conf->max_body || (m->body == NULL && m->body_size > 0))
		return "size";
	if (!conf->dkim_signed && message_header(m, "DKIM-Signature", 1) != NULL)
		return "dkim";
	return NULL;
}

/* The structure: what the headers say the one part is. */

struct structure {
	struct header *type, *encoding; /* NULL: the header is missing */
	struct mime_params params;
	struct text_part part;
};

static bool
is_attachment(struct policy_call *c, const struct structure *st)
{
	const struct header *h = message_header(policy_message(c), "Content-Disposition", 1);
	struct mime_params disposition;

	if (mime_param(&st->params, "name") != NULL)
		return true;
	if (h == NULL)
		return false;
	mime_params_parse(policy_arena(c), h->value, &disposition);
	return !str_case_equal(disposition.type, "inline") ||
	       mime_param(&disposition, "filename") != NULL;
}

/* What a type means that is not one part of text. NULL: it is text. */
static const char *
type_reason(struct policy_call *c, const struct structure *st)
{
	const char *type = st->params.type;

	if (str_case_equal(type, "multipart/signed"))
		return "signed";
	if (str_case_equal(type, "multipart/encrypted"))
		return "encrypted";
	if (str_case_equal(type, "application/pkcs7-mime") ||
	    str_case_equal(type, "application/x-pkcs7-mime")) {
		const char *what = mime_param(&st->params, "smime-type");

		return what != NULL && str_case_starts(what, "signed") ? "signed" : "encrypted";
	}
	if (str_case_equal(type, "multipart/report") || str_case_starts(type, "message/"))
		return "automatic";
	if (str_case_starts(type, "multipart/"))
		return "multipart";
	if ((!str_case_equal(type, "text/plain") && !str_case_equal(type, "text/html")) ||
	    is_attachment(c, st))
		return "other";
	return NULL;
}

static const char *
read_structure(struct policy_call *c, struct structure *st)
{
	struct message *m = policy_message(c);
	const char *format;

	st->type = message_header(m, "Content-Type", 1);
	st->encoding = message_header(m, "Content-Transfer-Encoding", 1);
	if (message_header(m, "Content-Type", 2) != NULL ||
	    message_header(m, "Content-Transfer-Encoding", 2) != NULL)
		return "irregular";
	if (st->type != NULL) {
		mime_params_parse(policy_arena(c), st->type->value, &st->params);
		if (st->params.irregular || *st->params.type == '\0')
			return "irregular";
	} else {
		st->params.type = "text/plain";
	}
	format = mime_param(&st->params, "format");
	st->part = (struct text_part){
		.body = m->body != NULL ? m->body : "",
		.len = m->body_len,
		.encoding =
			mime_encoding_parse(st->encoding == NULL ? NULL : st->encoding->value),
		.charset = mime_param(&st->params, "charset"),
		.html = str_case_equal(st->params.type, "text/html"),
		.flowed = format != NULL && str_case_equal(format, "flowed"),
	};
	return type_reason(c, st);
}

/* The result into the message. */

static void
set_header(struct policy_call *c, const char *name, const char *value)
{
	struct header *h = message_header(policy_message(c), name, 1);

	if (h == NULL)
		policy_add_header(c, name, value);
	else if (strcmp(h->value, value) != 0)
		policy_change_header(c, h, value);
}

static void
delete_headers(struct policy_call *c, const char *name)
{
	struct message *m = policy_message(c);

	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted && str_case_equal(m->headers[i].name, name))
			policy_delete_header(c, &m->headers[i]);
}

static void
set_charset(struct policy_call *c, const struct structure *st)
{
	struct buf value = {0};

	mime_param_set(st->type != NULL ? st->type->value : "text/plain", "charset", "utf-8",
		       &value);
	set_header(c, "Content-Type", buf_string(&value));
	buf_free(&value);
}

static void
replace(struct policy_call *c, struct structure *st, const struct appended *done)
{
	const struct buf *middle = &done->middle;
	const struct slice parts[] = {
		{st->part.body, done->head},
		{arena_dup(policy_arena(c), middle->data, middle->len), middle->len},
		{st->part.body + st->part.len - done->tail, done->tail},
	};
	bool relabel = done->encoding != st->part.encoding;

	if (done->to_utf8)
		set_charset(c, st);
	if (relabel)
		set_header(c, "Content-Transfer-Encoding", mime_encoding_name(done->encoding));
	if ((done->to_utf8 || relabel) &&
	    message_header(policy_message(c), "MIME-Version", 1) == NULL)
		policy_add_header(c, "MIME-Version", "1.0");
	delete_headers(c, "Content-MD5");
	delete_headers(c, "Content-Length");
	delete_headers(c, "Lines");
	policy_replace_body_parts(c, parts, sizeof(parts) / sizeof(parts[0]));
}

static enum verdict
leave_alone(struct policy_call *c, const char *reason)
{
	const struct footer_conf *conf = policy_conf(c);
	size_t kind = 0;

	policy_skipped(c, reason);
	policy_note(c, "footer", "skipped");
	while (kind < KIND_COUNT && strcmp(kinds[kind].option, reason) != 0)
		kind++;
	if (kind == KIND_COUNT || conf->on[kind] != FALLBACK_REJECT)
		return VERDICT_CONTINUE;
	return policy_refuse(c, &conf->reply[kind], &(struct placeholder_values){0});
}

/* The part with the footer; NULL, or why not. */
static const char *
extend(struct policy_call *c, const struct structure *st, struct appended *ret)
{
	const struct footer_conf *conf = policy_conf(c);
	const struct message *m = policy_message(c);
	size_t len;
	const char *why = "empty"; /* every line had a placeholder without a value */
	struct addition add;
	struct buf text = {0};

	make_addition(c, st->part.html, &text);
	add.text = add.html = buf_string(&text);
	add.text_len = add.html_len = text.len;
	if (text.len > 0)
		why = mime_append(&st->part, &add, conf->if_present, ret);
	buf_free(&text);
	len = ret->head + ret->middle.len + ret->tail;
	if (why == NULL && len > m->body_len &&
	    message_size(m) + (len - m->body_len) > policy_size_limit(c))
		why = "size";
	return why;
}

static enum verdict
footer_message(struct policy_call *c)
{
	struct structure st = {0};
	struct appended done = {0};
	const char *why = gate(c);

	if (why == NULL)
		why = read_structure(c, &st);
	if (why == NULL)
		why = extend(c, &st, &done);
	if (why == NULL) {
		replace(c, &st, &done);
		policy_note(c, "footer", "added");
	}
	buf_free(&done.middle);
	return why == NULL ? VERDICT_CONTINUE : leave_alone(c, why);
}

const struct policy_ops policy_footer = {
	.name = "footer",
	.summary = "add a text to the end of mail",
	.options = footer_options,
	.configure = footer_configure,
	.message = footer_message,
};

/* Reads a text into lines of placeholder templates, and fills the lines in for a message.
 * Values come from outside, so each is made one line of clean text before it is used. A text
 * without placeholders costs no more than copying its lines. */
#include "text/text_template.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "html/html.h"
#include "mime/words.h"
#include "option/file.h"
#include "option/option.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_FILE_BYTES	65536u
#define MAX_LINE_BYTES	900u /* as written; RFC 5322 allows 998 */
#define MAX_VALUE_BYTES 200u /* of one placeholder */

#define TEXT_PLACEHOLDERS                                                                      \
	(PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_DATE) |          \
	 PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_HEADER) |               \
	 PLACEHOLDERS_FOUND)

/* ---- reading ---- */

/* A text that is being read, and where it stands. */
struct text_source {
	struct arena *arena;
	const struct section *s;
	const char *option; /* text, text_file, html or html_file */
	const char *path;   /* of the file; NULL: it is the value of the option */
	const char *text;
	size_t len;
};

/* Reports a mistake in a line of the text, from 1 on: of a file at that line of it. */
static int
refuse_text_line(const struct text_source *src, size_t line, const char *why)
{
	if (src->path != NULL)
		return section_error(src->s, src->option, "%s:%zu: %s", src->path, line, why);
	return section_error(src->s, src->option, "%s", why);
}

/* Is the character a control, of C0, DEL or C1? step: its length. */
static bool
is_control_character(const unsigned char *p, size_t step)
{
	return p[0] < 0x20 || p[0] == 0x7f || (step == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

/* Has UTF-8 text a control other than a tab? */
static bool
has_control_character(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0, step; i < len; i += step) {
		step = str_utf8_length(p + i, len - i);
		if (p[i] != '\t' && is_control_character(p + i, step))
			return true;
	}
	return false;
}

static int
compile_text_line(const struct text_source *src, size_t number, const char *line, size_t len,
		  struct text_template_line *ret)
{
	struct template *t = NULL;
	char why[160];

	if (len > MAX_LINE_BYTES) {
		snprintf(why, sizeof(why), "a line of %zu bytes; at most %u fit in mail", len,
			 MAX_LINE_BYTES);
		return refuse_text_line(src, number, why);
	}
	if (!str_is_utf8(line, len) || memchr(line, '\0', len) != NULL)
		return refuse_text_line(src, number, "this is not UTF-8 text");
	if (has_control_character(line, len))
		return refuse_text_line(src, number, "a control character is in the text");
	if (template_compile(src->arena, arena_strndup(src->arena, line, len),
			     TEXT_PLACEHOLDERS, &t, why, sizeof(why)) < 0)
		return refuse_text_line(src, number, why);
	*ret = (struct text_template_line){.text = t, .uses = template_uses(t)};
	return 0;
}

/* The length of the line at s without its end; *ret_next: the offset of the next line. Lines
 * end with LF, CRLF or CR. */
static size_t
text_line_length(const char *s, size_t len, size_t *ret_next)
{
	size_t n = 0;

	while (n < len && s[n] != '\n' && s[n] != '\r')
		n++;
	*ret_next = n + (n < len) + (n + 1 < len && s[n] == '\r' && s[n + 1] == '\n');
	return n;
}

static size_t
count_text_lines(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t at = 0, next; at < len; at += next, n++)
		(void)text_line_length(s + at, len - at, &next);
	return n;
}

/* Leaves out a byte order mark, and the blanks and empty lines at the end. */
static void
trim_text(struct text_source *src)
{
	if (src->len >= 3 && memcmp(src->text, "\xef\xbb\xbf", 3) == 0) {
		src->text += 3;
		src->len -= 3;
	}
	while (src->len > 0 && memchr("\r\n \t", src->text[src->len - 1], 4) != NULL)
		src->len--;
}

/* The line, from 1 on, that the byte at offset at stands in. */
static size_t
line_of_offset(const struct text_source *src, size_t at)
{
	size_t line = 1, from = 0, next;

	for (; from < src->len; from += next, line++) {
		(void)text_line_length(src->text + from, src->len - from, &next);
		if (at < from + next)
			break;
	}
	return line;
}

/* Refuses HTML behind which a message would not be displayed as it is. */
static int
check_html(const struct text_source *src)
{
	size_t at = 0;
	const char *fault = html_find_fault(src->text, src->len, &at);
	char why[160];
	int len;

	if (fault == NULL)
		return 0;
	len = (int)strcspn(src->text + at, " \t\r\n>");
	snprintf(why, sizeof(why), "'%.*s': %s", len < 20 ? len : 20, src->text + at, fault);
	return refuse_text_line(src, line_of_offset(src, at), why);
}

/* All lines that are wrong are reported. */
static int
read_text_lines(struct text_source *src, bool is_html, struct text_template_lines *ret)
{
	struct text_template_line *lines;
	size_t n;
	int r = 0;

	trim_text(src);
	if (src->len == 0)
		return refuse_text_line(src, 1, "the text is empty");
	n = count_text_lines(src->text, src->len);
	lines = arena_zalloc(src->arena, n * sizeof(*lines));
	for (size_t i = 0, at = 0, next; i < n; i++, at += next) {
		size_t len = text_line_length(src->text + at, src->len - at, &next);

		if (compile_text_line(src, i + 1, src->text + at, len, &lines[i]) < 0)
			r = -EINVAL;
	}
	if (is_html && r == 0)
		r = check_html(src);
	*ret = (struct text_template_lines){.line = lines, .n = n};
	return r;
}

static int
read_text_option(struct arena *arena, const struct section *s, const char *option,
		 const char *file_option, struct text_template_lines *ret)
{
	struct text_source src = {.arena = arena, .s = s, .option = option};
	bool is_html = strcmp(option, "html") == 0;

	if (section_has(s, option) && section_has(s, file_option))
		return section_error(s, file_option, "only one of %s and %s", option,
				     file_option);
	if (section_has(s, file_option)) {
		src.option = file_option;
		src.path = section_file_path(s, file_option, arena);
		src.text = section_file(s, file_option, MAX_FILE_BYTES, arena, &src.len);
		return src.text == NULL ? -EINVAL : read_text_lines(&src, is_html, ret);
	}
	src.text = section_string(s, option);
	if (src.text == NULL)
		return 0;
	src.len = strlen(src.text);
	return read_text_lines(&src, is_html, ret);
}

static uint32_t
collect_line_uses(const struct text_template_lines *lines)
{
	uint32_t uses = 0;

	for (size_t i = 0; i < lines->n; i++)
		uses |= lines->line[i].uses;
	return uses;
}

int
text_template_read(struct arena *arena, const struct section *s, struct text_template *ret)
{
	struct text_template t = {0};
	int r = read_text_option(arena, s, "text", "text_file", &t.plain);
	int r2 = read_text_option(arena, s, "html", "html_file", &t.html);

	if (r == 0 && r2 == 0 && t.plain.n == 0 && t.html.n == 0)
		r = section_error(s, NULL, "there is nothing to add: write text or text_file");
	if (r < 0 || r2 < 0)
		return -EINVAL;
	t.uses = collect_line_uses(&t.plain) | collect_line_uses(&t.html);
	*ret = t;
	return 0;
}

uint32_t
text_template_uses(const struct text_template *t)
{
	return t->uses;
}

/* ---- filling in ---- */

/* The values of one message, as they go into a line. */
struct line_values {
	const struct placeholder_values *sent; /* as the MTA sent them */
	struct arena *arena;
	struct placeholder_values plain, escaped; /* cleaned; and escaped for HTML */
	bool html;				  /* the line is HTML */
	bool empty; /* a %{header:Name}, %{score:TITLE} or %{result:TITLE} of the line that is
		       being expanded is empty */
};

static const char *
escape_value(struct arena *arena, const char *value)
{
	struct buf out = {0};
	const char *copy;

	html_escape(value, strlen(value), &out);
	copy = arena_strdup(arena, buf_string(&out));
	buf_free(&out);
	return copy;
}

/* Makes one line of valid UTF-8 of a value, of MAX_VALUE_BYTES at most. */
static const char *
clean_value(struct arena *arena, const char *value)
{
	struct buf text = {0};
	const char *copy;
	size_t n = 0;

	mime_unfold_header(value, strlen(value), &text);
	while (n < text.len && n < MAX_VALUE_BYTES) {
		size_t step = str_utf8_length(text.data + n, text.len - n);

		step += step == 0;
		if (is_control_character(text.data + n, step))
			memset(text.data + n, ' ', step);
		n += step;
	}
	copy = arena_strndup(arena, buf_string(&text), n);
	buf_free(&text);
	return copy;
}

static const char *
fill_named_value(struct line_values *v, const char *value)
{
	if (value != NULL)
		value = clean_value(v->arena, value);
	if (value == NULL || *value == '\0') {
		v->empty = true;
		return NULL;
	}
	return v->html ? escape_value(v->arena, value) : value;
}

/* The getter of %{header:Name}. */
static const char *
fill_header_value(void *ctx, const char *name)
{
	struct line_values *v = ctx;

	return fill_named_value(
		v, v->sent->header == NULL ? NULL : v->sent->header(v->sent->ctx, name));
}

/* That of %{result:TITLE} and %{score:TITLE}. */
static const char *
fill_found_value(void *ctx, enum placeholder what, const char *title)
{
	struct line_values *v = ctx;
	const struct placeholder_values *sent = v->sent;

	return fill_named_value(
		v, sent->found == NULL ? NULL : sent->found(sent->found_ctx, what, title));
}

static const char *
format_date(struct arena *arena)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[16];

	(void)strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&now, &tm));
	return arena_strdup(arena, date);
}

static void
fill_line_values(const struct text_template *t, struct line_values *v)
{
	if (t->uses == 0)
		return;
	for (enum placeholder p = 0; p < PLACEHOLDER_HEADER; p++) {
		const char *value = v->sent->value[p];

		if ((t->uses & PLACEHOLDER_BIT(p)) == 0)
			continue;
		if (p == PLACEHOLDER_DATE)
			value = format_date(v->arena);
		if (value == NULL)
			continue;
		v->plain.value[p] = clean_value(v->arena, value);
		v->escaped.value[p] = escape_value(v->arena, v->plain.value[p]);
	}
	v->plain.header = v->escaped.header = fill_header_value;
	v->plain.ctx = v->escaped.ctx = v;
	v->plain.found = v->escaped.found = fill_found_value;
	v->plain.found_ctx = v->escaped.found_ctx = v;
}

/* True when one of the line's placeholders is empty; the line has been expanded. */
static bool
lacks_value(const struct line_values *v, const struct text_template_line *line)
{
	for (enum placeholder p = 0; p < PLACEHOLDER_HEADER; p++) {
		const char *value = v->plain.value[p];

		if ((line->uses & PLACEHOLDER_BIT(p)) != 0 && (value == NULL || *value == '\0'))
			return true;
	}
	return v->empty;
}

static void
append_filled_lines(struct line_values *v, const struct text_template_lines *text, bool html,
		    const char *line_end, struct buf *out)
{
	struct buf line = {0};

	v->html = html;
	for (size_t i = 0; i < text->n; i++) {
		v->empty = false;
		buf_reset(&line);
		template_expand(text->line[i].text, html ? &v->escaped : &v->plain, false,
				&line);
		if (lacks_value(v, &text->line[i]))
			continue;
		buf_append(out, line.data, line.len);
		buf_puts(out, line_end);
	}
	buf_free(&line);
}

/* One paragraph, with a line break behind each line but the last. */
static void
append_lines_as_paragraph(struct line_values *v, const struct text_template_lines *text,
			  struct buf *out)
{
	struct buf plain = {0};
	const char *s, *next;

	append_filled_lines(v, text, false, "\n", &plain);
	if (plain.len > 0)
		buf_puts(out, "<p>");
	for (s = buf_string(&plain); *s != '\0'; s = next) {
		size_t len = strcspn(s, "\n");

		next = s + len + (s[len] == '\n');
		html_escape(s, len, out);
		if (*next != '\0')
			buf_puts(out, "<br>\r\n");
	}
	if (plain.len > 0)
		buf_puts(out, "</p>\r\n");
	buf_free(&plain);
}

void
text_template_append_plain(const struct text_template *t,
			   const struct placeholder_values *values, struct arena *arena,
			   struct buf *out)
{
	struct line_values v = {.sent = values, .arena = arena};
	struct buf html = {0};

	fill_line_values(t, &v);
	if (t->plain.n > 0) {
		append_filled_lines(&v, &t->plain, false, "\r\n", out);
		return;
	}
	assert(t->html.n > 0);
	append_filled_lines(&v, &t->html, true, "\r\n", &html);
	html_to_text(buf_string(&html), html.len, out);
	buf_free(&html);
}

void
text_template_append_html(const struct text_template *t,
			  const struct placeholder_values *values, struct arena *arena,
			  struct buf *out)
{
	struct line_values v = {.sent = values, .arena = arena};
	struct buf utf8 = {0};

	fill_line_values(t, &v);
	if (t->html.n == 0) {
		append_lines_as_paragraph(&v, &t->plain, out);
		return;
	}
	append_filled_lines(&v, &t->html, true, "\r\n", &utf8);
	html_to_ascii(buf_string(&utf8), utf8.len, out);
	buf_free(&utf8);
}

/* Lines are compiled when the configuration is read, and filled in for each message. */
#include "text/text_template.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "mime/html.h"
#include "mime/words.h"
#include "option/file.h"
#include "policy/policy.h"
#include "util/str.h"

#define MAX_FILE_BYTES	65536u
#define MAX_LINE_BYTES	900u /* below the 998 of RFC 5322, placeholders filled in */
#define MAX_VALUE_BYTES 200u /* of a placeholder */

#define WORDING_PLACEHOLDERS                                                                   \
	(PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_DATE) |          \
	 PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_HEADER))

/* ---- reading ---- */

static int
add_line(struct policy_setup *setup, const struct section *s, const char *option,
	 const char *line, size_t len, struct wording_line *ret)
{
	struct arena *arena = policy_setup_arena(setup);
	struct template *t = NULL;
	char why[160];

	if (len > MAX_LINE_BYTES)
		return section_error(s, option, "a line of %zu bytes; at most %u fit in mail",
				     len, MAX_LINE_BYTES);
	if (!str_is_utf8(line, len) || memchr(line, '\0', len) != NULL)
		return section_error(s, option, "this is not UTF-8 text");
	if (template_compile(arena, arena_strndup(arena, line, len), WORDING_PLACEHOLDERS, &t,
			     why, sizeof(why)) < 0)
		return section_error(s, option, "%s", why);
	*ret = (struct wording_line){.text = t, .uses = template_uses(t)};
	return 0;
}

/* Lines of either kind of line end; empty ones at the end are cut. */
static int
read_lines(struct policy_setup *setup, const struct section *s, const char *option,
	   const char *text, size_t len, struct wording_lines *ret)
{
	struct wording_line *lines;
	size_t n = 1;
	int r = 0;

	while (len > 0 && strchr("\r\n \t", text[len - 1]) != NULL)
		len--;
	if (len == 0)
		return section_error(s, option, "the text is empty");
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	lines = arena_zalloc(policy_setup_arena(setup), n * sizeof(*lines));
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *lf = memchr(text, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - text);
		size_t end = line > 0 && text[line - 1] == '\r' ? line - 1 : line;

		r = add_line(setup, s, option, text, end, &lines[i]);
		text += line + (line < len);
		len -= line + (line < len);
	}
	*ret = (struct wording_lines){.line = lines, .n = n};
	return r;
}

static int
read_text(struct policy_setup *setup, const struct section *s, const char *option,
	  const char *file_option, struct wording_lines *ret)
{
	const char *text = section_string(s, option);
	size_t len;

	if (section_has(s, option) && section_has(s, file_option))
		return section_error(s, file_option, "only one of %s and %s", option,
				     file_option);
	if (section_has(s, file_option)) {
		text = section_file(s, file_option, MAX_FILE_BYTES, policy_setup_arena(setup),
				    &len);
		return text == NULL ? -EINVAL
				    : read_lines(setup, s, file_option, text, len, ret);
	}
	return text == NULL ? 0 : read_lines(setup, s, option, text, strlen(text), ret);
}

int
text_template_read(struct policy_setup *setup, const struct section *s,
		   struct text_template *ret)
{
	struct text_template w = {0};
	int r = read_text(setup, s, "text", "text_file", &w.text);
	int r2 = read_text(setup, s, "html", "html_file", &w.html);

	if (r == 0 && r2 == 0 && w.text.n == 0 && w.html.n == 0)
		r = section_error(s, NULL, "there is nothing to add: write text or text_file");
	if (r < 0 || r2 < 0)
		return -EINVAL;
	*ret = w;
	return 0;
}

static uint32_t
lines_use(const struct wording_lines *lines)
{
	uint32_t used = 0;

	for (size_t i = 0; i < lines->n; i++)
		used |= lines->line[i].uses;
	return used;
}

bool
text_template_uses(const struct text_template *w, enum placeholder p)
{
	return ((lines_use(&w->text) | lines_use(&w->html)) & PLACEHOLDER_BIT(p)) != 0;
}

/* ---- filling in ---- */

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
	const struct header *h = message_nth_header(policy_message(f->call), name, 1);
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

/* Most texts have no placeholders. */
static void
fill_values(struct fill *f, const struct text_template *w)
{
	struct arena *arena = policy_arena(f->call);
	time_t now = time(NULL);
	struct tm tm;
	char date[16];

	if ((lines_use(&w->text) | lines_use(&w->html)) == 0)
		return;
	policy_fill_values(f->call, &f->plain);
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
line_is_empty(const struct fill *f, const struct wording_line *line)
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
put_lines(struct fill *f, const struct wording_lines *text, bool html, const char *line_end,
	  struct buf *out)
{
	struct buf line = {0};

	f->html = html;
	for (size_t i = 0; i < text->n; i++) {
		f->empty = false;
		buf_reset(&line);
		template_expand(text->line[i].text, html ? &f->escaped : &f->plain, false,
				&line);
		if (line_is_empty(f, &text->line[i]))
			continue;
		buf_append(out, line.data, line.len);
		buf_puts(out, line_end);
	}
	buf_free(&line);
}

/* HTML made from the text: one paragraph, its lines as they are. */
static void
put_text_as_html(struct fill *f, const struct wording_lines *text, struct buf *out)
{
	struct buf plain = {0};
	const char *s, *next;

	put_lines(f, text, false, "\n", &plain);
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
text_template_append_plain(const struct text_template *w, struct policy_call *c,
			   struct buf *out)
{
	struct fill f = {.call = c};
	struct buf html = {0};

	fill_values(&f, w);
	if (w->text.n > 0) {
		put_lines(&f, &w->text, false, "\r\n", out);
		return;
	}
	put_lines(&f, &w->html, true, "\r\n", &html);
	html_to_text(buf_string(&html), html.len, out);
	buf_free(&html);
}

void
text_template_append_html(const struct text_template *w, struct policy_call *c, struct buf *out)
{
	struct fill f = {.call = c};
	struct buf utf8 = {0};

	fill_values(&f, w);
	if (w->html.n == 0) {
		put_text_as_html(&f, &w->text, out);
		return;
	}
	put_lines(&f, &w->html, true, "\r\n", &utf8);
	html_to_ascii(buf_string(&utf8), utf8.len, out);
	buf_free(&utf8);
}

/* A text is brought to UTF-8, then read as HTML or as plain text, for each charset. */
#include "content/part_text.h"

#include <stdint.h>
#include <string.h>

#include "charset/charset.h"
#include "html/html_charset.h"
#include "html/html_paragraphs.h"
#include "util/memory.h"
#include "util/str.h"
#include "util/url.h"

/* ---- links ---- */

static bool
add_link(struct part_texts *t, const char *url, size_t len)
{
	struct link_hosts *links = t->links;
	char host[DOMAIN_MAX_BYTES];
	size_t n;

	if (links->n == LINK_HOSTS_MAX) {
		t->cut = true;
		return true;
	}
	if (!url_host(url, len, host))
		return true;
	n = strlen(host) + 1;
	if (links->names.len >= n &&
	    memcmp(links->names.data + links->names.len - n, host, n) == 0 &&
	    (links->names.len == n || links->names.data[links->names.len - n - 1] == '\0'))
		return true;
	buf_append(&links->names, host, n);
	links->n++;
	return true;
}

static void
add_links_in_text(struct part_texts *t, const char *s, size_t len)
{
	size_t at = 0, n;

	while (url_find_in_text(s, len, &at, &n)) {
		(void)add_link(t, s + at, n);
		at += n;
	}
}

/* ---- paragraphs ---- */

/* The first n bytes of a text but for a part of a character. */
static size_t
cut_behind_character(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static bool
add_paragraph(void *ctx, const char *s, size_t len, bool shown)
{
	struct part_texts *t = ctx;

	if (len > t->left) {
		t->cut = true;
		len = cut_behind_character(s, t->left);
	}
	if (len > 0) {
		if (t->links != NULL)
			add_links_in_text(t, s, len);
		buf_append(&t->text, s, len);
		buf_puts(&t->text, shown ? "\r\n" : "\n");
	}
	t->left -= len;
	return !t->cut && !memory_is_over();
}

static bool
add_html_link(void *ctx, const char *url, size_t len)
{
	return add_link(ctx, url, len);
}

static bool
is_text_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of the run at the front of s without white space but single blanks. */
static size_t
run_of_words(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && ((unsigned char)s[n] > ' ' ||
			   (s[n] == ' ' && n + 1 < len && (unsigned char)s[n + 1] > ' ') ||
			   !is_text_space(s[n])))
		n++;
	return n;
}

/* Passes over white space. True: an empty line is among it. */
static bool
pass_over_space(const char *s, size_t len, size_t *at)
{
	unsigned line_ends = 0;

	for (; *at < len && is_text_space(s[*at]); ++*at)
		line_ends += s[*at] == '\n' ||
			     (s[*at] == '\r' && (*at + 1 == len || s[*at + 1] != '\n'));
	return line_ends > 1;
}

static void
add_plain_text(struct part_texts *t, const char *s, size_t len)
{
	struct buf text = {0};
	size_t at = 0;
	bool more = true;

	(void)pass_over_space(s, len, &at);
	while (more && at < len) {
		size_t n = run_of_words(s + at, len - at);

		buf_append(&text, s + at, n);
		at += n;
		if (pass_over_space(s, len, &at) || at == len) {
			more = add_paragraph(t, buf_string(&text), text.len, false);
			buf_reset(&text);
		} else {
			buf_putc(&text, ' ');
		}
	}
	buf_free(&text);
}

/* ---- charsets ---- */

/* Appends a text of format=flowed without the blanks that stand for nothing (RFC 3676, section
 * 4.2). */
static void
delete_soft_line_ends(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const char *lf = memchr(s + i, '\n', len - i);
		size_t next = lf == NULL ? len : (size_t)(lf - s) + 1, end = next;

		while (end > i && (s[end - 1] == '\n' || s[end - 1] == '\r'))
			end--;
		if (lf != NULL && end > i && s[end - 1] == ' ' &&
		    !(end - i == 3 && memcmp(s + i, "-- ", 3) == 0))
			buf_append(out, s + i, end - 1 - i);
		else
			buf_append(out, s + i, next - i);
		i = next;
	}
}

/* Adds a text in UTF-8. */
static void
add_utf8(struct part_texts *t, const char *s, size_t len, const struct part_form *form)
{
	const struct html_paragraph_sink sink = {add_paragraph,
						 t->links != NULL ? add_html_link : NULL, t};
	struct buf joined = {0};

	if (form->html) {
		html_read_paragraphs(s, len, &sink);
		return;
	}
	add_plain_text(t, s, len);
	if (!form->delsp)
		return;
	delete_soft_line_ends(s, len, &joined);
	if (joined.len < len)
		add_plain_text(t, buf_string(&joined), joined.len);
	buf_free(&joined);
}

/* Adds the text as it reads in a charset. True: all of it was valid. */
static bool
add_converted(struct part_texts *t, const struct charset *cs, const char *s, size_t len,
	      const struct part_form *form)
{
	struct buf utf8 = {0};
	bool valid = charset_to_utf8_lossy(cs, s, len, &utf8);

	add_utf8(t, buf_string(&utf8), utf8.len, form);
	buf_free(&utf8);
	return valid;
}

static void
add_as_windows_1252(struct part_texts *t, const char *s, size_t len,
		    const struct part_form *form)
{
	const struct charset *cs = charset_find("windows-1252", strlen("windows-1252"));

	if (cs != NULL)
		(void)add_converted(t, cs, s, len, form);
}

static void
add_guessed(struct part_texts *t, const char *s, size_t len, const struct part_form *form)
{
	struct buf utf8 = {0};

	if (str_is_utf8(s, len)) {
		add_utf8(t, s, len, form);
		return;
	}
	charset_guess_to_utf8(s, len, &utf8);
	add_utf8(t, buf_string(&utf8), utf8.len, form);
	buf_free(&utf8);
}

static bool
has_byte_order_mark(const char *s, size_t len)
{
	return (len >= 2 && (memcmp(s, "\xff\xfe", 2) == 0 || memcmp(s, "\xfe\xff", 2) == 0)) ||
	       (len >= 4 && memcmp(s, "\0\0\xfe\xff", 4) == 0);
}

/* Both byte orders of utf-16 or utf-32. */
static void
add_both_orders(struct part_texts *t, const struct charset *cs, const char *s, size_t len,
		const struct part_form *form)
{
	bool wide = strncmp(charset_name(cs), "utf-32", 6) == 0;
	const char *const names[] = {wide ? "utf-32be" : "utf-16be",
				     wide ? "utf-32le" : "utf-16le"};

	for (size_t i = 0; i < 2; i++) {
		const struct charset *order = charset_find(names[i], strlen(names[i]));

		if (order != NULL)
			(void)add_converted(t, order, s, len, form);
	}
}

static bool
has_byte_order(const struct charset *cs)
{
	return strncmp(charset_name(cs), "utf-16", 6) == 0 ||
	       strncmp(charset_name(cs), "utf-32", 6) == 0;
}

/* True: no bytes in it are broken. */
static bool
add_in_charset(struct part_texts *t, const struct charset *cs, const char *s, size_t len,
	       const struct part_form *form)
{
	bool is_superset = charset_is_ascii_superset(cs);

	if (has_byte_order(cs)) {
		if (has_byte_order_mark(s, len))
			(void)add_converted(t, cs, s, len, form);
		else
			add_both_orders(t, cs, s, len, form);
		return true;
	}
	if ((charset_is_utf8(cs) && str_is_utf8(s, len)) ||
	    (is_superset && str_is_ascii(s, len))) {
		add_utf8(t, s, len, form);
		return true;
	}
	if (add_converted(t, cs, s, len, form))
		return true;
	if (is_superset)
		add_as_windows_1252(t, s, len, form);
	return false;
}

/* The charset that HTML names for itself, where the header fields do not tell. */
static void
add_in_own_charset(struct part_texts *t, const char *s, size_t len,
		   const struct part_form *form)
{
	const struct charset *cs = NULL;
	const char *name;
	size_t n;

	if (html_find_charset(s, len, &name, &n))
		cs = charset_find(name, n);
	/* UTF-8 was tried, and is meant by UTF-16: the name itself is in ASCII. */
	if (cs == NULL || charset_is_utf8(cs) || has_byte_order(cs) ||
	    (charset_is_ascii_superset(cs) && str_is_ascii(s, len)))
		return;
	(void)add_converted(t, cs, s, len, form);
}

static void
add_in_unknown_charset(struct part_texts *t, const char *s, size_t len,
		       const struct part_form *form)
{
	const struct charset *utf8 = charset_find("utf-8", strlen("utf-8"));

	t->unknown_charset = true;
	if (str_is_utf8(s, len))
		add_utf8(t, s, len, form);
	else
		(void)add_converted(t, utf8, s, len, form);
	if (!str_is_ascii(s, len))
		add_as_windows_1252(t, s, len, form);
}

/* A NUL in a charset of bytes is no character that is displayed: the text without them. */
static void
delete_nuls(const char *s, size_t len, struct buf *out)
{
	while (len > 0) {
		const char *nul = memchr(s, '\0', len);
		size_t n = nul == NULL ? len : (size_t)(nul - s);

		buf_append(out, s, n);
		n += nul != NULL;
		s += n;
		len -= n;
	}
}

void
part_text_add(struct part_texts *t, const char *s, size_t len, const struct part_form *form)
{
	const char *name = form->charset;
	const struct charset *cs = name == NULL ? NULL : charset_find(name, strlen(name));
	struct buf clean = {0};
	bool certain = false;

	if (len == 0 || t->cut)
		return;
	if ((cs == NULL || !has_byte_order(cs)) && memchr(s, '\0', len) != NULL) {
		delete_nuls(s, len, &clean);
		s = buf_string(&clean);
		len = clean.len;
	}
	if (cs != NULL)
		certain = add_in_charset(t, cs, s, len, form);
	else if (name == NULL)
		add_guessed(t, s, len, form);
	else
		add_in_unknown_charset(t, s, len, form);
	if (form->html && !certain)
		add_in_own_charset(t, s, len, form);
	buf_free(&clean);
}

void
part_text_add_lines(struct part_texts *t, const char *s, size_t len)
{
	bool more = true;

	while (more && len > 0) {
		const char *lf = memchr(s, '\n', len);
		size_t n = lf == NULL ? len : (size_t)(lf - s), next = n + (lf != NULL);
		struct buf line = {0};

		if (n > 0 && s[n - 1] == '\r')
			n--;
		if (memchr(s, '\r', n) != NULL || !str_is_utf8(s, n)) {
			charset_guess_to_utf8(s, n, &line);
			for (size_t i = 0; i < line.len; i++)
				if (line.data[i] == '\r')
					line.data[i] = ' ';
			more = add_paragraph(t, buf_string(&line), line.len, false);
		} else {
			more = add_paragraph(t, s, n, false);
		}
		buf_free(&line);
		s += next;
		len -= next;
	}
}

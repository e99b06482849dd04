/* Words are written in random spellings, as plain text or HTML, in a charset and a transfer
 * encoding. At the same time the text is written that must be found. */
#include "known_mail.h"

#include <string.h>

#include "mime/decoder.h"
#include "util/buf.h"
#include "util/str.h"

const char *const known_words[] = {"cheap", "pills", "lottery", "win",		 "casino",
				   "now",   "offer", "kiwi",	"gr\xc3\xbcsse", NULL};
const char *const known_hosts[] = {"www.link.test", "evil.test", "a.b.test", NULL};

/* Spellings with characters that are no letters of ASCII. */
static const struct {
	const char *word, *spelling;
	bool latin; /* in ISO 8859-1 */
} spellings[] = {
	{"gr\xc3\xbcsse",
	 "Gr\xc3\xbc\xc3\x9f"
	 "e",
	 true},
	{"gr\xc3\xbcsse", "GR\xc3\x9cSSE", true},
	{"gr\xc3\xbcsse",
	 "gru\xcc\x88\xc3\x9f"
	 "e",
	 false},
	{"offer",
	 "o\xef\xac\x80"
	 "er",
	 false},
	{"kiwi", "\xe2\x84\xaaIWI", false},
	{"win", "\xef\xbd\x97\xef\xbd\x89\xef\xbd\x8e", false},
	{"pills", "\xf0\x9d\x90\xa9ills", false},
};

static const char *const invisible[] = {"\xc2\xad", "\xe2\x80\x8b", "\xe2\x81\xa0",
					"\xef\xb8\x8f", "\xe2\x80\x8d"};
static const char *const hiders[] = {"style=\"display:none\"", "style='font-size:0'", "hidden",
				     "style=\"color:red;visibility:hidden\""};

/* A paragraph while it is written. [0]: with hidden text, [1]: what is displayed. */
struct paragraph_writer {
	struct random *r;
	struct buf *source;
	bool html, latin;
	struct buf normalized[2], as_is[2];
	bool hides;
};

/* The length of the character at s, valid UTF-8; *ret: the character. */
static size_t
read_character(const char *s, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	*ret = n == 1 ? *p : *p & (0x7fu >> n);
	for (size_t k = 1; k < n; k++)
		*ret = *ret << 6 | (p[k] & 0x3fu);
	return n;
}

/* ---- one paragraph ---- */

static void
append_found(struct paragraph_writer *w, const char *normalized, const char *as_is, bool hidden)
{
	for (unsigned i = 0; i < (hidden ? 1u : 2u); i++) {
		buf_puts(&w->normalized[i], normalized);
		buf_puts(&w->as_is[i], as_is);
	}
	w->hides |= hidden;
}

/* Writes a text in UTF-8 to the source; in HTML some characters as references. */
static void
put_source(struct paragraph_writer *w, const char *s)
{
	uint32_t c;

	for (size_t n; *s != '\0'; s += n) {
		n = read_character(s, &c);
		if (w->html && random_chance(w->r, 10))
			buf_printf(w->source, "&#%u;", c);
		else if (w->html && random_chance(w->r, 5))
			buf_printf(w->source, "&#x%X;", c);
		else
			buf_append(w->source, s, n);
	}
}

/* What may stand between two letters of a word without a reader's seeing it. */
static void
put_noise(struct paragraph_writer *w)
{
	static const char *const nothing[] = {"<b></b>",
					      "<!-- cheap > -->",
					      "<span style=\"color:red\"></span>",
					      "<wbr>",
					      "</nosuch>",
					      "<script>win now</script>",
					      "<style>casino{}</style>",
					      "<!x>"};
	const char *text;

	switch (random_below(w->r, w->html ? 3 : 1)) {
	case 0:
		text = w->latin ? invisible[0] : RANDOM_OF(w->r, invisible);
		append_found(w, "", text, false);
		put_source(w, text);
		return;
	case 1:
		buf_puts(w->source, RANDOM_OF(w->r, nothing));
		return;
	default:
		buf_printf(w->source, "<span %s>zq</span>", RANDOM_OF(w->r, hiders));
		append_found(w, "zq", "zq", true);
	}
}

/* A letter of ASCII. */
static void
put_letter(struct paragraph_writer *w, char letter, bool capitals)
{
	char normalized[2] = {letter}, written[2] = {letter};
	bool bold = w->html && random_chance(w->r, 5);

	if (capitals || random_chance(w->r, 5))
		written[0] = (char)(letter - 'a' + 'A');
	buf_puts(w->source, bold ? "<b>" : "");
	put_source(w, written);
	buf_puts(w->source, bold ? "</b>" : "");
	append_found(w, normalized, written, false);
}

/* False: the word was not written, it has no such spelling. */
static bool
put_special_spelling(struct paragraph_writer *w, const char *word)
{
	size_t i = random_below(w->r, sizeof(spellings) / sizeof(spellings[0]));

	while (strcmp(spellings[i].word, word) != 0 || (w->latin && !spellings[i].latin))
		if (++i == sizeof(spellings) / sizeof(spellings[0]))
			return false;
	put_source(w, spellings[i].spelling);
	append_found(w, word, spellings[i].spelling, false);
	return true;
}

static void
put_word(struct paragraph_writer *w, const char *word)
{
	bool capitals = random_chance(w->r, 10), noisy = random_chance(w->r, 30);

	if (random_chance(w->r, 30) && put_special_spelling(w, word))
		return;
	if (!str_is_ascii(word, strlen(word))) {
		put_source(w, word);
		append_found(w, word, word, false);
		return;
	}
	for (size_t i = 0; word[i] != '\0'; i++) {
		if (i > 0 && noisy && random_chance(w->r, 30))
			put_noise(w);
		put_letter(w, word[i], capitals);
	}
}

static void
put_blank(struct paragraph_writer *w)
{
	static const char *const blanks[] = {" ", " ", " ", "  ", "\r\n", "\t", " \r\n "};

	if (random_chance(w->r, 10)) {
		put_source(w, "\xc2\xa0");
		append_found(w, " ", "\xc2\xa0", false);
		return;
	}
	if (w->html && random_chance(w->r, 20))
		buf_puts(w->source, "<i> </i>");
	else
		buf_puts(w->source, RANDOM_OF(w->r, blanks));
	append_found(w, " ", " ", false);
}

static const char *
random_word(struct random *r)
{
	size_t n = 0;

	while (known_words[n] != NULL)
		n++;
	return known_words[random_below(r, n)];
}

static const char *
random_host(struct random *r)
{
	size_t n = 0;

	while (known_hosts[n] != NULL)
		n++;
	return known_hosts[random_below(r, n)];
}

static void
note_host(struct known_mail *m, enum content_where where, const char *host)
{
	if (m->n_hosts < KNOWN_HOSTS_MAX)
		m->host[m->n_hosts++] = (struct known_host){where, host};
}

static void
put_words(struct known_mail *m, struct paragraph_writer *w, enum content_where where)
{
	for (size_t n = 1 + random_below(w->r, 6), i = 0; i < n; i++) {
		if (i > 0)
			put_blank(w);
		if (random_chance(w->r, 6)) {
			const char *host = random_host(w->r);
			const char *url = arena_printf(m->mail.arena, "http://%s/x", host);

			put_source(w, url);
			append_found(w, url, url, false);
			note_host(m, where, host);
		} else {
			put_word(w, random_word(w->r));
		}
	}
}

/* ---- paragraphs ---- */

static struct known_text
end_known_text(struct paragraph_writer *w, struct arena *arena, unsigned i)
{
	struct known_text t = {arena_strdup(arena, buf_string(&w->normalized[i])),
			       arena_strdup(arena, buf_string(&w->as_is[i]))};

	buf_free(&w->normalized[i]);
	buf_free(&w->as_is[i]);
	return t;
}

/* hidden: nothing of it is displayed. */
static void
end_paragraph(struct known_mail *m, struct paragraph_writer *w, enum content_where where,
	      bool hidden)
{
	struct known_paragraph p = {.where = where};
	struct known_text shown;

	p.all = end_known_text(w, m->mail.arena, 0);
	shown = end_known_text(w, m->mail.arena, 1);
	if (w->hides && !hidden)
		p.shown = shown;
	m->paragraph[m->n++] = p;
}

static void
put_html_paragraph(struct known_mail *m, struct random *r, struct buf *out, bool latin,
		   enum content_where where)
{
	static const char *const frames[][2] = {{"<p>", "</p>"},
						{"<div>", "</div>"},
						{"<p>", "<p>"},
						{"<br>", "<br>"},
						{"<h1>", "</h1>\r\n"},
						{"<ul><li>", "</ul>"},
						{"<table><tr><td>", "</td></tr></table>"},
						{"<blockquote>", "</blockquote>"}};
	struct paragraph_writer w = {.r = r, .source = out, .html = true, .latin = latin};
	bool hidden = random_chance(r, 10), link = random_chance(r, 15);
	size_t i = random_below(r, sizeof(frames) / sizeof(frames[0]));

	if (hidden)
		buf_printf(out, "<div %s>", RANDOM_OF(r, hiders));
	else
		buf_puts(out, frames[i][0]);
	if (link) {
		const char *host = random_host(r);

		buf_puts(out, "<a class=x href=\"https://");
		put_source(&w, host);
		buf_puts(out, ":8/?a=b&amp;c\">");
		note_host(m, where, host);
	}
	put_words(m, &w, where);
	buf_puts(out, link ? "</a>" : "");
	buf_puts(out, hidden ? "</div>" : frames[i][1]);
	end_paragraph(m, &w, where, hidden);
}

/* The text of a title is a paragraph. */
static void
put_title(struct known_mail *m, struct random *r, struct buf *out, enum content_where where)
{
	struct paragraph_writer w = {.r = r, .source = out, .html = true, .latin = true};
	const char *word = random_word(r), *second = random_word(r);

	buf_puts(out, "<p title=\"");
	put_source(&w, word);
	buf_putc(out, ' ');
	put_source(&w, second);
	buf_puts(out, "\"></p>");
	word = arena_printf(m->mail.arena, "%s %s", word, second);
	append_found(&w, word, word, true);
	end_paragraph(m, &w, where, true);
}

static void
put_plain_paragraph(struct known_mail *m, struct random *r, struct buf *out, bool latin,
		    enum content_where where)
{
	static const char *const ends[] = {"\r\n\r\n", "\r\n \t\r\n", "\r\n\r\n\r\n"};
	struct paragraph_writer w = {.r = r, .source = out, .latin = latin};

	put_words(m, &w, where);
	buf_puts(out, RANDOM_OF(r, ends));
	end_paragraph(m, &w, where, false);
}

static void
put_paragraphs(struct known_mail *m, struct random *r, struct buf *out, bool html, bool latin,
	       enum content_where where)
{
	if (html && random_chance(r, 30))
		buf_puts(out, "<html><head><style>p { cheap: pills }</style></head><body>");
	for (size_t n = 1 + random_below(r, 5); n > 0; n--) {
		if (html && random_chance(r, 10))
			put_title(m, r, out, where);
		else if (html)
			put_html_paragraph(m, r, out, latin, where);
		else
			put_plain_paragraph(m, r, out, latin, where);
	}
}

/* ---- parts ---- */

/* UTF-8 of characters up to U+00FF. */
static void
convert_to_latin(const char *text, struct buf *out)
{
	uint32_t c;

	for (; *text != '\0'; text += read_character(text, &c)) {
		(void)read_character(text, &c);
		buf_putc(out, (unsigned char)c);
	}
}

static void
put_unit(struct buf *out, uint32_t unit, bool big)
{
	buf_putc(out, (unsigned char)(big ? unit >> 8 : unit));
	buf_putc(out, (unsigned char)(big ? unit : unit >> 8));
}

static void
convert_to_utf16(const char *text, bool big, struct buf *out)
{
	uint32_t c;

	for (size_t n; *text != '\0'; text += n) {
		n = read_character(text, &c);
		if (c >= 0x10000) {
			put_unit(out, 0xd7c0u + (c >> 10), big);
			c = 0xdc00u + (c & 0x3ffu);
		}
		put_unit(out, c, big);
	}
}

/* Quoted-printable with more in numbers than is necessary, and soft line ends anywhere. */
static void
encode_quoted(struct random *r, const struct buf *text, struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = text->data[i];
		bool line_end = c == '\r' && i + 1 < text->len && text->data[i + 1] == '\n';

		if (line_end) {
			buf_puts(out, "\r\n");
			column = 0;
			i++;
			continue;
		}
		if (column > 70 || random_chance(r, 3)) {
			buf_puts(out, "=\r\n");
			column = 0;
		}
		if (c < 0x21 || c > 0x7e || c == '=' || random_chance(r, 5)) {
			buf_printf(out, "=%02X", c);
			column += 3;
		} else {
			buf_putc(out, c);
			column++;
		}
	}
}

static void
encode_base64(struct random *r, const struct buf *text, struct buf *out)
{
	for (size_t i = 0; i < text->len;) {
		size_t n = 3 * (1 + random_below(r, 19));

		n = n < text->len - i ? n : text->len - i;
		mime_base64_encode((const char *)text->data + i, n, out);
		i += n;
	}
}

/* The fields of a part of text, as lines; its body goes to out. */
static const char *
put_text_part(struct known_mail *m, struct random *r, bool html, enum content_where where,
	      struct buf *out)
{
	static const char *const charsets[] = {
		"; charset=utf-8",	"; charset=\"UTF-8\"", "",
		"; charset=iso-8859-1", "; charset=utf-16le",  "; charset=utf-16",
		"; charset=UTF-16BE"};
	static const char *const encodings[] = {"8bit", "quoted-printable", "base64"};
	const char *charset = RANDOM_OF(r, charsets);
	bool wide = strstr(charset, "16") != NULL;
	size_t encoding = wide ? 2 : random_below(r, 3);
	struct buf text = {0}, coded = {0};

	put_paragraphs(m, r, &text, html, strstr(charset, "iso") != NULL, where);
	if (strstr(charset, "iso") != NULL)
		convert_to_latin(buf_string(&text), &coded);
	else if (wide)
		convert_to_utf16(buf_string(&text), strstr(charset, "le") == NULL, &coded);
	else
		buf_append(&coded, text.data, text.len);
	if (encoding == 0)
		buf_append(out, coded.data, coded.len);
	else if (encoding == 1)
		encode_quoted(r, &coded, out);
	else
		encode_base64(r, &coded, out);
	buf_free(&text);
	buf_free(&coded);
	return arena_printf(m->mail.arena,
			    "Content-Type: text/%s%s\r\nContent-Transfer-Encoding: %s\r\n",
			    html ? "html" : "plain", charset, encodings[encoding]);
}

static void
put_part_of(struct known_mail *m, struct random *r, const char *boundary, const char *more,
	    bool html, enum content_where where, struct buf *out)
{
	struct buf body = {0};
	const char *fields = put_text_part(m, r, html, where, &body);

	buf_printf(out, "--%s\r\n%s%s\r\n", boundary, more, fields);
	buf_append(out, body.data, body.len);
	buf_puts(out, "\r\n");
	buf_free(&body);
}

/* ---- the mail ---- */

static void
put_top_field(struct mail *m, const char *name, const char *value)
{
	m->fields[m->n_fields++] = (struct mail_field){.name = name, .value = value};
}

static void
put_alternatives(struct known_mail *m, struct random *r, struct buf *out)
{
	put_top_field(&m->mail, "Content-Type", "multipart/alternative; boundary=k1");
	put_part_of(m, r, "k1", "", false, CONTENT_TEXT, out);
	put_part_of(m, r, "k1", "", true, CONTENT_TEXT, out);
	buf_puts(out, "--k1--\r\n");
}

static void
put_with_files(struct known_mail *m, struct random *r, struct buf *out)
{
	put_top_field(&m->mail, "Content-Type", "multipart/mixed; boundary=k1");
	put_part_of(m, r, "k1", "", random_chance(r, 50), CONTENT_TEXT, out);
	put_part_of(m, r, "k1", "Content-Disposition: attachment; filename=a\r\n",
		    random_chance(r, 50), CONTENT_TEXT_FILES, out);
	if (random_chance(r, 50)) {
		buf_puts(out,
			 "--k1\r\nContent-Type: message/rfc822\r\n\r\nSubject: cheap pills\r\n"
			 "Content-Type: multipart/mixed; boundary=k2\r\n\r\n");
		put_part_of(m, r, "k2", "", random_chance(r, 50), CONTENT_TEXT_FILES, out);
		buf_puts(out, "--k2--\r\n");
	}
	buf_puts(out, "--k1\r\nContent-Type: application/octet-stream\r\n\r\ncheap pills\r\n"
		      "--k1--\r\n");
}

/* One part, whose fields stand in the mail's header. */
static void
put_single(struct known_mail *m, struct random *r, struct buf *out)
{
	const char *fields = put_text_part(m, r, random_chance(r, 60), CONTENT_TEXT, out);

	while (*fields != '\0') {
		const char *colon = strstr(fields, ": "), *end = strstr(fields, "\r\n");

		put_top_field(
			&m->mail,
			arena_strndup(m->mail.arena, fields, (size_t)(colon - fields)),
			arena_strndup(m->mail.arena, colon + 2, (size_t)(end - colon - 2)));
		fields = end + 2;
	}
}

void
known_mail_random(struct known_mail *m, struct arena *arena, struct random *r)
{
	struct buf body = {0};

	m->n = m->n_hosts = 0;
	mail_random(&m->mail, arena, r);
	m->mail.n_fields = 1;
	m->mail.sender_args = NULL;
	put_top_field(&m->mail, "Subject", "cheap pills");
	put_top_field(&m->mail, "MIME-Version", "1.0");
	switch (random_below(r, 3)) {
	case 0:
		put_single(m, r, &body);
		break;
	case 1:
		put_alternatives(m, r, &body);
		break;
	default:
		put_with_files(m, r, &body);
	}
	m->mail.body_len = body.len;
	m->mail.body = buf_move_to_arena(&body, arena);
}

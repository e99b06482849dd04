/* Measures src/mime and src/rewrite: the ratio of the scanner and the footer to a copy of the
 * same bytes, and the ratio of hostile input of two sizes, one twice as large, which shows
 * whether the time is linear. A time is the median of five, CPU time of this process; the two
 * times of a ratio are measured in turns. Output: a line for each row, with the limit
 * ("wanted").
 *
 *	mime		all rows
 *	mime quick	all rows with a hundredth of the input, for tests
 *	mime ROW N	only what ROW measures, N times: scan, text, footer, links, content or
 *			rows
 * Two runs of a row under callgrind with different N differ by those calls alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "charset/charset.h"
#include "content/message_text.h"
#include "content/mime_tree.h"
#include "hostile.h"
#include "match/literal.h"
#include "match/phrases.h"
#include "match/regex.h"
#include "mime/lenient.h"
#include "mime/mailboxes.h"
#include "mime/tree.h"
#include "mime/words.h"
#include "rewrite/displayed.h"
#include "rewrite/placement.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"

#define ROUNDS	     5
#define LONG_BYTES   (26u << 20)
#define TEXT_BYTES   (10u << 10)
#define HTML_BYTES   (34u << 10)
#define WORDS	     1000u
#define PATTERNS     20u
#define ROWS	     200u
#define HEADER_BYTES (8u << 10)
#define FIELD_BYTES  (2u << 20)
#define MIXED	     "multipart/mixed; boundary=b"
#define ALTERNATIVE  "multipart/alternative; boundary=b"

static const struct mime_limits limits = {.parts = 10000, .depth = 100};

/* A body that is measured. */
struct subject {
	const char *type; /* its Content-Type */
	struct buf body;
	struct buf copy; /* memory for a copy of body */
	unsigned times;	 /* calls of the function in one measurement */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
scan_body(struct subject *s, struct arena *a, struct mime_tree *ret)
{
	struct mime_source source = {.data = buf_string(&s->body),
				     .len = s->body.len,
				     .content_type = s->type,
				     .find_lone_cr = true};

	mime_scan(a, &source, &limits, ret);
}

/* ---- what is measured ---- */

static void
copy(struct subject *s)
{
	memcpy(s->copy.data, s->body.data, s->body.len);
	__asm__ volatile("" : : "r"(s->copy.data) : "memory"); /* do not optimize it away */
}

static void
scan(struct subject *s)
{
	struct arena *a = arena_new();
	struct mime_tree tree;

	scan_body(s, a, &tree);
	arena_free(a);
}

static void
copy_and_scan(struct subject *s)
{
	copy(s);
	scan(s);
}

static void
add_footer(struct subject *s)
{
	static const char text[] = "Example Ltd \xe2\x80\x93 confidential\r\n"
				   "If this is not for you, please delete it.\r\n";
	static const char html[] = "<p>Example Ltd &#8211; confidential<br>\r\n"
				   "If this is not for you, please delete it.</p>\r\n";
	static const struct addition add = {.text = text,
					    .text_len = sizeof(text) - 1,
					    .html = html,
					    .html_len = sizeof(html) - 1};
	struct arena *a = arena_new();
	struct mime_displayed shown = {.n = 0};
	struct placement done;
	struct mime_tree tree;
	enum mime_edit_result result;

	scan_body(s, a, &tree);
	result = mime_find_displayed(&tree, 0, a, &shown);
	if (result == MIME_EDIT_OK)
		result = mime_place_in_parts(&tree, shown.part, shown.n, &add, IF_PRESENT_TAIL,
					     a, &done);
	if (result != MIME_EDIT_OK) {
		fprintf(stderr, "mime: no footer: %s\n", mime_edit_word(result));
		exit(EX_SOFTWARE);
	}
	arena_free(a);
}

/* What a policy "content" searches for. Two of the patterns have a text that is
 * there in each paragraph. */
static struct {
	struct arena *arena;
	const struct phrases *words;
	const struct regex *pattern[ROWS];
	unsigned n_patterns;
	size_t literal[ROWS]; /* among the words */
} wanted;

static const struct regex *
make_pattern(unsigned i, unsigned flags)
{
	char why[100];

	return regex_compile_with_flags(
		wanted.arena,
		arena_printf(wanted.arena,
			     i < 2 ? "\\bsomebody (%x|pills)\\b" : "casino.{0,20}%x",
			     i * 7919u),
		flags, why, sizeof(why));
}

static void
make_wanted(unsigned n_patterns, unsigned flags)
{
	struct phrase word[WORDS + ROWS];
	bool nocase;

	wanted.arena = arena_new();
	wanted.n_patterns = n_patterns;
	for (unsigned i = 0; i < WORDS; i++) {
		word[i].text = arena_printf(wanted.arena, "%s %x",
					    i % 2 == 0 ? "cheap" : "paragraph", i * 7919u);
		word[i].len = strlen(word[i].text);
		word[i].inside = false;
	}
	for (unsigned i = 0; i < n_patterns; i++) {
		struct phrase *literal = &word[WORDS + i];

		wanted.pattern[i] = make_pattern(i, flags);
		literal->text = regex_find_literal(wanted.arena, wanted.pattern[i], &nocase);
		literal->len = strlen(literal->text);
		literal->inside = true;
	}
	wanted.words = phrases_build(wanted.arena, word, WORDS + n_patterns);
	for (unsigned i = 0; i < n_patterns; i++)
		wanted.literal[i] =
			phrases_find(wanted.words, word[WORDS + i].text, word[WORDS + i].len);
}

static void
make_wanted_for(bool is_table)
{
	make_wanted(is_table ? ROWS : PATTERNS, is_table ? REGEX_NOCASE : 0);
}

static bool
note_hit(void *ctx, size_t phrase, size_t from, size_t to, bool whole)
{
	bool *seen = ctx;

	(void)from;
	(void)to;
	(void)whole;
	seen[phrase] = true;
	return true;
}

/* The text of a message, normalized, with the hosts of its links. */
static const struct message_text *
read_text(struct message *m, struct arena *a, const struct subject *s, bool links)
{
	static const struct content_limits most = {.parts = 100, .depth = 10};
	const struct text_wish wish = {
		.where = CONTENT_TEXT, .normalized = true, .links = links, .max = 64u << 20};

	message_begin(m, a);
	message_receive_header(m, "Content-Type", s->type, true);
	(void)message_receive_body(m, s->body.data, s->body.len, true);
	(void)message_finish_body(m);
	return content_message_text(m, &most, &wish);
}

static void
drop_text(struct message *m, struct arena *a)
{
	message_end(m);
	message_free(m);
	arena_free(a);
}

/* All words and patterns; nothing is there. */
static void
search_content(struct subject *s)
{
	static const struct regex_limits steps = {.steps = 100000, .time_us = UINT64_MAX};
	struct regex_budget budget = {0};
	struct arena *a = arena_new();
	const struct match_context match = {a, &steps, &budget, 0};
	struct message m = {0};
	const struct message_text *text = read_text(&m, a, s, false);
	struct text_paragraph p;
	bool seen[WORDS + ROWS] = {false};
	size_t at = 0, n = 0;

	phrases_search(wanted.words, text->data, text->len, note_hit, seen);
	while (message_text_next(text, &at, &p))
		for (unsigned i = 0; i < wanted.n_patterns; i++)
			if (seen[wanted.literal[i]])
				n += regex_match_piece(wanted.pattern[i], &match, p.s, p.len,
						       NULL) > 0;
	if (n > 0)
		exit(EX_SOFTWARE);
	drop_text(&m, a);
}

/* A hostile text against the words. */
static void
search_hostile_text(struct subject *s)
{
	bool seen[WORDS + ROWS] = {false};
	struct arena *a = arena_new();
	struct message m = {0};
	const struct message_text *text = read_text(&m, a, s, true);

	phrases_search(wanted.words, text->data, text->len, note_hit, seen);
	drop_text(&m, a);
}

static void
decode_header(struct subject *s)
{
	struct buf out = {0};

	mime_decode_header(buf_string(&s->body), s->body.len, &out);
	buf_free(&out);
}

static void
read_mailboxes(struct subject *s)
{
	struct arena *a = arena_new();
	struct mailboxes boxes;

	mailboxes_read(a, buf_string(&s->body), s->body.len, &boxes);
	arena_free(a);
}

/* Reads a broken structure as a rule on attachments does, within its budget. */
static void
read_leniently(struct subject *s)
{
	const char *data = buf_string(&s->body);
	struct arena *a = arena_new();
	struct mime_budget budget;
	struct lenient_headers headers;
	struct lenient_block b;

	mime_budget_start(&budget, s->body.len);
	for (size_t at = 0; lenient_next_block(data, s->body.len, at, &b); at = b.lines.to)
		lenient_read_headers(data + b.lines.from, b.lines.to - b.lines.from, &budget, a,
				     &headers);
	arena_free(a);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
once(void (*fn)(struct subject *), struct subject *s)
{
	double begin = now();

	for (unsigned i = 0; i < s->times; i++)
		fn(s);
	return (now() - begin) / s->times;
}

/* Measures two functions in turns. ret: the seconds of one call; *ret_ratio: those of the
 * second function divided by those of the first. */
static void
measure(void (*const fn[2])(struct subject *), struct subject *const s[2], double ret[2],
	double *ret_ratio)
{
	double took[2][ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		took[0][i] = once(fn[0], s[0]);
		took[1][i] = once(fn[1], s[1]);
		ratio[i] = took[1][i] / took[0][i];
	}
	for (int k = 0; k < 2; k++) {
		qsort(took[k], ROUNDS, sizeof(double), compare);
		ret[k] = took[k][ROUNDS / 2];
	}
	qsort(ratio, ROUNDS, sizeof(double), compare);
	*ret_ratio = ratio[ROUNDS / 2];
}

/* ---- bodies ---- */

static void
put_line(struct buf *b, size_t i)
{
	buf_printf(b, "Line %zu of a text that somebody wrote, caf=C3=A9 and all that =\r\n",
		   i);
	buf_puts(b, "goes with it, until the paragraph is over.\r\n");
}

/* HTML of a mail program: as many words as tags. */
static void
put_paragraph(struct buf *b, size_t i)
{
	buf_printf(
		b,
		"<p class=3D\"MsoNormal\" style=3D\"margin:0\"><span lang=3D\"DE\">Line %zu =\r\n",
		i);
	buf_puts(b,
		 "of a text that somebody wrote, caf=C3=A9 and <b>all that</b> goes with =\r\n"
		 "it, until the paragraph is over.</span></p>\r\n");
}

/* HTML that is mostly tags: a table of links. */
static void
put_table_row(struct buf *b, size_t i)
{
	buf_printf(b, "<tr class=3D\"row\"><td style=3D\"padding:0 4px\">Line %zu</td>=\r\n",
		   i);
	buf_puts(b, "<td><a href=3D\"https://www.example.org/\">caf=C3=A9</a></td></tr>\r\n");
}

static void
put_part(struct buf *b, const char *type, void (*put)(struct buf *, size_t), size_t len)
{
	size_t end;

	buf_printf(b,
		   "--b\r\nContent-Type: %s; charset=utf-8\r\n"
		   "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		   type);
	end = b->len + len;
	for (size_t i = 0; b->len < end; i++)
		put(b, i);
}

static void
make_mail(struct subject *s, void (*put)(struct buf *, size_t), size_t text, size_t html)
{
	struct buf *b = &s->body;

	put_part(b, "text/plain", put_line, text);
	buf_puts(b, "\r\n");
	put_part(b, "text/html", put, html);
	buf_puts(b, "</body></html>\r\n--b--\r\n");
}

static void
make_file(struct subject *s, size_t len)
{
	struct buf *b = &s->body;
	uint32_t noise = 1;

	buf_puts(b, "--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/pdf\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n");
	while (b->len < len) {
		unsigned char line[57];

		for (size_t i = 0; i < sizeof(line); i++)
			line[i] = (unsigned char)((noise = noise * 1103515245 + 12345) >> 16);
		mime_base64_encode((const char *)line, sizeof(line), b);
	}
	buf_puts(b, "--b--\r\n");
}

/* A header value of encoded words, each in another charset than the one before. */
static void
put_charsets(struct buf *b, size_t len)
{
	static const char *const names[] = {"utf-8",  "koi8-r", "iso-8859-1", "gb18030",
					    "big5",   "euc-jp", "shift_jis",  "windows-1251",
					    "euc-kr", "cp949",	"iso-8859-2", "iso-2022-jp"};

	for (size_t i = 0; b->len < len; i++)
		buf_printf(b, "=?%s?Q?a?= ", names[i % (sizeof(names) / sizeof(names[0]))]);
}

/* n mailboxes as mail programs write them. */
static void
put_mailboxes(struct buf *b, size_t n)
{
	static const char *const names[] = {"", "Jane Doe ", "\"Doe, John\" ",
					    "=?UTF-8?Q?J=C3=BCrgen_Do?= "};

	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s<user.%zu@mail%zu.example.com>", i == 0 ? "" : ",\n ",
			   names[i % 4], i, i % 7);
}

/* Fields in which each piece has several readings. */
static void
put_irregular(struct buf *b, size_t len)
{
	while (b->len < len)
		buf_puts(b, "ceo@a.example <x@b.example> \\( <y@c.example>; \"");
}

static void
finish(struct subject *s)
{
	(void)buf_reserve(&s->copy, s->body.len);
	memset(s->copy.data, 0, s->body.len);
}

static void
drop(struct subject *s)
{
	buf_free(&s->body);
	buf_free(&s->copy);
}

/* ---- rows ---- */

static void
row_scan(unsigned less)
{
	struct subject s = {.type = MIXED, .times = 1};
	double took[2], ratio;

	make_file(&s, LONG_BYTES / less);
	finish(&s);
	measure((void (*const[2])(struct subject *)){copy, scan},
		(struct subject *const[2]){&s, &s}, took, &ratio);
	printf("scan of base64, %zu bytes: %.2f ms; memcpy %.2f ms; %.0f %% of its speed "
	       "(wanted: 50)\n",
	       s.body.len, took[1] * 1e3, took[0] * 1e3, 100 / ratio);
	drop(&s);
}

static void
row_footer(const char *what, void (*put)(struct buf *, size_t), unsigned less)
{
	struct subject s = {.type = ALTERNATIVE, .times = 2000 / less};
	double took[2], ratio;

	make_mail(&s, put, TEXT_BYTES, HTML_BYTES);
	finish(&s);
	measure((void (*const[2])(struct subject *)){copy_and_scan, add_footer},
		(struct subject *const[2]){&s, &s}, took, &ratio);
	printf("footer on text and HTML%s, %zu bytes: %.1f us; memcpy and scan %.1f us; %.1f "
	       "times (wanted: 12)\n",
	       what, s.body.len, took[1] * 1e6, took[0] * 1e6, ratio);
	drop(&s);
}

/* Rows of a table are case-blind patterns. */
static void
row_content(const char *what, void (*put)(struct buf *, size_t), bool is_table, unsigned less)
{
	struct subject s = {.type = ALTERNATIVE, .times = 2000 / less};
	double took[2], ratio;

	make_wanted_for(is_table);
	make_mail(&s, put, TEXT_BYTES / 2, HTML_BYTES * 15 / 34);
	finish(&s);
	measure((void (*const[2])(struct subject *)){copy_and_scan, search_content},
		(struct subject *const[2]){&s, &s}, took, &ratio);
	printf("%u words and %u %s in text and HTML%s, %zu bytes: %.1f us; memcpy and "
	       "scan %.1f us; %.1f times (wanted: 25)\n",
	       WORDS, wanted.n_patterns, is_table ? "rows" : "patterns", what, s.body.len,
	       took[1] * 1e6, took[0] * 1e6, ratio);
	arena_free(wanted.arena);
	drop(&s);
}

/* From and To of a message. */
static void
row_addresses(unsigned less)
{
	struct subject s[2] = {{.times = 20000 / less + 1}, {.times = 20000 / less + 1}};
	double took[2], ratio;

	put_mailboxes(&s[0].body, 1);
	put_mailboxes(&s[1].body, 49);
	measure((void (*const[2])(struct subject *)){read_mailboxes, read_mailboxes},
		(struct subject *const[2]){&s[0], &s[1]}, took, &ratio);
	printf("From and To with 50 addresses, %zu bytes: %.1f us (wanted: 20)\n",
	       s[0].body.len + s[1].body.len, (took[0] + took[1]) * 1e6);
	drop(&s[0]);
	drop(&s[1]);
}

/* A row for a body and one that is twice as large. */
static void
row_double(const char *name, void (*fn)(struct subject *), struct subject s[2])
{
	double took[2], ratio;

	measure((void (*const[2])(struct subject *)){fn, fn},
		(struct subject *const[2]){&s[0], &s[1]}, took, &ratio);
	printf("%s, %zu and %zu bytes: %.6f and %.6f s; %.2f times (wanted: 2.5)\n", name,
	       s[0].body.len, s[1].body.len, took[0], took[1], ratio);
	drop(&s[0]);
	drop(&s[1]);
}

static void
row_hostile(const struct hostile *h, const char *what, void (*fn)(struct subject *),
	    unsigned less)
{
	struct subject s[2] = {{.type = MIXED, .times = 1}, {.type = MIXED, .times = 1}};
	char name[64];

	h->put(&s[0].body, h->n / less / 2);
	h->put(&s[1].body, h->n / less);
	(void)snprintf(name, sizeof(name), "%s%s", h->name, what);
	row_double(name, fn, s);
}

static void
rows_hostile(unsigned less)
{
	struct subject header[2] = {{.times = 200 / less + 1}, {.times = 200 / less + 1}};
	struct subject field[2] = {{.times = 1}, {.times = 1}};

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		row_hostile(&hostile[i], "", scan, less);
		row_hostile(&hostile[i], ", lenient", read_leniently, less);
	}
	put_charsets(&header[0].body, HEADER_BYTES / 2);
	put_charsets(&header[1].body, HEADER_BYTES);
	row_double("charsets in a header", decode_header, header);
	put_irregular(&field[0].body, FIELD_BYTES / less / 2);
	put_irregular(&field[1].body, FIELD_BYTES / less);
	row_double("irregular addresses", read_mailboxes, field);
}

/* HTML that takes as much work as it can. */
static void
rows_hostile_text(unsigned less)
{
	static const struct {
		const char *name, *text;
		size_t n;
	} rows[] = {
		{"links", "<a href=\"http://a.example/\">x</a>", 100000},
		{"tags", "<b>", 1000000},
		{"blocks that hide", "<div hidden>x</div>y", 100000},
		{"nested comments", "<!-- <!-- -->", 200000},
		{"a paragraph of 4 MiB", "somebody ", (4u << 20) / 9},
		{"references", "&nosuch;", 200000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct subject s[2] = {{.type = "text/html", .times = 1},
				       {.type = "text/html", .times = 1}};

		for (size_t k = 0; k < 2; k++)
			for (size_t n = rows[i].n / less / (2 - k); n > 0; n--)
				buf_puts(&s[k].body, rows[i].text);
		row_double(rows[i].name, search_hostile_text, s);
	}
}

/* Runs what one row measures, without times. ret: an exit status. */
static int
run_row(const char *row, unsigned times)
{
	struct subject s = {.type = ALTERNATIVE, .times = times};

	if (strcmp(row, "scan") == 0) {
		s.type = MIXED;
		make_file(&s, LONG_BYTES);
	} else if (strcmp(row, "footer") == 0 || strcmp(row, "text") == 0) {
		make_mail(&s, put_paragraph, TEXT_BYTES, HTML_BYTES);
	} else if (strcmp(row, "links") == 0) {
		make_mail(&s, put_table_row, TEXT_BYTES, HTML_BYTES);
	} else if (strcmp(row, "content") == 0 || strcmp(row, "rows") == 0) {
		make_wanted_for(strcmp(row, "rows") == 0);
		make_mail(&s, put_paragraph, TEXT_BYTES / 2, HTML_BYTES * 15 / 34);
		(void)once(search_content, &s);
		arena_free(wanted.arena);
		drop(&s);
		return EX_OK;
	} else {
		return EX_USAGE;
	}
	(void)once(strcmp(row, "scan") == 0 || strcmp(row, "text") == 0 ? scan : add_footer,
		   &s);
	drop(&s);
	return EX_OK;
}

int
main(int argc, char **argv)
{
	unsigned less = 1;

	if (argc == 2 && strcmp(argv[1], "quick") == 0)
		less = 100;
	else if (argc == 2 || argc > 3)
		return EX_USAGE;
	(void)charset_open_all();
	if (argc == 3)
		return run_row(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
	row_scan(less);
	row_footer("", put_paragraph, less);
	row_footer(" of links", put_table_row, less);
	row_addresses(less);
	row_content("", put_paragraph, false, less);
	row_content(" of links", put_table_row, false, less);
	row_content("", put_paragraph, true, less);
	make_wanted_for(false);
	rows_hostile_text(less);
	arena_free(wanted.arena);
	rows_hostile(less);
	return 0;
}

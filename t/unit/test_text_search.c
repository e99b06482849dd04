/* rewrite/text_search: a text that is there already, in any encoding, charset and layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "html/html.h"
#include "rewrite/text_search.h"

#define END   SEARCH_END
#define BEGIN SEARCH_BEGIN
#define ANY   SEARCH_ANYWHERE

static bool
is_in(const struct text_part *part, const char *cs, enum search_where where)
{
	const struct charset *from = cs == NULL ? NULL : charset_find(cs, strlen(cs));
	struct buf wanted = {0};
	bool found;

	search_normalize(NULL, false, "Legal\r\nnot\xc3\xbc", 12, where, &wanted);
	found = search_part(part, from, 0, &wanted, where);
	buf_free(&wanted);
	return found;
}

static void
test_encoding(void **state)
{
	static const struct {
		const char *body, *cs;
		enum mime_encoding encoding;
		bool end, begin, any;
	} rows[] = {
		{"Hello\r\nlegal NOT\xc3\xbc \r\n\r\n", NULL, MIME_8BIT, true, false, true},
		{"legal  Not\xc3\xbc\r\nHello", NULL, MIME_8BIT, false, true, true},
		{"a\r\n> legal\r\n> not\xc3\xbc\r\nb", NULL, MIME_8BIT, false, false, true},
		{"legal not\xc3\xbc\r\n> quoted\r\n", NULL, MIME_8BIT, true, true, true},
		{"legal=\r\n=20not=C3=BC", NULL, MIME_QP, true, true, true},
		{"legal not\xfc", "iso-8859-1", MIME_8BIT, true, true, true},
		{"bGVnYWwgbm90/A==", "iso-8859-1", MIME_BASE64, true, true, true},
		{"bGVnYWwgbm90/A==", NULL, MIME_BASE64, false, false, false},
		{"legal", NULL, MIME_8BIT, false, false, false},
		{"", NULL, MIME_8BIT, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct text_part part = {.body = rows[i].body,
					       .len = strlen(rows[i].body),
					       .encoding = rows[i].encoding};

		print_message("%s\n", rows[i].body);
		assert_int_equal(is_in(&part, rows[i].cs, END), rows[i].end);
		assert_int_equal(is_in(&part, rows[i].cs, BEGIN), rows[i].begin);
		assert_int_equal(is_in(&part, rows[i].cs, ANY), rows[i].any);
	}
}

/* A text that stands across two windows of the reader, at several places. */
static void
test_long(void **state)
{
	struct buf text = {0}, qp = {0};

	(void)state;
	for (size_t at = 65500; at < 65550; at++) {
		struct text_part part = {.encoding = MIME_8BIT};

		buf_reset(&text);
		buf_reset(&qp);
		while (text.len < at)
			buf_putc(&text, text.len % 60 == 0 ? '\n' : 'x');
		buf_puts(&text, " Legal not\xc3\xbc ");
		while (text.len < 200000)
			buf_putc(&text, text.len % 60 == 0 ? '\n' : 'x');
		part.body = buf_string(&text);
		part.len = text.len;
		assert_true(is_in(&part, NULL, ANY));
		assert_false(is_in(&part, NULL, END));
		mime_qp_encode(part.body, part.len, &qp);
		part = (struct text_part){buf_string(&qp), qp.len, .encoding = MIME_QP};
		assert_true(is_in(&part, NULL, ANY));
		assert_true(is_in(&part, "iso-8859-1", ANY) == false);
	}
	buf_free(&text);
	buf_free(&qp);
}

static void
test_tail(void **state)
{
	static const char text[] = "half a line Legal\r\nLegal\r\n> quoted\r\n not\xc3\xbc\r\n";
	static const char html[] = "a</td>Legal<br>\r\n<p>Legal <b>not&#252;</b></p>";
	static struct html_open open;
	struct buf wanted = {0};

	(void)state;
	search_normalize(NULL, false, "Legal not\xc3\xbc", 11, END, &wanted);
	assert_int_equal(search_tail(NULL, NULL, text, sizeof(text) - 1, false, &wanted), 1);
	assert_int_equal(search_tail(NULL, NULL, text + 20, sizeof(text) - 21, false, &wanted),
			 -1);
	assert_int_equal(search_tail(NULL, NULL, text + 20, sizeof(text) - 21, true, &wanted),
			 0);
	assert_int_equal(search_tail(NULL, NULL, "x\r\nillegal", 10, false, &wanted), -1);
	assert_int_equal(search_tail(NULL, NULL, "x\r\n01234567890", 14, false, &wanted), 0);
	html_open_start(&open, html, sizeof(html) - 1, false);
	assert_int_equal(search_tail(NULL, &open, html, sizeof(html) - 1, false, &wanted), 1);
	buf_free(&wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_tail),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}

/* mime/html: the places where an added text is displayed, and the text of a document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "mime/html.h"
#include "util/buf.h"

/* Documents with a '|' where the footer goes; it is taken out first. */
static const char *const places[] = {
	"<html><body>text|</body></html>",
	"text|",
	"|",
	"<p>text|</html>",
	"text|</BODY >\n</HTML>",
	"text<!-- </body> -->more|</body>",
	"text<!-- </body> -->more|",
	"text<!--></body>|</body>",
	"text<!-->|</body> -->", /* <!--> is a whole comment */
	"<!-- a --!>text|</body>",
	"<script>'</body>'</script>text|</body>",
	"<script>'</body>'</script>text|",
	"<STYLE>a</style >text|</body>",
	"<textarea></body></textarea>|</body>",
	"<template></body></template>|</body>",
	"<scripty></body>|</body>",
	"a<blockquote><html><body>quoted</body></html></blockquote>b|</body></html>",
	"text|<!-- never closed </body>",
	"text|<style>never closed </body>",
	"text|<p class=\"never closed></body>",
	"text|<p",
	"text|</bod",
	"<p title=\"</body>\">text|</body>",
	"<p title='</body>'>text|</body>",
	"<p title=x\"></body>|</body>",
	"1 < 2 and </ body>, <3|</body>",
	"a<|",
	"<!doctype html><?xml x?>text|</body>",
	"<!--[if mso]></body><![endif]-->text<![endif]>|</body>",
};

static void
test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t at = (size_t)(strrchr(places[i], '|') - places[i]);
		struct buf doc = {0}, all = {0}, end = {0};
		size_t from, found;

		buf_append(&doc, places[i], at);
		buf_puts(&doc, places[i] + at + 1);
		for (size_t back = 0; back < at; back++) {
			found = html_find_footer_place(buf_string(&doc), doc.len, back, &from);
			if (found != at)
				fail_msg("%s: at %zu", places[i], found);
			assert_true(from == 0 || from + back <= at);
			buf_reset(&all);
			buf_reset(&end);
			html_to_text(buf_string(&doc), at, &all);
			html_to_text(buf_string(&doc) + from, at - from, &end);
			assert_true(end.len <= all.len);
			assert_memory_equal(buf_string(&all) + all.len - end.len,
					    buf_string(&end), end.len);
		}
		buf_free(&doc);
		buf_free(&all);
		buf_free(&end);
	}
}

/* The same for a text that is to be read first. */
static void
test_top(void **state)
{
	static const char *const tops[] = {
		"<!DOCTYPE html><html><head><title><body></title></head><body a='>'>|x</body>",
		"|Hello",
		"|",
		"<html>|<p>x",
		"<html><head><meta a></head>|x",
		"<!doctype html>|<p>x<blockquote><html><body>old</body></html></blockquote>",
		"<!-- <body> --><BODY >|x<body>y",
		"\xef\xbb\xbf|x",
		"|<body",
		"|<!-- <body>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const char *bar = strchr(tops[i], '|');
		struct buf doc = {0};

		buf_append(&doc, tops[i], (size_t)(bar - tops[i]));
		buf_puts(&doc, bar + 1);
		if (html_find_top_place(buf_string(&doc), doc.len) != (size_t)(bar - tops[i]))
			fail_msg("%s: at %zu", tops[i],
				 html_find_top_place(buf_string(&doc), doc.len));
		buf_free(&doc);
	}
}

/* Every prefix of every document; the sanitizer would find a read beyond its end. */
static void
test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (size_t n = 0; n <= strlen(places[i]); n++) {
			char *copy = malloc(n + 1);
			struct buf text = {0};
			size_t from;

			assert_non_null(copy);
			memcpy(copy, places[i], n);
			assert_true(html_find_footer_place(copy, n, 10, &from) <= n);
			assert_true(html_find_top_place(copy, n) <= n);
			html_to_text(copy, n, &text);
			assert_true(text.len <= n);
			buf_free(&text);
			free(copy);
		}
	}
}

static void
test_encoding(void **state)
{
	static const char doc[] = "<p>a &lt;b&gt; &amp;&#65;&#252;<!-- no -->"
				  "<style>no</style>&bogus; c</p>";
	struct buf out = {0};

	(void)state;
	html_to_text(doc, sizeof(doc) - 1, &out);
	assert_string_equal(buf_string(&out), "a <b> &A\xc3\xbc&bogus; c");
	buf_reset(&out);
	html_escape("<a> & \"\xc3\xbc\" \xe2\x82\xac \xf0\x9f\x98\x80", 19, &out);
	assert_string_equal(buf_string(&out),
			    "&lt;a&gt; &amp; &quot;&#252;&quot; &#8364; &#128512;");
	buf_reset(&out);
	html_to_ascii("<b>\xc3\xbc</b>", 9, &out);
	assert_string_equal(buf_string(&out), "<b>&#252;</b>");
	buf_free(&out);
}

static void
find_place(const void *ctx, const struct buf *in)
{
	size_t from;

	(void)ctx;
	(void)html_find_footer_place((const char *)in->data, in->len, 10, &from);
}

static void
test_linear(void **state)
{
	static const char *const pieces[] = {"<",	 "<!--",     "<a ", "<a x=\"",
					     "<script>", "</script", "--!", "<!---->",
					     "</body>",	 "<a>x"};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_linear_text("", pieces[i], "", 100000 * strlen(pieces[i]), find_place,
				   NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_top),
		cmocka_unit_test(test_every_prefix), cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

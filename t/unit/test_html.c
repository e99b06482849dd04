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

/* Copies a document without its '|' to a buffer. Returns the offset of the '|'. */
static size_t
put_document(const char *marked, struct buf *doc)
{
	size_t at = (size_t)(strrchr(marked, '|') - marked);

	buf_append(doc, marked, at);
	buf_puts(doc, marked + at + 1);
	return at;
}

/* What is displayed from place.from to place.at is the end of what is displayed in front of
 * place.at. */
static void
check_tail(const char *s, const struct html_place *place)
{
	struct buf all = {0}, end = {0};

	html_append_shown_text(s, place->at, NULL, false, &all);
	html_append_shown_text(s + place->from, place->at - place->from, &place->open, false,
			       &end);
	assert_true(end.len <= all.len);
	assert_memory_equal(buf_string(&all) + all.len - end.len, buf_string(&end), end.len);
	buf_free(&all);
	buf_free(&end);
}

static void
test_places(void **state)
{
	static struct html_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf doc = {0};
		size_t at = put_document(places[i], &doc);

		for (size_t back = 0; back < at; back++) {
			if (!html_find_footer_place(buf_string(&doc), doc.len, back, &place) ||
			    place.at != at)
				fail_msg("%s: at %zu", places[i], place.at);
			assert_true(place.from == 0 || place.from + back <= at);
			check_tail(buf_string(&doc), &place);
		}
		buf_free(&doc);
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
	static struct html_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const char *bar = strchr(tops[i], '|');
		struct buf doc = {0};

		buf_append(&doc, tops[i], (size_t)(bar - tops[i]));
		buf_puts(&doc, bar + 1);
		if (!html_find_top_place(buf_string(&doc), doc.len, &place) ||
		    place.at != (size_t)(bar - tops[i]))
			fail_msg("%s: at %zu", tops[i], place.at);
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
			static struct html_place place;

			assert_non_null(copy);
			memcpy(copy, places[i], n);
			(void)html_find_footer_place(copy, n, 10, &place);
			assert_true(place.at <= n);
			check_tail(copy, &place);
			(void)html_find_top_place(copy, n, &place);
			assert_true(place.at <= n);
			(void)html_find_fault(copy, n, &place.at);
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
	static struct html_place place;

	(void)ctx;
	(void)html_find_footer_place((const char *)in->data, in->len, 10, &place);
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

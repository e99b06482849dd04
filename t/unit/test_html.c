/* html/html: the places where an added text is displayed, and the text of a document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "html/html.h"
#include "linear.h"
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

/* The same, where elements would hide the footer or swallow it. */
static const char *const open_places[] = {
	"<body><p>a</p>|<div style=\"display:none\">b</body>",
	"a|<select><option>b</body>",
	"a|<object data=x>b</body>",
	"a|<video>b",
	"a|<canvas>b</body></html>",
	"a|<details><summary>b</summary>c",
	"<details open>a|</body>",
	"a|<dialog>b",
	"a|<svg><path d='x'/>b",
	"<svg><path d='x'></svg>b|",
	"<svg/>a|",
	"<svg><p>a|",
	"a|<math><mi>b",
	"a|<template>b</body>",
	"<template></body></template>a|",
	"a|<noscript>b",
	"a|<p hidden>b",
	"<p hidden>a<div>b|",
	"<p hidden>a<p>b|",
	"a|<p STYLE='visibility : hidden'>b",
	"<p style='visibility:hidden'>b<b style='visibility:visible'>a|",
	"a|<p style='font-size:0px'>b",
	"<table><tr>|<td style='font-size:0'><p style='font-size:13px'>a</body>",
	"<table><tr><td style='font-size:0'><div style='font-size:13px'><p>a|</body>",
	"|<div style='font-size:0'><p><x style='font-size:13px'>a</body>",
	"<div style='font-size:0'><p><b style='font-size:13px'>a|</body>",
	"<div style='font-size:0'><b style='font-size:13px'>a|</body>",
	"<div style='font-size:0'><div style='font-size:13px'>a|</body>",
	"a|<p style='font:0/0 a'>b",
	"a|<p style='opacity:0'>b",
	"a|<p style='mso-hide:all'>b",
	"a|<p style='max-height:0;overflow:hidden'>b",
	"<p style='max-height:0'>b|",
	"a|<p style='display&#58;none'>b",
	"a|<p style='d\\69splay:none'>b",
	"a|<p style='display/**/:no/*x*/ne'>b",
	"a|<p style='color:white'>b",
	"<p style='color:white;background:navy'>b|",
	"a|<p popover>b",
	"a|<p style='-webkit-text-fill-color:transparent'>b",
	"a|<div hidden><div hidden><p hidden>b",
	"a|<div hidden>b<div>c</div>d",
	"<div hidden>b<div>c</div></div>d|",
	"<div hidden>b<div>c</div><table><tr><td></div></table></div>d|",
	"a|<div hidden><table><tr><td></div>",
	"<table><tr><td hidden>a<td>b|",
	"<table><tr><td><div hidden>a</td></tr></table>b|",
	"<ul><li hidden>a<li>b|",
	"a<b hidden><p>b</b>c|",
	"<b hidden>b</b>c|",
	"<div>a|<font style='display:none'>b</div>c",
	"<div>a<font>b</div>c|",
	"<x:y hidden>a</x:y>b|",
	"a|<x:y hidden>b</x:z>c",
	"a|<script><!--<script></script>",
	"<script><!--<script></script>--></script>a|",
	"<script><!--<script></script></script>a|",
	"<script><!--></script>a|",
	"a|<iframe>b",
	"a|<noembed>b</body>",
	"a|<noframes>b",
	"a|<xmp>b",
	"a|<plaintext>b</plaintext>",
	"a|<title>b</body>",
	"a<p>|<div hidden>b",
	"<p>a</p>|<p hidden><span>b</body></html>",
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
check_places(const char *const *rows, size_t n)
{
	static struct html_place place;

	for (size_t i = 0; i < n; i++) {
		struct buf doc = {0};
		size_t at = put_document(rows[i], &doc);

		for (size_t back = 0; back < at; back++) {
			if (!html_find_footer_place(buf_string(&doc), doc.len, back, &place) ||
			    place.at != at)
				fail_msg("%s: at %zu", rows[i], place.at);
			assert_true(place.from == 0 || place.from + back <= at);
			check_tail(buf_string(&doc), &place);
		}
		buf_free(&doc);
	}
}

static void
test_places(void **state)
{
	(void)state;
	check_places(places, sizeof(places) / sizeof(places[0]));
	check_places(open_places, sizeof(open_places) / sizeof(open_places[0]));
}

/* Where nothing is displayed, there is no place. */
static void
test_no_place(void **state)
{
	static const char *const docs[] = {
		"<body hidden>a</body>",
		"<html style='display:none'><body>a",
		"<p>a</p><body style='visibility:hidden'>",
	};
	static struct html_place place;
	struct buf deep = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		assert_false(html_find_footer_place(docs[i], strlen(docs[i]), 10, &place));
	}
	assert_false(html_find_top_place(docs[0], strlen(docs[0]), &place));
	for (unsigned i = 0; i <= HTML_OPEN_MAX; i++)
		buf_puts(&deep, "<div>");
	assert_false(html_find_footer_place(buf_string(&deep), deep.len, 10, &place));
	for (unsigned i = 0; i <= HTML_OPEN_MAX; i++)
		buf_puts(&deep, "</div>");
	assert_true(html_find_footer_place(buf_string(&deep), deep.len, 10, &place));
	buf_free(&deep);
}

/* What is displayed, and what of it is no quotation. */
static void
test_shown_text(void **state)
{
	static const struct {
		const char *doc, *shown, *own;
	} rows[] = {
		{"a<b>b</b>c", "abc", "abc"},
		{"a<br>b", "a\nb", "a\nb"},
		{"a<i hidden>b</i>c<select><option>d</select>", "ac\n\n\n", "ac\n\n\n"},
		{"a<b hidden>b<p>c</b>d", "a\nd", "a\nd"},
		{"a<blockquote>b</blockquote>c", "a\nb\nc", "a\n\nc"},
		{"a<div class=\"gmail_quote x\">b</div>c", "a\nb\nc", "a\n\nc"},
		{"a<div class='moz-cite-prefix'>b</div>c", "a\nb\nc", "a\n\nc"},
		{"a<div id='yahoo_quoted_1'>b</div>c", "a\nb\nc", "a\n\nc"},
		{"a<div class=x_protonmail_quote>b</div>c", "a\nb\nc", "a\n\nc"},
		{"a<div name=quote>b</div>c", "a\nb\nc", "a\n\nc"},
		{"a<span id=OLK_SRC_BODY_SECTION>b</span>c", "abc", "ac"},
		{"a<div id='divRplyFwdMsg'>b</div>c", "a\nb\nc", "a\n\n"},
		{"a<div id=appendonsend></div><p>c", "a\n\n\nc", "a\n\n\n"},
		{"a<hr id=zwchr>c", "a\nc", "a\n"},
		{"a<div style='border:none;border-top:solid #E1E1E1 1.0pt;"
		 "padding:3.0pt 0in 0in 0in'>b</div>c",
		 "a\nb\nc", "a\n\n"},
		{"a<div style='border-top:1px solid #ccc'>b</div>c", "a\nb\nc", "a\nb\nc"},
		{"<body hidden>a", "\n", "\n"},
		{"&#x41;&#66;", "AB", "AB"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		html_append_shown_text(rows[i].doc, strlen(rows[i].doc), NULL, true, &out);
		assert_string_equal(buf_string(&out), rows[i].shown);
		buf_reset(&out);
		html_append_shown_text(rows[i].doc, strlen(rows[i].doc), NULL, false, &out);
		assert_string_equal(buf_string(&out), rows[i].own);
	}
	buf_free(&out);
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
		"|<div hidden><body>x",
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
	for (size_t i = 0; i < sizeof(open_places) / sizeof(open_places[0]); i++) {
		for (size_t n = 0; n <= strlen(open_places[i]); n++) {
			char *copy = malloc(n + 1);
			struct buf text = {0};
			static struct html_place place;

			assert_non_null(copy);
			memcpy(copy, open_places[i], n);
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
	static const char *const pieces[] = {"<",
					     "<!--",
					     "<a ",
					     "<a x=\"",
					     "<script>",
					     "</script",
					     "--!",
					     "<!---->",
					     "</body>",
					     "<a>x",
					     "<div>",
					     "<p></div>",
					     "<b hidden>",
					     "<table><td>",
					     "</b><div></b>",
					     "<script><!--<script></script>",
					     "<li><x:y>",
					     "<font hidden><div></div>",
					     "<p style='a:b'></x>",
					     "<svg><![CDATA[",
					     "</body></html><select>"};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_linear_text("", pieces[i], "", 100000 * strlen(pieces[i]), find_place,
				   NULL);
}

static void
test_style_sheets(void **state)
{
	static const char *const hiding[] = {
		"<style>.x{display:none}</style>",
		"<STYLE type='text/css'>p { color: red }\n.x, #y { font-size : 0 }</STYLE>",
		"<style>@media print { .x { color:red; VISIBILITY:hidden } }",
		"<style>p{color:red}</style>a<style>.x{dis\\70lay:none}</style>",
		"<style>.x{max-height:0;overflow:hidden}</style>",
	};
	static const char *const others[] = {
		"",
		"<p>display:none}",
		"<style>p{color:red}</style>.x{display:none}",
		"<style>a:hover{left:0}.x{max-height:0}p{overflow:hidden}</style>",
		"<style",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hiding) / sizeof(hiding[0]); i++)
		assert_true(html_has_hiding_sheet(hiding[i], strlen(hiding[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(html_has_hiding_sheet(others[i], strlen(others[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_shown_text),   cmocka_unit_test(test_top),
		cmocka_unit_test(test_every_prefix), cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_linear),	     cmocka_unit_test(test_style_sheets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

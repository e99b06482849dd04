/* html/html_paragraphs: the text of documents as people read it, and their links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "html/html_paragraphs.h"
#include "linear.h"
#include "util/buf.h"

/* Each paragraph between '[' and ']', one that is displayed only between '(' and ')', a link
 * between '{' and '}'. */
struct collected {
	struct buf out;
	size_t left; /* of what is wanted */
};

static bool
put_paragraph(void *ctx, const char *text, size_t len, bool shown)
{
	struct collected *c = ctx;

	assert_int_not_equal(len, 0);
	buf_putc(&c->out, shown ? '(' : '[');
	buf_append(&c->out, text, len);
	buf_putc(&c->out, shown ? ')' : ']');
	return --c->left > 0;
}

static bool
put_link(void *ctx, const char *url, size_t len)
{
	struct collected *c = ctx;

	buf_putc(&c->out, '{');
	buf_append(&c->out, url, len);
	buf_putc(&c->out, '}');
	return --c->left > 0;
}

static void
check_document(const char *html, const char *wanted)
{
	struct collected c = {.left = SIZE_MAX};
	const struct html_paragraph_sink sink = {put_paragraph, put_link, &c};

	print_message("%s\n", html);
	html_read_paragraphs(html, strlen(html), &sink);
	assert_string_equal(buf_string(&c.out), wanted);
	buf_free(&c.out);
}

static const char *const rows[][2] = {
	{"", ""},
	{" \n ", ""},
	{"cheap\n  pills ", "[cheap pills]"},
	/* Tags and comments leave no gap. */
	{"v<!-- -->iag<b>ra", "[viagra]"},
	{"<p>v<!-- x -->iag<b>ra</b> &amp; co<br>now", "[viagra & co][now]"},
	{"che<!--x-->ap <b>pi</b>lls", "[cheap pills]"},
	{"a<b></b>b<x-y>c</x-y>d<!doctype x>e<?x?>f<wbr>g</ x>h", "[abcdefgh]"},
	{"a <b> b</b> <i>c</i>", "[a b c]"},
	{"a<img src=x>b<input>c<meta x>d<link>e", "{x}[abcde]"},
	/* Blocks, cells and line ends do. */
	{"<table><tr><td>cheap</td><td>pills", "[cheap][pills]"},
	{"<table><tr><td>cheap<td>pills</table>x", "[cheap][pills][x]"},
	{"a<p>b<div>c</div>d<li>e<h1>f</h1>g<hr>h<br>i<br/>j</br>k</p>l",
	 "[a][b][c][d][e][f][g][h][i][j][k][l]"},
	{"<ul><li>a<li>b</ul><dl><dt>c<dd>d", "[a][b][c][d]"},
	{"<pre>a\n\nb</pre>", "[a b]"},
	/* Tags that browsers ignore do not. */
	{"via<td>gr</td>a<tr></p>x", "[viagra][x]"},
	{"via</div>gr</li>a</table></h1>", "[viagra]"},
	{"via<body>gr</body>a</html><html><head>s</head>", "[viagras]"},
	{"cheap <td>pills", "[cheap pills]"},
	{"<form>a<form>b</form>", "[ab]"},
	/* What stands in a table and in none of its cells is displayed in front of the table.
	 */
	{"cheap <table>pi<tr>lls<td>x</table>y", "[cheap][cheap pills][x][y]"},
	{"vi<table><tr>ag<td>x</td>ra</tr></table>y", "[vi][x][viagra][y]"},
	{"<table> <tr> <td>a</td> </tr> </table>", "[a]"},
	{"a<table>b <i> c</i> d<td>e", "[a][ab c d][e]"},
	{"vi<table>a<span hidden>x</span>gra<td>y", "[vi][viaxgra](viagra)[y]"},
	{"a<table><div>b</div>c<tr>d<div>e<tr>f", "[a][b][cd][e][f]"},
	{"a<table><caption>b</caption>c<colgroup>d<col>e<td>f", "[a][b][acde][f]"},
	{"a<table><tr><td>b<table>c<td>d</table>e</table>f", "[a][b][bc][d][e][f]"},
	{"a<table>b<table>c<td>d</table>e", "[a][ab][c][d][e]"},
	{"a<table><form>b</form><td>c", "[a][ab][c]"},
	{"a<table><img alt=b><td>c", "[a][a b](a)[c]"},
	/* A cell alone begins a row, and both begin a group of rows. */
	{"a<table><td>b</tr>c</table>", "[a][b][ac]"},
	{"a<table><td>b</tbody>c</table>", "[a][b][ac]"},
	{"a<table><tr><td>b</tbody>c</table>", "[a][b][ac]"},
	{"a<table><td>b</thead>c</table>", "[a][bc]"},
	{"a<table><caption>b<col>c", "[a][b][ac]"},
	{"a<col>b", "[ab]"},
	/* A style makes blocks, and parts of lines. */
	{"<a style='display:block'>a</a><b style='display: table'>b</b>c", "[a][b][c]"},
	{"<div style='display:inline'>via</div><p style='display:inline-block'>gra</p>",
	 "[viagra]"},
	{"<b style='display:block'>a<i>b</i>c</b>d", "[abc][d]"},
	/* References. */
	{"pi&#x6c;l&shy;s", "[pill\xc2\xads]"},
	{"a&nbsp;b &nbsp; c", "[a\xc2\xa0"
			      "b \xc2\xa0 c]"},
	{"&#32;a&#10;&#9;b&#x20;", "[a b]"},
	{"R&D &lt;b&gt; &copy 1 &nosuch; &", "[R&D <b> \xc2\xa9 1 &nosuch; &]"},
	{"a\xef\xbb\xbf"
	 "b",
	 "[a\xef\xbb\xbf"
	 "b]"},
	/* Left out. */
	{"<title>a</title><style>b</style><script>c</script>d<template>e<p>f</template>g",
	 "[dg]"},
	{"a<iframe>b</iframe><noframes>c</noframes>d", "[ad]"},
	{"a<!-- b", "[a]"},
	{"a<script>b", "[a]"},
	{"a<p title='b", "[a]"},
	{"<head>a</head>b", "[ab]"},
	/* Hidden text is taken twice. */
	{"pi<span style=\"display:none\">x</span>lls", "[pixlls](pills)"},
	{"<div hidden>cheap pills</div>fine", "[cheap pills][fine](fine)"},
	{"<div style='display:none'>cheap</div>", "[cheap]"},
	{"pi<div hidden>x<p>y</div>lls z<p>more", "[pi][x][y][lls z](pills z)[more]"},
	{"a<p>b<span hidden>c<p>d", "[a][bc](b)[d]"},
	{"a<p>b<span hidden>c</p>d", "[a][bc](b)[d]"},
	{"pi<b style='visibility:hidden'>x</b>lls", "[pixlls](pills)"},
	{"pi<b style='font-size:0'>x</b>lls", "[pixlls](pills)"},
	{"pi<b style='font-size:1px'>x</b>lls", "[pixlls](pills)"},
	{"pi<b style='opacity:0'>x</b>lls", "[pixlls](pills)"},
	{"pi<b style='mso-hide:all'>x</b>lls", "[pixlls](pills)"},
	{"pi<b style='max-height:0;overflow:hidden'>x</b>lls", "[pixlls](pills)"},
	{"pi<b hidden>x</b>lls", "[pixlls](pills)"},
	{"cheap<b style='font-size:0'> </b>pills", "[cheap pills](cheappills)"},
	{"a<div style='font-size:0'>&nbsp;</div>b", "[a][\xc2\xa0][b]"},
	{"<body style='display:none'>a", "[a]"},
	{"<table><tr><td style='font-size:0'>a<b style='font-size:12px'>b", "[ab](b)"},
	{"a<object>b</object>c<button>d</button>", "[a][b][c][d](ac)"},
	{"<select><option>a<option>b</select>c", "[a][b][c](c)"},
	{"<noscript>a</noscript>b", "[a][b](b)"},
	{"a<svg><text>b</text><![CDATA[<c>&amp;]]></svg>d", "[a][b<c>&amp;][d](ad)"},
	{"a<textarea>b</p>&lt;</textarea>c", "[a][b</p><][c](ac)"},
	{"a<xmp>b&lt;<p></xmp>c", "[a][b&lt;<p>][c](ac)"},
	{"a<plaintext>b</plaintext>", "[a][b</plaintext>](a)"},
	{"<textarea>a", "[a]"},
	{"<textarea a", ""},
	/* Attributes. */
	{"<img alt=\"a\">b<a title=\"c d\">e", "[c d][a be](be)"},
	{"<img alt='a'><img alt='b'>", "[a b]"},
	{"<p title='x&amp;y&lt=1'>a</p>", "[x&y&lt=1][a]"},
	{"<img alt=' '>a", "[a]"},
	{"<template><img alt=a title=b src=c></template>", "{c}"},
	{"<a href=' http://a.example/?x&amp;y&amp z '>b</a>",
	 "{ http://a.example/?x&y& z }[b]"},
	{"<form action=a><img SRC='b'><base href=c><iframe src=d></iframe><script src=e>",
	 "{a}{b}{c}{d}"},
	{"<a href=''>b</a><a href>c</a>", "[bc]"},
	{"<a\nhref=x\ntitle=y>b</a>", "{x}[y][b]"},
	/* Only Outlook displays it. */
	{"a<!--[if mso]><p>b<a href=c>d</a><![endif]-->e", "[ae]{c}[bd]"},
	{"a<!--[if !mso]><!-->b<!--<![endif]-->c", "[abc]"},
	{"a<!--[if mso]>b", "[a]"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_document(rows[i][0], rows[i][1]);
}

static void
test_nul_is_no_character(void **state)
{
	static const char html[] = "vi\0agra &#0;";
	struct collected c = {.left = SIZE_MAX};
	const struct html_paragraph_sink sink = {put_paragraph, NULL, &c};

	(void)state;
	html_read_paragraphs(html, sizeof(html) - 1, &sink);
	assert_string_equal(buf_string(&c.out), "[viagra \xef\xbf\xbd]");
	buf_free(&c.out);
}

/* The walk ends when the sink wants no more. */
static void
test_stop(void **state)
{
	static const char html[] = "a<p>b<a href=c>d<a href=e><p>f";

	(void)state;
	for (size_t left = 1; left < 5; left++) {
		static const char *const wanted[] = {"[a]", "[a]{c}", "[a]{c}{e}",
						     "[a]{c}{e}[bd]"};
		struct collected c = {.left = left};
		const struct html_paragraph_sink sink = {put_paragraph, put_link, &c};

		html_read_paragraphs(html, sizeof(html) - 1, &sink);
		assert_string_equal(buf_string(&c.out), wanted[left - 1]);
		buf_free(&c.out);
	}
}

static bool
count_paragraph(void *ctx, const char *text, size_t len, bool shown)
{
	(void)text;
	(void)shown;
	*(size_t *)ctx += len;
	return true;
}

static bool
count_link(void *ctx, const char *url, size_t len)
{
	(void)url;
	*(size_t *)ctx += len;
	return true;
}

static void
read_document(const void *ctx, const struct buf *in)
{
	size_t n = 0;
	const struct html_paragraph_sink sink = {count_paragraph, count_link, &n};

	(void)ctx;
	html_read_paragraphs((const char *)in->data, in->len, &sink);
}

static void
test_hostile_documents_take_linear_time(void **state)
{
	static const char *const texts[][2] = {
		{"", "<b>"},
		{"", "<p>"},
		{"", "</p>"},
		{"", "<div hidden>x"},
		{"", "<div hidden>x</div>y"},
		{"<div hidden>", "x<p>"},
		{"", "a<b hidden>x</b>"},
		{"", "<!--"},
		{"", "<!-- -->"},
		{"", "<!--[if mso]>x<![endif]-->"},
		{"<!--[if mso]>", "x]>"},
		{"", "<![endif]"},
		{"", "<a href='http://a.example/'>x</a>"},
		{"", "<a title='x' href=\f\">"},
		{"", "<img alt=x>"},
		{"", "a "},
		{"", "&"},
		{"", "&a"},
		{"", "&nosuch;"},
		{"&#", "0"},
		{"", "<textarea>x</textarea>"},
		{"<svg>", "<![CDATA[x"},
		{"<svg>", "<![CDATA[x]]>"},
		{"", "<table><td>x"},
		{"", "<table>x"},
		{"", "x<table><td>"},
		{"", "x<table>y</table>"},
		{"<table>", "x<tr>"},
		{"<table>", "<div>x<tr>"},
		{"<table>", "x</tbody>"},
		{"", "<font style='font-size:0'><p>x</p>"},
		{"<p>", "<font style='display:none;display:none;display:none'>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_linear_text(texts[i][0], texts[i][1], "", 1 << 18, read_document, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul_is_no_character),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_hostile_documents_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

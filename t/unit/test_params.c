/* mime/params: values with parameters, RFC 2231, and what is irregular. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "linear.h"
#include "mime/params.h"
#include "util/arena.h"
#include "util/buf.h"

#define FFFD "\xef\xbf\xbd"

/* Type and parameters as "type|name=value|name=value", with a '!' at the end if it is
 * irregular. */
static void
check(const char *value, const char *expected)
{
	struct arena *a = arena_new();
	struct mime_params p;
	struct buf out = {0};

	mime_params_parse(a, value, &p);
	buf_puts(&out, p.type);
	for (size_t i = 0; i < p.n; i++)
		buf_printf(&out, "|%s=%s", p.param[i].name, p.param[i].value);
	buf_puts(&out, p.irregular ? "!" : "");
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	arena_free(a);
}

static void
test_regular(void **state)
{
	(void)state;
	check("text/plain", "text/plain");
	check("Text/HTML; Charset=UTF-8", "text/html|charset=UTF-8");
	check("attachment;filename=\"a b.txt\"", "attachment|filename=a b.txt");
	check(" text (c;\") / (d) plain (e) ; (f) a (g) = (h) b (i) ; ", "text/plain|a=b");
	check("multipart/mixed;\r\n\tboundary=\"=_a;b(c)?=\"",
	      "multipart/mixed|boundary==_a;b(c)?=");
	check("multipart/mixed; boundary=----=_Part(1)/2",
	      "multipart/mixed|boundary=----=_Part(1)/2");
	check("a/b; c=\"x\\\"y\\\\z\"", "a/b|c=x\"y\\z");
	check("a/b; c=\"x\r\n y\"; d=\"\"", "a/b|c=x y|d=");
	check("a/b;; c=d;", "a/b|c=d");
	check("a/b; c=(nested (comment) \\) here)d", "a/b|c=d");
	check("a/b; filename=\"=?utf-8?B?w7w=?=.exe\"", "a/b|filename=ü.exe");
	check("a/b; name=\xfc.exe", "a/b|name=ü.exe");
	check("a/b; boundary=\"=?utf-8?B?w7w=?=\"", "a/b|boundary==?utf-8?B?w7w=?=");
	check("a/b; boundary=\"\xfc\"", "a/b|boundary=\xfc");
}

static void
test_rfc2231(void **state)
{
	(void)state;
	check("a; b=; c=d", "a|b=|c=d");
	check("a; b=c; B=\"c\"", "a|b=c|b=c");
	check("a; filename*=utf-8''gr%C3%BC%c3%9f.txt", "a|filename=grüß.txt");
	check("a; filename*=UTF-8'de'x%20y", "a|filename=x y");
	check("a; filename*=iso-8859-1''gr%FC", "a|filename=grü");
	check("a; filename*=\"utf-8''%C3%BC\"", "a|filename=ü");
	check("a; filename*=''%C3%BC", "a|filename=ü");
	check("a; filename*=evil.exe", "a|filename=evil.exe");
	check("a; filename*0=ev; filename*1=\"il.\"; filename*2=exe", "a|filename=evil.exe");
	check("a; filename*2=exe; filename*0=ev; filename*1=il.", "a|filename=evil.exe");
	check("a; FileName*0*=utf-8''%C3; filename*1*=%BC; filename*2=%41", "a|filename=ü%41");
	check("a; x*0*=utf-8''%C3%BC; x*1=a'b'c", "a|x=üa'b'c");
	check("a; filename=safe.txt; filename*=UTF-8''evil.exe",
	      "a|filename=evil.exe|filename=safe.txt");
	check("a; filename*0=\"=?utf-8?Q?=C3=BC?=\"", "a|filename=ü");
	check("a; filename*=utf-8''a%2", "a|filename=a%2");
	check("a; filename*=utf-8''100%", "a|filename=100%");
	check("a; boundary*0=ab; boundary*1=cd", "a|boundary=abcd");
	check("a; filename*0=a; filename*1=b; name*0=c; name*1=d", "a|filename=ab|name=cd");
	check("a; filename*=x-none''gr%FC", "a|filename=grü!");
	check("a; filename*=utf-8''%FF", "a|filename=" FFFD "!");
	check("a; filename*=utf-8''evil.exe%00.txt", "a|filename=evil.exe" FFFD ".txt!");
	check("a; filename*1=b; filename*3=d", "a|filename=bd!");
	check("a; filename*0=a; filename*0=b; filename*1=c", "a|filename=ac!");
	check("a; filename*=''a; filename*0=b", "a|filename=a|filename=b!");
	check("a; filename*99999999999999999999=b", "a|filename=b!");
	check("a; x*=%00y", "a|x=!");
}

static void
test_irregular(void **state)
{
	(void)state;
	check("", "!");
	check("; a=b", "|a=b!");
	check("/plain; a=b", "|a=b!");
	check("text/; a=b", "|a=b!");
	check("text/plain charset=utf-8", "text/plain|charset=utf-8!");
	check("a; b=c; B=d", "a|b=c|b=d!");
	check("a; boundary=c; boundary*=d", "a|boundary=d|boundary=c!");
	check("a; b", "a!");
	check("a; b c=d; e=f", "a|e=f!");
	check("a; b=\"open", "a|b=open!");
	check("a; b=\"open\\", "a|b=open\\!");
	check("a; b=c (open", "a|b=c!");
	check("a (open; b=c", "a!");
	check("a; name=my file.txt", "a|name=my file.txt!");
	check("a; b=\"c\" name=evil.exe", "a|b=c|name=evil.exe!");
	check("a; b=\"c\"d; e=f", "a|b=c|e=f!");
	check("a; =b; c=d", "a|c=d!");
	check("a; *0=b; c=d", "a|c=d!");
	check("a; \"x;y\"; c=d", "a|c=d!");
	check("a; x=a\"; filename=evil.exe", "a|x=a\"|filename=evil.exe!");
}

static void
test_limits(void **state)
{
	struct arena *a = arena_new();
	struct mime_params p;
	struct buf in = {0};

	(void)state;
	buf_puts(&in, "a/b");
	for (int i = 0; i < 32; i++)
		buf_printf(&in, ";p%d=%d", i, i);
	mime_params_parse(a, buf_string(&in), &p);
	assert_int_equal(p.n, 32);
	assert_false(p.irregular);
	assert_string_equal(mime_param(&p, "P31"), "31");
	assert_null(mime_param(&p, "p"));
	assert_false(p.truncated);
	buf_puts(&in, ";p32=x");
	mime_params_parse(a, buf_string(&in), &p);
	assert_int_equal(p.n, 32);
	assert_true(p.irregular && p.truncated);
	buf_reset(&in);
	buf_puts(&in, "a/b");
	for (int i = 0; i < 128; i++)
		buf_printf(&in, ";n*%d=x", i);
	mime_params_parse(a, buf_string(&in), &p);
	assert_int_equal(strlen(mime_param(&p, "n")), 128);
	assert_false(p.irregular || p.truncated);
	buf_puts(&in, ";n*128=x");
	mime_params_parse(a, buf_string(&in), &p);
	assert_int_equal(strlen(mime_param(&p, "n")), 128);
	assert_true(p.irregular && p.truncated);
	buf_free(&in);
	arena_free(a);
}

static void
set(const char *value, const char *expected)
{
	struct buf out = {0};

	mime_param_set(value, "charset", "utf-8", &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_set(void **state)
{
	(void)state;
	set("text/plain", "text/plain; charset=utf-8");
	set("text/plain;", "text/plain; charset=utf-8");
	set("text/plain; a=b (c)", "text/plain; a=b (c); charset=utf-8");
	set("text/plain; charset=us-ascii", "text/plain; charset=utf-8");
	set("Text/Plain;\r\n\tCHARSET = \"iso-8859-1\" ;\r\n format=flowed (x)",
	    "Text/Plain;\r\n\tCHARSET = utf-8 ;\r\n format=flowed (x)");
	set("text/plain; x=\"charset=a\"; charset=b; (charset=c)",
	    "text/plain; x=\"charset=a\"; charset=utf-8; (charset=c)");
	set("text/plain; charset=a (b); mycharset=c",
	    "text/plain; charset=utf-8 (b); mycharset=c");
	set("text/plain; charset=a; charset=b", "text/plain; charset=utf-8; charset=utf-8");
	set("text/plain; charset*=''a; x=y", "text/plain; charset=utf-8; x=y");
	set("text/plain; charset=;x=y", "text/plain; charset=utf-8;x=y");
	set("", "; charset=utf-8");
}

static void
parse_and_set(const void *ctx, const struct buf *in)
{
	const char *value = (const char *)in->data;
	struct arena *a = arena_new();
	struct buf set = {0};
	struct mime_params p;

	(void)ctx;
	mime_params_parse(a, value, &p);
	mime_param_set(value, "charset", "utf-8", &set);
	buf_free(&set);
	arena_free(a);
}

static void
test_linear(void **state)
{
	static const char *const shapes[] = {
		";a=b",	     "(", "()",	  ";a", ";a=\"", "\"", "\\",  ";filename*=",
		";n*1*=%41", " ", ";a=(", ";",	"=",	 "*0", "%41", ";filename==?utf-8?Q?a",
		"x'"};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		assert_linear_text("a; filename*=", shapes[i], "", 1u << 18, parse_and_set,
				   NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular),	  cmocka_unit_test(test_rfc2231),
		cmocka_unit_test(test_irregular), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_set),	  cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}

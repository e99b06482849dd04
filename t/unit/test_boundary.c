/* mime/boundary: the boundary of a Content-Type, and what else programs read in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "linear.h"
#include "mime/boundary.h"
#include "mime/params.h"
#include "util/arena.h"
#include "util/buf.h"

/* The boundary and its other readings as "boundary|other|other", with a '!' at the end if it is
 * irregular. */
static void
check(const char *value, const char *expected)
{
	struct arena *a = arena_new();
	struct mime_boundary b;
	struct mime_params p;
	struct buf out = {0};

	mime_params_parse(a, value, &p);
	mime_boundary_read(a, value, &p, &b);
	buf_puts(&out, b.text != NULL ? b.text : "-");
	for (size_t i = 0; i < b.n_other; i++)
		buf_printf(&out, "|%s", b.other[i]);
	buf_puts(&out, b.irregular ? "!" : "");
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	arena_free(a);
}

static void
test_one_reading(void **state)
{
	(void)state;
	check("multipart/mixed; boundary=b", "b");
	check("multipart/mixed; charset=x; Boundary = \"b\" ; c=d", "b");
	check("multipart/mixed; boundary=\"=_(x)?/:\"", "=_(x)?/:");
	check("multipart/mixed; boundary=\"b--\"", "b--");
	check("multipart/mixed; boundary=\"b \t\"", "b");
	check("multipart/mixed; boundary=b; boundary=\"b\"", "b");
	check("multipart/mixed; charset=; boundary=b", "b");
	check("multipart/mixed; x y; boundary=b;", "b");
	check("multipart/mixed;\r\n boundary=\"b\"\r\n", "b");
	check("multipart/mixed", "-");
	check("multipart/mixed; boundary=", "-");
	check("multipart/mixed; boundary=\"\"", "-");
	check("multipart/mixed; boundary=\"  \"", "-");
}

static void
test_other_readings(void **state)
{
	(void)state;
	check("a/b; boundary=b=x", "b=x|b");
	check("a/b; boundary=b?x(c)", "b?x(c)|b|b?x");
	check("a/b; boundary=b c", "b c|b");
	check("a/b; boundary=\"=?utf-8?q?b?=\"", "=?utf-8?q?b?=|b");
	check("a/b; boundary==?utf-8?q?b?=", "=?utf-8?q?b?=|b");
	check("a/b; boundary*0=a; boundary*1=b", "ab|a|b");
	check("a/b; boundary*=us-ascii''a%62", "ab|us-ascii''a%62");
	check("a/b; x=\"boundary=c\"; boundary=b", "b|c");
	check("a/b; boundary=\"a\\\"b\"", "a\"b|a\\\"b|a\\");
	check("a/b; boundary=<b>", "<b>|b");
	check("a/b; boundary=\"<b>\"", "<b>|b");
	check("a/b; boundary='b'", "'b'|b");
	check("a/b; boundary=\"\\\"b\\\"\"", "\"b\"|\\\"b\\\"|b|\\");
}

static void
test_irregular(void **state)
{
	(void)state;
	check("a/b; boundary=b; boundary=c", "b|c!");
	check("a/b; boundary=a; boundary*=''b", "b|a|''b!");
	check("a/b boundary=b", "b!");
	check("a/b; boundary=b (x)", "b|b (x)!");
	check("a/b (c; boundary=x); boundary=b", "b|x)|x!");
	check("a/b; boundary=\"b", "b|\"b!");
	check("a/b; boundary=\"a\\b\"", "ab|a\\b!");
	check("a/b; boundary=\"a\r\n b\"", "a b|a\r\n b!");
	check("a/b; boundary=\"a\tb\"", "a\tb!");
	check("a/b; boundary=\xfc", "\xfc!");
	check("a/b; boundary*1=b", "b!");
	check("a/b; x=\"y; boundary=b", "-|b");
}

/* A boundary has at most 255 bytes; of other readings there are at most eight. */
static void
test_limits(void **state)
{
	struct arena *a = arena_new();
	struct buf in = {0};
	struct mime_boundary b;
	struct mime_params p;

	(void)state;
	buf_printf(&in, "a/b; boundary=%0255d", 0);
	mime_params_parse(a, buf_string(&in), &p);
	mime_boundary_read(a, buf_string(&in), &p, &b);
	assert_int_equal(strlen(b.text), 255);
	assert_false(b.irregular);
	buf_puts(&in, "0");
	mime_params_parse(a, buf_string(&in), &p);
	mime_boundary_read(a, buf_string(&in), &p, &b);
	assert_null(b.text);
	assert_true(b.irregular);
	for (int i = 0; i < 20; i++)
		buf_printf(&in, "; boundary=%d", i);
	mime_params_parse(a, buf_string(&in), &p);
	mime_boundary_read(a, buf_string(&in), &p, &b);
	assert_int_equal(b.n_other, MIME_BOUNDARY_OTHERS);
	buf_free(&in);
	arena_free(a);
}

static void
read_hostile(const void *ctx, const struct buf *in)
{
	struct arena *a = arena_new();
	struct mime_boundary b;
	struct mime_params p = {.type = ""};

	(void)ctx;
	mime_boundary_read(a, (const char *)in->data, &p, &b);
	arena_free(a);
}

static void
test_linear(void **state)
{
	static const char *const pieces[] = {"boundary=", "boundary=\"", "boundary ",
					     "boundary",  ";",		 "\"",
					     "\\\"",	  " ",		 "="};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf small = {0}, large = {0};

		for (size_t n = 0; n < 100000; n++)
			buf_puts(n < 100000 / LINEAR_FACTOR ? &small : &large, pieces[i]);
		buf_append(&large, small.data, small.len);
		(void)buf_string(&small);
		(void)buf_string(&large);
		assert_linear(pieces[i], read_hostile, NULL, &small, &large);
		buf_free(&small);
		buf_free(&large);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_reading), cmocka_unit_test(test_other_readings),
		cmocka_unit_test(test_irregular),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}

/* text/reply; test_reply is of milter/reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "text/placeholder.h"
#include "text/reply.h"
#include "util/arena.h"
#include "util/buf.h"

static void
check(const char *written, unsigned code, const char *xcode, const char *text)
{
	struct arena *a = arena_new();
	struct placeholder_values values = {.value[PLACEHOLDER_ID] = "ID"};
	struct reply reply = {0};
	struct buf b = {0};
	char why[200] = "";

	assert_int_equal(reply_parse(a, written, UINT32_MAX, &reply, why, sizeof(why)), 0);
	assert_int_equal(reply.code, code);
	assert_string_equal(reply.xcode, xcode);
	template_expand(reply.text, &values, false, &b);
	assert_string_equal(buf_string(&b), text);
	buf_free(&b);
	arena_free(a);
}

static void
test_replies(void **state)
{
	(void)state;
	check("550 5.7.1 Not here", 550, "5.7.1", "Not here");
	check("452 4.5.3 Too many", 452, "4.5.3", "Too many");
	check("550 Not here", 550, "5.7.1", "Not here");
	check("451 Later", 451, "4.7.1", "Later");
	check("550  5.1.10   Null MX", 550, "5.1.10", "Null MX");
	check("554 5.6.0 id %{id}, 100%%", 554, "5.6.0", "id ID, 100%");
	check("550 5.7.1 one\ntwo\n\nfour", 550, "5.7.1", "one\ntwo\n\nfour");
}

static void
test_what_only_looks_like_an_enhanced_code(void **state)
{
	(void)state;
	check("550 192.0.2.1 is not welcome", 550, "5.7.1", "192.0.2.1 is not welcome");
	check("550 5.7 text", 550, "5.7.1", "5.7 text");
	check("550 5.7.1234 text", 550, "5.7.1", "5.7.1234 text");
	check("550 5.07.1 text", 550, "5.7.1", "5.07.1 text");
	check("550 5.7.1, text", 550, "5.7.1", "5.7.1, text");
}

static void
check_error(const char *written, const char *expected)
{
	struct arena *a = arena_new();
	struct reply reply = {0};
	char why[200] = "";

	assert_int_equal(reply_parse(a, written, 0, &reply, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, expected));
	assert_int_equal(reply.code, 0);
	arena_free(a);
}

static void
test_errors(void **state)
{
	const char *code = "a code of three digits";

	(void)state;
	check_error("", code);
	check_error("55", code);
	check_error("250 2.0.0 ok", code);
	check_error("650 x", code);
	check_error("5500 x", code);
	check_error("55x x", code);
	check_error(" 550 x", code);
	check_error("550-5.7.1 x", code);
	check_error("550", "needs a text");
	check_error("550 5.7.1", "needs a text");
	check_error("550 5.7.1 \n ", "needs a text");
	check_error("550 4.7.1 x", "the enhanced code 4.7.1 is not of the class of 550");
	check_error("450 5.7.1 x", "is not of the class of 450");
	check_error("550 55.7.1 x", "is not of the class of 550");
	check_error("550 caf\xc3\xa9", "printable ASCII");
	check_error("550 a\rb", "printable ASCII");
	check_error("550 a\tb", "printable ASCII");
	check_error("550 a\x7f", "printable ASCII");
	check_error("550 100% %{", "'%{' without '}'");
	check_error("550 %{recipient}", "there is no '%{recipient}' here");
}

static void
test_limits(void **state)
{
	char s[1100] = "550 5.7.1 ";
	size_t start = strlen(s);

	(void)state;
	memset(s + start, 'a', 980);
	check(s, 550, "5.7.1", s + start);
	s[start + 980] = 'a';
	check_error(s, "at most 980 bytes");
	s[start + 490] = '\n';
	check(s, 550, "5.7.1", s + start);
	memset(s + start, 0, 1000);
	for (size_t i = 0; i < 31; i++)
		memcpy(s + start + 2 * i, "a\n", 2);
	check(s, 550, "5.7.1", s + start);
	memcpy(s + start + 62, "a\n", 2);
	check_error(s, "at most 32 lines");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_what_only_looks_like_an_enhanced_code),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

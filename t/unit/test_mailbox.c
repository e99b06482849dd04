/* util/mailbox. The spellings are those that Postfix 3.7 and Sendmail 8.17 deliver to the same
 * mailbox; t/mta/spellings.test asks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/arena.h"
#include "util/mailbox.h"

static struct arena *arena;

static int
make_arena(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
drop_arena(void **state)
{
	(void)state;
	arena = arena_free(arena);
	return 0;
}

static void
check(const char *addr, const char *expected)
{
	assert_string_equal(mailbox_from_path(arena, addr), expected);
}

static void
test_spellings_of_one_mailbox(void **state)
{
	static const char *const spellings[] = {
		"<joe@example.com>",
		"joe@example.com",
		"<\"joe\"@example.com>",
		"<\"jo\"e@example.com>",
		"<\"j\\oe\"@example.com>",
		"<j\\oe@example.com>",
		"<joe @example.com>",
		"< joe@example.com >",
		"<joe@ example.com>",
		"<joe@example.com >",
		"<joe@example . com>",
		"<joe@example\t.\r\n com>",
		"<joe(c)@example.com>",
		"<(a(b)c) joe@example.com>",
		"<joe@(c)example.com>",
		"<joe@example(\\)).com(c)>",
		"<joe@\"example.com\">",
		"<joe@\"example\".com>",
		"<joe@example\\.com>",
		"<\"joe@example.com\">",
		"<joe@example.com.>",
		"<joe@example.com. >",
		"<joe@example.com..>",
		"<joe@example.com;>",
		"<<joe@example.com>>",
		"< <joe@example.com>>",
		"<joe@example.com>>",
		"(c)<joe@example.com>",
		"Joe <joe@example.com>",
		"<(>)joe@example.com>",
		"<@x.example:joe@example.com>",
		"<@x.example,@y.example:joe@example.com>",
		"< @x.example : \"joe\" @ example.com>",
		"<@x.example:@y.example:joe@example.com>",
		"<@[IPv6:2001:db8::1]:joe@example.com>",
		"<(c)@x.example:joe@example.com>",
		"@x.example:joe@example.com",
		"<<@x.example:joe@example.com>>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		check(spellings[i], "joe@example.com");
}

static void
test_local_parts(void **state)
{
	(void)state;
	check("<Joe@Example.COM>", "Joe@Example.COM");
	check("<\"a b\"@example.com>", "\"a b\"@example.com");
	check("<a\\ b@example.com>", "\"a b\"@example.com");
	check("<\"a>b\"@example.com>", "\"a>b\"@example.com");
	check("<\"<a@b>\"@example.com>", "\"<a@b>\"@example.com");
	check("<\"a@b\"@example.com>", "\"a@b\"@example.com");
	check("<a@b@example.com>", "\"a@b\"@example.com");
	check("<a\\@b@example.com>", "\"a@b\"@example.com");
	check("<a.\"b c\".d@example.com>", "\"a.b c.d\"@example.com");
	check("<\"a\".\"b\"@example.com>", "a.b@example.com");
	check("<\"\\\"x\\\\\"@example.com>", "\"\\\"x\\\\\"@example.com");
	check("<\"\"@example.com>", "\"\"@example.com");
	check("<[joe]@example.com>", "\"[joe]\"@example.com");
	check("<x:joe@example.com>", "\"x:joe\"@example.com");
	check("<\"joe+a\"@example.com>", "joe+a@example.com");
	check("<\"a..b\"@example.com>", "a..b@example.com");
	check("<.a.@example.com>", ".a.@example.com");
	check("<joe%b.example@example.com>", "joe%b.example@example.com");
	check("<example.com!joe>", "example.com!joe");
	check("<joe>", "joe");
	check("<\"joe\">", "joe");
	check("<a b@c d>", "a.b@c.d");
	check("<a(x)b@c>", "a.b@c");
	check("<j\u00f6@example.com>", "j\u00f6@example.com");
	check("<\"j\u00f6\"@example.com>", "j\u00f6@example.com");
}

static void
test_domains(void **state)
{
	(void)state;
	check("<joe@[192.0.2.1]>", "joe@[192.0.2.1]");
	check("<joe@[ 192.0.2.1 ]>", "joe@[192.0.2.1]");
	check("<joe@[IPv6:2001:db8::1]>", "joe@[IPv6:2001:db8::1]");
	check("<j\u00f6@b\u00fccher.example>", "j\u00f6@xn--bcher-kva.example");
	check("<j@BU\u0308CHER\u3002example.>", "j@xn--bcher-kva.example");
	check("<j@\"b\u00fccher\".example>", "j@xn--bcher-kva.example");
	check("<j@\xff.example>", "j@\xff.example");
}

static void
test_null_and_broken(void **state)
{
	(void)state;
	check("<>", "");
	check("", "");
	check("< >", "");
	check("<(c)>", "");
	check("<\"\">", "");
	check("<", "");
	check(">", "");
	check("\\", "\"\\\\\"");
	check("\"", "");
	check("(", "");
	check("<\"a@b>", "a@b>");
	check("<a@b(c>", "a@b");
	check("<a@>", "a@");
	check("<@a>", "\"\"@a");
	check("<@a:>", "");
	check("a\\", "\"a\\\\\"");
}

static void
test_form_for_commands(void **state)
{
	(void)state;
	assert_string_equal(mailbox_for_command(arena, "a.b@c..d"), "a.b@c..d");
	assert_string_equal(mailbox_for_command(arena, "a..b@c"), "\"a..b\"@c");
	assert_string_equal(mailbox_for_command(arena, ".a@c"), "\".a\"@c");
	assert_string_equal(mailbox_for_command(arena, "a.@c"), "\"a.\"@c");
	assert_string_equal(mailbox_for_command(arena, "a."), "\"a.\"");
	assert_string_equal(mailbox_for_command(arena, "\"a ..\"@c"), "\"a ..\"@c");
	assert_string_equal(mailbox_for_command(arena, ""), "");
	assert_string_equal(mailbox_domain("\"a@b\"@c"), "c");
	assert_string_equal(mailbox_domain("postmaster"), "");
}

static void
test_removal(void **state)
{
	static const char *const itself[] = {
		"<joe@example.com>",
		"joe@example.com",
		"<\"joe\" @example.com>",
		"<joe\\;>",
		"<joe(<x>)@example.com>",
		"<joe@example.com.>",
		"<\"<joe@x>\"@example.com>",
		"<@example.com>",
		"",
	};
	static const char *const cut[][2] = {
		{"<@x.example:joe@example.com>", "<joe@example.com>"},
		{"<@x,@y.example:\"joe\" @example.com>", "<\"joe\" @example.com>"},
		{"<@[IPv6:2001:db8::1]:joe@example.com>", "<joe@example.com>"},
		{"<<joe@example.com>>", "<joe@example.com>"},
		{"< <\"joe\"@example.com>>", "<\"joe\"@example.com>"},
		{"<joe@example.com>>", "<joe@example.com>"},
		{"(c)<joe@example.com>", "<joe@example.com>"},
		{"<joe@example.com;>", "<joe@example.com>"},
		{"<<@x.example:joe@example.com>>", "<@x.example:joe@example.com>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(itself) / sizeof(itself[0]); i++)
		assert_ptr_equal(mailbox_removal_path(arena, itself[i]), itself[i]);
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		assert_string_equal(mailbox_removal_path(arena, cut[i][0]), cut[i][1]);
}

/* The result is its own one form, unless quotes brought syntax into the domain. */
static void
test_result_is_its_own_form(void **state)
{
	static const char alphabet[] = "ab.@\"\\<>() :;,[]+%";
	uint32_t x = 1;

	(void)state;
	for (unsigned n = 0; n < 200000; n++) {
		char s[12];
		size_t len = 0;

		for (; len < sizeof(s) - 1; len++) {
			x = x * 1664525u + 1013904223u;
			s[len] = alphabet[(x >> 16) % (sizeof(alphabet) - 1)];
		}
		s[len] = '\0';

		const char *once = mailbox_from_path(arena, s);

		if (strpbrk(mailbox_domain(once), "\"\\<>() :;,[]") == NULL)
			assert_string_equal(mailbox_from_path(arena, once), once);
		(void)mailbox_removal_path(arena, s);
		arena_reset(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings_of_one_mailbox),
		cmocka_unit_test(test_local_parts),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_null_and_broken),
		cmocka_unit_test(test_form_for_commands),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_result_is_its_own_form),
	};

	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

/* match/written: mistakes that are recognised, and rare forms that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "match/written.h"

typedef const char *fault_function(const char *text);

static void
expect_right(fault_function *find, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		const char *fault = find(*texts);

		if (fault != NULL)
			printf("'%s': %s\n", *texts, fault);
		assert_null(fault);
	}
}

static void
expect_wrong(fault_function *find, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		if (find(*texts) == NULL)
			printf("'%s' was accepted\n", *texts);
		assert_non_null(find(*texts));
	}
}

#define RIGHT(find, ...) expect_right((find), (const char *const[]){__VA_ARGS__, NULL})
#define WRONG(find, ...) expect_wrong((find), (const char *const[]){__VA_ARGS__, NULL})

/* Forms that mail has. */
#define MAILBOXES                                                                              \
	"ann@x.example", "root", "a.b+c@x.example", "o'neil@x.example", "a@[192.0.2.1]",       \
		"a@[IPv6:2001:db8::1]", "\"a b\"@x.example", "\"a, b\"@x.example",             \
		"\"a\\\"b\"@x.example", "\"a@b\"@x.example", "a@localhost", "a@x_y.example",   \
		"j\xc3\xb6@x.example", "a..b@x.example", "a.@x.example",                       \
		"SRS0=a=b=x.example=joe@y.example", "l-bounces+joe=x.example@y.example",       \
		"a/b@x.example", "#a@x.example", "table@x.example"

static void
test_addresses(void **state)
{
	(void)state;
	RIGHT(written_mailbox_fault, MAILBOXES, "x.example", ".*@x.example", "*@x.example");
	RIGHT(written_target_fault, MAILBOXES);
	RIGHT(written_address_fault, MAILBOXES, "<>");
	RIGHT(written_address_doubt, MAILBOXES, "<>", "x.example", "*@x.example");
	WRONG(written_address_doubt, "news*@x.example", "us?r@x.example");
	WRONG(written_mailbox_fault, "", "@", "a@", "@x.example", "a@x.example,b@y.example",
	      "a@x.example b@y.example", "a@x.example;b@y.example", "a@x.example # note",
	      "<a@x.example>", "<a@x.example", "a@x.example>", "Ann <a@x.example>",
	      "a@x.example (Ann)", "(Ann) a@x.example", "a@x.example:", "mailto:a@x.example",
	      "a@x.example.", "a@.x.example", "a@x..example", "a@b@x.example", "a b@x.example",
	      "\"a b@x.example", "a@*.x.example", "a\\b@x.example", "a@x.example\n",
	      "a@[192.0.2.1", "=> a@x.example", "<>");
	WRONG(written_target_fault, "x.example", "*@x.example", "*", ".*@x.example",
	      "log+%{sender}@x.example", "$1@x.example", "/dev/null", "|cmd", "\"|cmd a\"",
	      ":include:/a", "^a@x.example", "(?i)a@x.example", "a@x\\.example$", "table:t");
	WRONG(written_address_fault, "x.example", "*@x.example", ".*@x\\.example", "", "@x.y");
}

static void
test_replacements(void **state)
{
	(void)state;
	RIGHT(written_replacement_fault, MAILBOXES, "x.example");
	WRONG(written_replacement_fault, "x@y x@z", "x@y,x@z", "table:x", "<x@y>", "*@y");
	WRONG(written_replacement_fault, "x+%{sender}@y");
	assert_true(written_lacks_domain("root"));
	assert_true(written_lacks_domain("\"a@b\""));
	assert_false(written_lacks_domain("\"a@b\"@x"));
	assert_false(written_lacks_domain("a@x"));
}

static void
test_domains(void **state)
{
	(void)state;
	RIGHT(written_domain_fault, "x.example", ".x.example", "localhost", "[192.0.2.1]",
	      "[IPv6:2001:db8::1]", "_dmarc.x.example", "xn--bcher-kva.example", "X-1.example",
	      "b\xc3\xbc"
	      "cher.example");
	WRONG(written_domain_fault, "", ".", "*.x.example", "*", "x.example.", "x..example",
	      "x.example,y.example", "x.example y.example", "x.example;y.example",
	      ".*\\.x\\.example$", "^x", "(x|y).example", "x.example:", "<x.example>", "a@x",
	      "x.example/", "http://x.example", "[192.0.2.1", "table:t");
}

static void
test_header_names(void **state)
{
	(void)state;
	RIGHT(written_header_name_doubt, "Subject", "X-A", "X.400-Id", "X_a", "X-'1'");
	WRONG(written_header_name_doubt, "X-*", "^X-", "X-(a|b)", "X-[0-9]", "X-\\d", "X-$");
	RIGHT(written_name_pattern_doubt, "^X-", "^X-(?:a|b)$", "(?i)^x-spam$", ":");
	WRONG(written_name_pattern_doubt, "^X-Spam:", "^X-Spam:$", "^X-Spam: yes");
}

static void
test_logins(void **state)
{
	(void)state;
	RIGHT(written_login_fault, "ann", "a.b@x.example", "DOMAIN\\ann", "cn=ann, dc=x",
	      "Ann B");
	RIGHT(written_login_fault, "DOMAIN\\ann@x.example", "a:b", "ann (x)");
	WRONG(written_login_fault, "*@x.example", "*", ".*@x", "^ann", "ann, bob");
	WRONG(written_login_fault, "<a@x.example>", "a@x.example:", "a@x.example (c)",
	      "(c)a@x.example", "a@x.example.", "ann ", "\tann", " ");
}

static void
test_extensions(void **state)
{
	(void)state;
	RIGHT(written_extension_fault, "exe", ".exe", "tar.gz", "7z", "c++", "$$$", "bak~",
	      "ex_", "\xc3\xbc");
	WRONG(written_extension_fault, "", ".", "*.exe", "..exe", "exe ", " exe", "exe,com",
	      "exe com", "exe;com", "\\.exe$", "exe$", "^exe", "(exe|com)", "ex?", "e*", "exe.",
	      "/exe", "table:t");
}

static void
test_patterns(void **state)
{
	(void)state;
	RIGHT(written_pattern_fault, "x", "/x", "x/", "/a/b/", "/a/b/i", "//", "/usr/bin",
	      "a/b", "/x\\/", "table", "^table:t");
	RIGHT(written_pattern_doubt, "x", "/x", "x/", "/a/b/", "//", "/usr/bin", "/x\\/");
	WRONG(written_pattern_fault, "/x/i", "/x y/mi", "/a\\/b/i", "table:t");
	WRONG(written_pattern_doubt, "/x/", "/^a b$/", "");
	assert_non_null(written_header_pattern_doubt("^subject: x", "Subject"));
	assert_non_null(written_header_pattern_doubt("(?i)^Subject:.*x", "Subject"));
	assert_non_null(written_header_pattern_doubt("Subject:", "Subject"));
	assert_null(written_header_pattern_doubt("^Subject", "Subject"));
	assert_null(written_header_pattern_doubt("^Re: Subject:", "Subject"));
	assert_null(written_header_pattern_doubt("(?i", "Subject"));
	assert_null(written_header_pattern_doubt("", "Subject"));
}

static void
test_patterns_of_normalized_text(void **state)
{
	(void)state;
	RIGHT(written_normalized_pattern_doubt, "", "cheap pills", "(?i)Cheap", "(?si)Cheap",
	      "\\S+\\D\\W\\Bx", "\\p{Lu}\\P{L}\\pL", "\\x{4A}\\x4A", "\\N{U+4A}", "[A-Z]",
	      "[^]A-Z[:^alpha:]B]x", "[\\]A]", "(?<Name>x)\\k<Name>", "(?P<Name>x)(?P=Name)",
	      "(?'Name'x)", "(?#Comment)x", "(*UCP)x", "x\\", "[", "(?<", "\\p{", "(*");
	WRONG(written_normalized_pattern_doubt, "Cheap", "x|Pills", "(?-i)X", "[a]B", "(?:A)",
	      "(?<=A)b", "(?<n>A)", "(?=A)", "(A)", "\\dA", "\\p{L}A", "(?s)A", "[[:alpha:]]A");
}

static void
test_postfix_actions(void **state)
{
	(void)state;
	assert_int_equal(written_postfix_action("OK"), 2);
	assert_int_equal(written_postfix_action("REJECT no spam"), 6);
	assert_int_equal(written_postfix_action("DEFER_IF_PERMIT\tx"), 15);
	assert_int_equal(written_postfix_action("ok"), 0);
	assert_int_equal(written_postfix_action("OKAY"), 0);
	assert_int_equal(written_postfix_action("550 5.7.1 REJECT"), 0);
	assert_int_equal(written_postfix_action(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_replacements),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_header_names),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_postfix_actions),
		cmocka_unit_test(test_patterns_of_normalized_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

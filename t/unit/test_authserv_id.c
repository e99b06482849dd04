/* content/authserv_id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "content/authserv_id.h"

#define ID "mx.example.org"

static void
test_same_id(void **state)
{
	static const char *const values[] = {
		ID,
		ID "; none",
		ID ";dkim=pass",
		ID " 1; dkim=pass",
		"\n\t" ID ";\n\tdkim=pass",
		"MX.Example.ORG; dkim=pass",
		ID ".; dkim=pass",
		ID "(a comment); none",
		"(a (b) \\) c) " ID " (d); none",
		"()(x)\n (y)" ID "; none",
		"\"" ID "\"; none",
		"\"mx.ex\\ample.org\" 1; none",
		"mx.\"example\".org; none",
		"\"\"" ID "; none",
		"\"" ID,
		ID "\"",
		ID "\\",
		ID "/1; none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!authserv_id_is(values[i], ID))
			fail_msg("not the same: %s", values[i]);
}

static void
test_other_id(void **state)
{
	static const char *const values[] = {
		"",
		" ",
		";",
		"mx.example.org.test; none",
		"amx.example.org; none",
		"mx.example.or; none",
		"other; " ID,
		"other " ID,
		"other (" ID "); none",
		"(" ID,
		"(" ID ")",
		"(\\",
		"\"\\",
		"mx .example.org; none",
		"\"mx. example.org\"; none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (authserv_id_is(values[i], ID))
			fail_msg("the same: %s", values[i]);
}

static void
test_labels(void **state)
{
	(void)state;
	assert_true(authserv_id_is("b\xc3\xbc"
				   "cher.example; none",
				   "xn--bcher-kva.example"));
	assert_true(authserv_id_is("xn--bcher-kva.example; none", "B\xc3\x9c"
								  "CHER.example"));
	assert_false(authserv_id_is("\xff.example; none", ID));
}

/* A deep comment, and a long id. */
static void
test_long(void **state)
{
	size_t n = 1000000;
	char *value = malloc(2 * n + sizeof(ID));

	(void)state;
	assert_non_null(value);
	memset(value, '(', n);
	memset(value + n, ')', n);
	memcpy(value + 2 * n, ID, sizeof(ID));
	assert_true(authserv_id_is(value, ID));
	memset(value, 'a', 2 * n);
	assert_false(authserv_id_is(value, ID));
	free(value);
}

static void
test_passes(void **state)
{
	static const char *const yes[] = {
		"mx; dkim=pass header.d=a.example",
		"mx 1; DKIM = Pass (2048-bit key; x) header.i=@b.example Header.D=A.Example header.s=k",
		"mx;\n\tdkim=fail header.d=b.example;\n\tdkim=pass header.d=a.example",
		"mx; dkim=pass header.d=example",
		"mx; dkim=fail; dmarc=pass (p=none dis=none) header.from=a.example",
		"mx; dkim=pass reason=\"x; y\" header.d=\"a.example\"",
		"mx; spf=pass smtp.mailfrom=x@b.example; dkim=pass header.d=a.example.",
	};
	static const char *const no[] = {
		"",
		"mx",
		"mx; none",
		"mx; dkim=pass",
		"mx; dkim=pass header.d=b.example",
		"mx; dkim=pass header.d=x.a.example",
		"mx; dkim=pass header.d=aa.example header.i=@a.example",
		"mx; dkim=fail header.d=a.example",
		"mx; dkim=pass header.d=b.example header.d=a.example",
		"mx; spf=pass header.d=a.example",
		"mx; dmarc=pass header.from=example",
		"mx; dmarc=pass header.d=a.example",
		"mx; dkim=fail reason=\"x; dkim=pass header.d=a.example\"",
		"mx; dkim=fail (; dkim=pass header.d=a.example)",
		"mx; dkim=fail x \"; dkim=pass header.d=a.example\"",
		"mx (; dkim=pass header.d=a.example)",
		"mx; x=dkim=pass header.d=a.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!authserv_passes(yes[i], "a.example"))
			fail_msg("no: %s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (authserv_passes(no[i], "a.example"))
			fail_msg("yes: %s", no[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_id), cmocka_unit_test(test_other_id),
		cmocka_unit_test(test_labels),	cmocka_unit_test(test_long),
		cmocka_unit_test(test_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

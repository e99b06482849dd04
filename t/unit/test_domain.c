/* util/domain. Samples: RFC 3492 7.1, IANA's test domains, UTS 46. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/domain.h"

static void
check(const char *s, const char *expected)
{
	char out[DOMAIN_MAX_BYTES];

	assert_string_equal(domain_ascii(s, out), expected);
}

static void
test_labels(void **state)
{
	(void)state;
	check("b\u00fccher.example", "xn--bcher-kva.example");
	check("m\u00fcnchen", "xn--mnchen-3ya");
	check("\u043f\u0440\u0438\u043c\u0435\u0440."
	      "\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435",
	      "xn--e1afmkfd.xn--80akhbyknj4f");
	check("\u4f8b\u3048.\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah");
	check("\u6d4b\u8bd5", "xn--0zwm56d");
	check("3\u5e74b\u7d44\u91d1\u516b\u5148\u751f", "xn--3b-ww4c5e180e575a65lsy2b");
	check("\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587",
	      "xn--ihqwcrb4cv8a8dqg056pqjye");
	check("\U0001f4a9.example", "xn--ls8h.example");
	check("B\u00fcCHER", "xn--bcher-kva");
}

/* UTS 46, as Postfix does. */
static void
test_forms_of_one_domain(void **state)
{
	(void)state;
	check("B\u00dcCHER.Example", "xn--bcher-kva.example");
	check("bu\u0308cher.example", "xn--bcher-kva.example");
	check("b\u00fccher\u3002example", "xn--bcher-kva.example");
	check("b\u00fccher.example\u3002", "xn--bcher-kva.example");
	check("example.com\u3002", "example.com");
	check("\uff42\u00fc\uff43her.example", "xn--bcher-kva.example");
	check("\uff45xample.com", "example.com");
	check("fa\u00df.example", "xn--fa-hia.example");
	check("\u2603.net", "xn--n3h.net");
	check("XN--BCHER-KVA.b\u00fccher", "xn--bcher-kva.xn--bcher-kva");
	check(".b\u00fccher.example", ".xn--bcher-kva.example");
}

static void
check_unicode(const char *s, const char *expected)
{
	char out[DOMAIN_MAX_BYTES];

	assert_string_equal(domain_unicode(s, out), expected);
}

static void
test_unicode(void **state)
{
	char out[DOMAIN_MAX_BYTES], s[600];
	const char *plain = "xn--bcher-kva@example.com";

	(void)state;
	check_unicode("j\u00f6@xn--bcher-kva.example", "j\u00f6@b\u00fccher.example");
	check_unicode("a.XN--BCHER-KVA.example", "a.b\u00fccher.example");
	check_unicode(".xn--bcher-kva.example.", ".b\u00fccher.example.");
	check_unicode("xn--zzzzzzzz.example", "xn--zzzzzzzz.example");
	assert_ptr_equal(domain_unicode(plain, out), plain);
	memset(s, 'x', 600);
	strcpy(s + 500, "@xn--bcher-kva.example");
	check_unicode(s, s);
}

/* What would become syntax of an address. */
static void
test_wide_syntax(void **state)
{
	(void)state;
	check("a@b\uff20c.example", "a@b\uff20c.example");
	check("a@\uff1cb.example", "a@\uff1cb.example");
}

static void
test_what_stays(void **state)
{
	char out[DOMAIN_MAX_BYTES];
	const char *plain = "Joe@Example.COM", *none = "";

	(void)state;
	assert_ptr_equal(domain_ascii(plain, out), plain);
	assert_ptr_equal(domain_ascii(none, out), none);
	check("j\u00f6@example.com", "j\u00f6@example.com");
	check("x@\xff.example", "x@\xff.example");
	check("x@\xc3", "x@\xc3");
}

static void
test_only_the_domain_of_a_mailbox(void **state)
{
	(void)state;
	check("j\u00f6@a.b\u00fccher.example", "j\u00f6@a.xn--bcher-kva.example");
	check("\"a@\u00fc\"@\u00fc", "\"a@\u00fc\"@xn--tda");
	check("x@.\u00fc..", "x@.xn--tda..");
}

static void
test_labels_that_are_too_long(void **state)
{
	char s[4 * 1100], *p = s;

	(void)state;
	for (int i = 0; i < 63; i++)
		p = mempcpy(p, "a", 1);
	memcpy(p, "\u00fc", 3);
	check(s, s);
	p = s;
	for (int i = 0; i < 64; i++)
		p = mempcpy(p, "\u00fc", 2);
	*p = '\0';
	check(s, s);
	p = s;
	for (int i = 0; i < 1000; i++)
		p = mempcpy(p, "\u00fc.", 3);
	*p = '\0';
	check(s, s);
	memset(s, 'x', 600);
	memcpy(s + 600, "@\u00fc", 4);
	check(s, s);
	p = s;
	for (int i = 0; i < 14; i++)
		p = mempcpy(p, "\U0010ffff", 4);
	*p = '\0';
	check(s, s); /* not a character that a domain may have */
}

static void
test_fits(void **state)
{
	(void)state;
	assert_true(domain_fits("old.example", "old.example"));
	assert_true(domain_fits("OLD.Example", "old.example"));
	assert_false(domain_fits("x.old.example", "old.example"));
	assert_true(domain_fits("x.old.example", ".old.example"));
	assert_true(domain_fits("y.X.OLD.example", ".old.example"));
	assert_false(domain_fits("old.example", ".old.example"));
	assert_false(domain_fits(".old.example", ".old.example"));
	assert_false(domain_fits("bold.example", "old.example"));
	assert_false(domain_fits("xold.example", ".old.example"));
	assert_true(domain_fits("old.example.", "old.example"));
	assert_true(domain_fits("x.old.example.", ".old.example"));
	assert_false(domain_fits("old.example..", "old.example"));
	assert_false(domain_fits("", ".old.example"));
	assert_false(domain_fits(".", ".old.example"));
}

static void
test_a_dot_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(domain_trimmed_length("example.com."), 11);
	assert_int_equal(domain_trimmed_length("example.com"), 11);
	assert_int_equal(domain_trimmed_length("a.."), 2);
	assert_int_equal(domain_trimmed_length("."), 0);
	assert_int_equal(domain_trimmed_length(""), 0);
}

static void
test_lower_case(void **state)
{
	char out[DOMAIN_MAX_BYTES], longest[DOMAIN_MAX_BYTES + 1];
	const char *plain = "Joe@example.com";

	(void)state;
	assert_string_equal(domain_lower("Joe@Example.COM", out), "Joe@example.com");
	assert_string_equal(domain_lower("\"A@B\"@X", out), "\"A@B\"@x");
	assert_string_equal(domain_lower("Example.COM", out), "example.com");
	assert_ptr_equal(domain_lower(plain, out), plain);
	memset(longest, 'X', sizeof(longest));
	longest[DOMAIN_MAX_BYTES] = '\0';
	assert_ptr_equal(domain_lower(longest, out), longest);
	longest[DOMAIN_MAX_BYTES - 1] = '\0';
	assert_ptr_equal(domain_lower(longest, out), out);
}

static void
check_forms(const char *s, const char *second, const char *third)
{
	const char *const expected[] = {s, second, third};
	char out[DOMAIN_MAX_BYTES];
	const char *form;
	unsigned i = 0;
	size_t n = 0;

	while ((form = domain_next_form(s, &i, out)) != NULL)
		assert_string_equal(form, expected[n++]);
	assert_int_equal(n, 1 + (second != NULL) + (third != NULL));
	assert_null(domain_next_form(s, &i, out));
}

static void
test_forms_for_patterns(void **state)
{
	(void)state;
	check_forms("", NULL, NULL);
	check_forms("jo@example.com", NULL, NULL);
	check_forms("Jo@Example.COM", "Jo@example.com", NULL);
	check_forms("j@xn--bcher-kva.example",
		    "j@b\xc3\xbc"
		    "cher.example",
		    NULL);
	check_forms("j@XN--bcher-kva.Example", "j@xn--bcher-kva.example",
		    "j@b\xc3\xbc"
		    "cher.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lower_case),
		cmocka_unit_test(test_forms_for_patterns),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_forms_of_one_domain),
		cmocka_unit_test(test_unicode),
		cmocka_unit_test(test_wide_syntax),
		cmocka_unit_test(test_what_stays),
		cmocka_unit_test(test_only_the_domain_of_a_mailbox),
		cmocka_unit_test(test_labels_that_are_too_long),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_a_dot_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

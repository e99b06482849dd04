/* html/html_reference: what character references mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "html/html_reference.h"

static const struct {
	const char *text;
	size_t len;		  /* of the reference */
	const char *means;	  /* NULL: it is none */
	const char *in_attribute; /* NULL: it is none */
} rows[] = {
	{"&lt;", 4, "<", "<"},
	{"&ltx", 3, "<", NULL},
	{"&lt=", 3, "<", NULL},
	{"&lt-", 3, "<", "<"},
	{"&lt", 3, "<", "<"},
	{"&notit;", 4, "\xc2\xac", NULL},
	{"&notin;", 7, "\xe2\x88\x89", "\xe2\x88\x89"},
	{"&shy;", 5, "\xc2\xad", "\xc2\xad"},
	{"&shy", 4, "\xc2\xad", "\xc2\xad"},
	{"&nbsp;", 6, "\xc2\xa0", "\xc2\xa0"},
	{"&ZeroWidthSpace;", 16, "\xe2\x80\x8b", "\xe2\x80\x8b"},
	{"&ZeroWidthSpace", 0, NULL, NULL},
	{"&CounterClockwiseContourIntegral;", 33, "\xe2\x88\xb3", "\xe2\x88\xb3"},
	{"&CounterClockwiseContourIntegrals;", 0, NULL, NULL},
	{"&bne;", 5, "=\xe2\x83\xa5", "=\xe2\x83\xa5"},
	{"&there4;", 8, "\xe2\x88\xb4", "\xe2\x88\xb4"},
	{"&sub1;", 0, NULL, NULL},
	{"&sup1", 5, "\xc2\xb9", "\xc2\xb9"},
	{"&AMP;", 5, "&", "&"},
	{"&Amp;", 0, NULL, NULL},
	{"&zwnj;", 6, "\xe2\x80\x8c", "\xe2\x80\x8c"},
	{"&Zopf;", 6, "\xe2\x84\xa4", "\xe2\x84\xa4"},
	{"&yopf;", 6, "\xf0\x9d\x95\xaa", "\xf0\x9d\x95\xaa"},
	{"&#65;", 5, "A", "A"},
	{"&#65", 4, "A", "A"},
	{"&#65x", 4, "A", "A"},
	{"&#x41;", 6, "A", "A"},
	{"&#X6c;", 6, "l", "l"},
	{"&#x41g", 5, "A", "A"},
	{"&#0000000000000000000065;", 25, "A", "A"},
	{"&#150;", 6, "\xe2\x80\x93", "\xe2\x80\x93"},
	{"&#x80;", 6, "\xe2\x82\xac", "\xe2\x82\xac"},
	{"&#129;", 6, "\xc2\x81", "\xc2\x81"},
	{"&#0;", 4, "\xef\xbf\xbd", "\xef\xbf\xbd"},
	{"&#xd800;", 8, "\xef\xbf\xbd", "\xef\xbf\xbd"},
	{"&#x110000;", 10, "\xef\xbf\xbd", "\xef\xbf\xbd"},
	{"&#99999999999999999999;", 23, "\xef\xbf\xbd", "\xef\xbf\xbd"},
	{"&#x1f600;", 9, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	{"&#;", 0, NULL, NULL},
	{"&#x;", 0, NULL, NULL},
	{"&;", 0, NULL, NULL},
	{"&", 0, NULL, NULL},
	{"& lt;", 0, NULL, NULL},
};

static void
test_rows(void **state)
{
	char means[HTML_REFERENCE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text);

		print_message("%s\n", rows[i].text);
		assert_int_equal(html_read_reference(rows[i].text, len, false, means),
				 rows[i].len);
		if (rows[i].means != NULL)
			assert_string_equal(means, rows[i].means);
		assert_int_equal(html_read_reference(rows[i].text, len, true, means) > 0,
				 rows[i].in_attribute != NULL);
		if (rows[i].in_attribute != NULL)
			assert_string_equal(means, rows[i].in_attribute);
	}
}

/* The bytes behind the text are not read. */
static void
test_length(void **state)
{
	char means[HTML_REFERENCE_BYTES];

	(void)state;
	assert_int_equal(html_read_reference("&lt;", 3, false, means), 3);
	assert_int_equal(html_read_reference("&#655;", 4, false, means), 4);
	assert_string_equal(means, "A");
	assert_int_equal(html_read_reference("&lt;", 2, false, means), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

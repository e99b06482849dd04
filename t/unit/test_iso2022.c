/* charset/iso2022: escape sequences, and where a text stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "charset/iso2022.h"

static void
test_escape_sequences(void **state)
{
	static const struct {
		const char *s;
		int length;
		enum iso2022_set set; /* ISO2022_OTHER: as before */
	} rows[] = {
		{"\x1b(B", 3, ISO2022_ASCII},		{"\x1b(J", 3, ISO2022_ROMAN},
		{"\x1b(H", 3, ISO2022_ROMAN},		{"\x1b(I", 3, ISO2022_KANA},
		{"\x1b$Bx", 3, ISO2022_KANJI},		{"\x1b$@", 3, ISO2022_KANJI},
		{"\x1b$(B", 4, ISO2022_KANJI},		{"\x1b$(D", 4, ISO2022_OTHER},
		{"\x1b$)C", 4, ISO2022_OTHER},		{"\x1b&@", 3, ISO2022_OTHER},
		{"\x1b[31m", -EILSEQ, ISO2022_OTHER},	{"\x1b(\x80", -EILSEQ, ISO2022_OTHER},
		{"\x1b$$$$$B", -EILSEQ, ISO2022_OTHER}, {"\x1b", -EINVAL, ISO2022_OTHER},
		{"\x1b$", -EINVAL, ISO2022_OTHER},	{"\x1b$(", -EINVAL, ISO2022_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum iso2022_set set = ISO2022_OTHER;

		assert_int_equal(iso2022_read_escape(rows[i].s, strlen(rows[i].s), &set),
				 rows[i].length);
		assert_int_equal(set, rows[i].set);
	}
}

static const struct {
	const char *text, *needs;
} ends[] = {
	{"", ""},
	{"plain\r\n", ""},
	{"\x1b$B%F%9%H\x1b(B\r\n", ""},
	{"\x1b$B%F%9%H\r\n", "\x1b(B"},
	{"\x1b$B%F%9%H\x1b(J!\r\n", "\x1b(B"},
	{"\x1b(B\x1b$B%F", "\x1b(B"},
	{"\x1b$B%F\x1b(B\x1b[0m", ""},
	{"\x1b$)C\x0eGQ\x0f\r\n", ""},
	{"\x1b$)C\x0eGQ\x0f \x0eGQ\r\n", "\x0f"},
	{"\x1b(I1\x0e", "\x0f\x1b(B"},
	{"\x1b$B%F\x1b", "\x1b(B"},
};

/* In pieces of any size, cut inside sequences too. */
static void
test_return_to_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *text = ends[i].text;
		size_t len = strlen(text);

		for (size_t step = 1; step <= len + 1; step++) {
			struct iso2022_state st = {0};

			for (size_t at = 0; at < len; at += step)
				iso2022_track(&st, text + at, step < len - at ? step : len - at,
					      at);
			assert_string_equal(iso2022_return_to_ascii(&st), ends[i].needs);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_sequences),
		cmocka_unit_test(test_return_to_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

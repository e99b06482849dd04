/* content/squeeze. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "content/squeeze.h"
#include "mime/words.h"

#define MAX_LEN 70u

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\r\n", c) != NULL;
}

/* The same by the definition, byte by byte. at gets the index in s of each byte of the result.
 */
static size_t
squeeze_slowly(const char *s, size_t len, enum squeeze_kind kind, char *to, size_t *at)
{
	size_t n = 0, i = 0;

	while (i < len) {
		size_t run = i;
		bool space = kind == SQUEEZE_DECODED;

		for (; i < len && is_blank(s[i]); i++)
			space |= s[i] == ' ' || s[i] == '\t';
		if (i > run && i < len && n > 0 && space) {
			at[n] = run;
			to[n++] = ' ';
		}
		for (; i < len && !is_blank(s[i]); i++) {
			at[n] = i;
			to[n++] = s[i];
		}
	}
	return n;
}

/* Checks one text, in a room of its exact size, so that a sanitizer sees what is read behind.
 */
static void
check_text(const char *text, size_t len, enum squeeze_kind kind)
{
	char want[MAX_LEN], *s = malloc(len + 1), *got = malloc(len + 1);
	struct header_origin origins[MAX_LEN];
	size_t at[MAX_LEN], n = squeeze_slowly(text, len, kind, want, at), same;

	assert_non_null(s);
	assert_non_null(got);
	memcpy(s, text, len);
	s[len] = '\0';
	for (size_t i = 0; i < len; i++)
		origins[i] = (struct header_origin){i, i + 1, ORIGIN_TEXT};
	same = squeeze_find(s, len, 0);
	assert_true(same == len ? n == len : n < len || want[same] != s[same]);
	assert_memory_equal(s, want, same < n ? same : n);
	assert_int_equal(squeeze_blanks(s, len, same, kind, got, origins), n);
	assert_memory_equal(got, want, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(origins[i].from, at[i]);
	assert_int_equal(squeeze_blanks(s, len, same, kind, s, NULL), n); /* in its place */
	assert_memory_equal(s, want, n);
	free(got);
	free(s);
}

/* Blanks at every place of blocks of 16 bytes, and control characters, which stay. */
static void
test_any_text_is_squeezed_as_defined(void **state)
{
	static const char alphabet[] = "abcdefghij\xc3\xbc   \t\n\r\x01";
	unsigned seed = 1;
	char text[MAX_LEN];

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		size_t len = round % MAX_LEN, letters = round % 7 + 1;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = seed >> 16 & letters
					  ? 'x'
					  : alphabet[(seed >> 20) % (sizeof(alphabet) - 1)];
		}
		check_text(text, len, SQUEEZE_SENT);
		check_text(text, len, SQUEEZE_DECODED);
	}
}

static void
test_line_end_alone(void **state)
{
	char to[8];

	(void)state;
	assert_int_equal(squeeze_blanks("a\nb", 3, 1, SQUEEZE_SENT, to, NULL), 2);
	assert_memory_equal(to, "ab", 2);
	assert_int_equal(squeeze_blanks("a\nb", 3, 1, SQUEEZE_DECODED, to, NULL), 3);
	assert_memory_equal(to, "a b", 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_text_is_squeezed_as_defined),
		cmocka_unit_test(test_line_end_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Fuzzes the normalizer of texts: the result is valid UTF-8 without NUL and without capitals of
 * ASCII, has single blanks and none at its ends, and at most 11 times the text's length.
 * Normalizing it again changes nothing, but for marks of which there are more than 30 in a row:
 * their groups begin elsewhere then.
 * Input: a text. */
#include <assert.h>
#include <string.h>

#include "charset/normalize.h"
#include "fuzz.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_GROWTH 11
#define FEW_BYTES                                                                              \
	60 /* so many have no 30 marks: each takes two, and becomes several at most            \
	    */

static void
check_result(const struct buf *b)
{
	const char *s = (const char *)b->data;

	assert(str_is_utf8(s, b->len));
	for (size_t i = 0; i < b->len; i++) {
		assert(s[i] != '\0' && !(s[i] >= 'A' && s[i] <= 'Z'));
		assert(!(s[i] >= '\t' && s[i] <= '\r'));
		assert(s[i] != ' ' || (i > 0 && i + 1 < b->len && s[i + 1] != ' '));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = {0}, again = {0};

	assert(normalize_text((const char *)data, size, &out));
	assert(out.len <= MAX_GROWTH * size);
	(void)buf_string(&out);
	check_result(&out);
	assert(normalize_text((const char *)out.data, out.len, &again));
	if (size < FEW_BYTES)
		assert(again.len == out.len &&
		       memcmp(buf_string(&again), out.data, out.len) == 0);
	buf_free(&out);
	buf_free(&again);
	return 0;
}

/* charset/word_bound: where words begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/word_bound.h"
#include "util/buf.h"

/* Texts with a '|' at each bound. */
static const char *const rows[] = {
	"||",
	"|cheap| |pills|.|",
	"|viagra_2|",
	"|don|'|t|",
	"|a|-|b| |$|5|",
	"|caf\xc3\xa9| |x|",
	"|cafe\xcc\x81s|",			    /* a mark belongs to its letter */
	"|\xd0\xbc\xd0\xb8\xd1\x80| |x|",	    /* Cyrillic */
	"|\xe4\xbe\xbf|\xe5\xae\x9c|\xe8\x8d\xaf|", /* Han */
	"|a|\xe4\xbe\xbf|b|",
	"|\xe3\x81\x8b|\xe3\x83\xbc|", /* kana */
	"|\xea\xb4\x91|\xea\xb3\xa0|", /* Hangul */
	"|\xe0\xb8\xa2|\xe0\xb8\xb2|", /* Thai */
	"|a|\xe2\x80\x99|s|",	       /* an apostrophe */
	"|a|\xf0\x9f\x98\x80|b|",
	"|ungl\xef\xbf\xbd"
	"cklich|", /* broken, not two words */
	"|a|\xff|b|",
	"|1|\xc2\xa0|2|",
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = {0}, marked = {0};

		for (const char *p = rows[i]; *p != '\0'; p++)
			if (*p != '|')
				buf_putc(&text, (unsigned char)*p);
		for (size_t at = 0; at <= text.len; at++) {
			if ((at == text.len || (text.data[at] & 0xc0) != 0x80) &&
			    word_bound_at(buf_string(&text), text.len, at))
				buf_putc(&marked, '|');
			if (at < text.len)
				buf_putc(&marked, text.data[at]);
		}
		assert_string_equal(buf_string(&marked), i == 0 ? "|" : rows[i]);
		buf_free(&text);
		buf_free(&marked);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

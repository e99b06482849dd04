/* content/header_text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "content/header_text.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"

/* A message with one header, and its forms. */
static struct header_text *
forms_of(struct arena *a, const char *value, bool decode)
{
	struct header *h = arena_zalloc(a, sizeof(*h));

	h->name = "Subject";
	h->value = value;
	return header_text(a, h, decode);
}

static void
test_plain_is_not_copied(void **state)
{
	struct arena *a = arena_new();
	const char *plain = "Hello";
	const struct header_text *f = forms_of(a, plain, true);

	(void)state;
	assert_ptr_equal(f->decoded.text, plain);
	assert_int_equal(f->decoded.len, 5);
	assert_false(f->undecodable);
	arena_free(a);
}

static void
test_folds_go(void **state)
{
	struct arena *a = arena_new();
	const struct header_text *f = forms_of(a, "one\n two\r\n\tthree\n", true);

	(void)state;
	assert_string_equal(f->decoded.text, "one two three");
	assert_int_equal(f->decoded.len, strlen(f->decoded.text));
	assert_string_equal(forms_of(a, "\n", false)->unfolded.text, "");
	arena_free(a);
}

/* People see no blanks at the ends, and one for several; the raw value keeps them. */
static void
test_blanks_are_squeezed(void **state)
{
	static const char *const values[] = {"a b",
					     " a b",
					     "a b ",
					     "\n a b",
					     "a\n b\n ",
					     "\ta \t b",
					     "a  b",
					     "=?utf-8?Q?a_?= b",
					     "a =?utf-8?Q?=0A=09b?="};
	struct arena *a = arena_new();
	struct text_form tried[2];
	const struct header_text *f;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		f = forms_of(a, values[i], true);
		assert_string_equal(f->decoded.text, "a b");
		assert_int_equal(f->decoded.len, 3);
	}
	assert_string_equal(forms_of(a, " \n\t", true)->decoded.text, "");
	assert_string_equal(forms_of(a, "\n a\n  b ", false)->unfolded.text, " a  b ");
	f = forms_of(a, "\n  =?x-none?Q?a?=\n  b", true);
	assert_int_equal(header_text_candidates(f, true, tried), 2);
	assert_string_equal(tried[1].text, "=?x-none?Q?a?= b");
	arena_free(a);
}

static void
test_words(void **state)
{
	struct arena *a = arena_new();
	const char *word = "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n you";
	struct header h = {.name = "Subject", .value = word};
	const struct header_text *f = header_text(a, &h, true);
	struct text_form tried[2];

	(void)state;
	assert_string_equal(f->decoded.text, "Gr\xc3\xbc\xc3\x9f"
					     "e you");
	assert_null(f->unfolded.text); /* not asked for */
	assert_int_equal(header_text_candidates(f, true, tried), 1);
	assert_ptr_equal(header_text(a, &h, false), f);
	assert_string_equal(f->unfolded.text, "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= you");
	assert_int_equal(f->unfolded.len, strlen(f->unfolded.text));
	/* Though both are there now, only the one that is asked for is a candidate. */
	assert_int_equal(header_text_candidates(f, true, tried), 1);
	assert_ptr_equal(tried[0].text, f->decoded.text);
	assert_int_equal(header_text_candidates(f, false, tried), 1);
	assert_ptr_equal(tried[0].text, f->unfolded.text);
	arena_free(a);
}

static void
test_undecodable_has_both(void **state)
{
	struct arena *a = arena_new();
	const struct header_text *f = forms_of(a, "=?x-none?Q?=E4?= =?UTF-8?Q?=C3=BC?=", true);
	struct text_form tried[2];

	(void)state;
	assert_true(f->undecodable);
	assert_non_null(f->decoded.text);
	assert_string_equal(f->unfolded.text, "=?x-none?Q?=E4?= =?UTF-8?Q?=C3=BC?=");
	assert_int_equal(header_text_candidates(f, true, tried), 2);
	assert_ptr_equal(tried[1].text, f->unfolded.text);
	arena_free(a);
}

/* Once for all rules and policies; again when the value was changed, or changed back. */
static void
test_made_once_for_a_value(void **state)
{
	struct arena *a = arena_new();
	struct message m = {0};
	struct header *h;
	const char *text;
	size_t mark;

	(void)state;
	message_begin(&m, a);
	message_receive_header(&m, "Subject", "=?UTF-8?Q?=C3=BC?=", true);
	h = message_nth_header(&m, "subject", 1);
	text = header_text(a, h, true)->decoded.text;
	assert_string_equal(text, "\xc3\xbc");
	assert_ptr_equal(header_text(a, h, true)->decoded.text, text);
	mark = message_mark(&m);
	message_change_header(&m, h, "new");
	assert_string_equal(header_text(a, h, true)->decoded.text, "new");
	message_restore(&m, mark);
	assert_string_equal(header_text(a, h, true)->decoded.text, "\xc3\xbc");
	message_free(&m);
	arena_free(a);
}

static void
test_names(void **state)
{
	struct arena *a = arena_new();
	struct header plain = {.name = "X-A", .value = ""},
		      odd = {.name = "X\xff", .value = ""};

	(void)state;
	assert_ptr_equal(header_text_of_name(a, &plain)->name.text, plain.name);
	assert_string_equal(header_text_of_name(a, &odd)->name.text, "X\xef\xbf\xbd");
	assert_int_equal(header_text_of_name(a, &odd)->name.len, 4);
	arena_free(a);
}

static void
expect_subjects(const char *value, struct header_subject subject, const char *expected)
{
	struct arena *a = arena_new();
	struct header *h = arena_zalloc(a, sizeof(*h));
	struct header_subjects got, again;
	struct buf out = {0};

	h->name = "From";
	h->value = value;
	header_subjects(a, h, subject, &got);
	for (size_t i = 0; i < got.n; i++) {
		assert_int_equal(strlen(got.form[i].text), got.form[i].len);
		buf_printf(&out, "%s%s", i > 0 ? "|" : "", got.form[i].text);
	}
	assert_string_equal(buf_string(&out), expected);
	header_subjects(a, h, subject, &again);
	assert_int_equal(again.n, got.n);
	for (size_t i = 0; i < got.n; i++)
		assert_ptr_equal(again.form[i].text, got.form[i].text);
	buf_free(&out);
	arena_free(a);
}

static void
test_subjects(void **state)
{
	const char *two = " Jane\n Boss <J@EVIL.example>, =?utf-8?Q?J=C3=B6?= <joe>";
	const char *odd = "=?x-none?Q?A=C4?= <a@b.example>";

	(void)state;
	expect_subjects(two, (struct header_subject){MATCH_ON_VALUE, true, false},
			"Jane Boss <J@EVIL.example>, Jö <joe>");
	expect_subjects(two, (struct header_subject){MATCH_ON_VALUE, true, true},
			"jane boss <j@evil.example>, jö <joe>");
	expect_subjects(two, (struct header_subject){MATCH_ON_VALUE, false, true},
			"jane boss <j@evil.example>, =?utf-8?q?j=c3=b6?= <joe>");
	expect_subjects(two, (struct header_subject){MATCH_ON_LINE, true, true},
			"from: jane boss <j@evil.example>, jö <joe>");
	expect_subjects(two, (struct header_subject){MATCH_ON_ADDRESS, true, false},
			"J@evil.example|joe");
	expect_subjects(two, (struct header_subject){MATCH_ON_DOMAIN, true, false},
			"evil.example");
	expect_subjects(two, (struct header_subject){MATCH_ON_NAME, true, false},
			"Jane Boss|Jö");
	expect_subjects(two, (struct header_subject){MATCH_ON_NAME, true, true},
			"jane boss|jö");
	expect_subjects(odd, (struct header_subject){MATCH_ON_NAME, true, true},
			"aä|=?x-none?q?a=c4?=");
	expect_subjects("", (struct header_subject){MATCH_ON_NAME, true, true}, "");
	expect_subjects("", (struct header_subject){MATCH_ON_VALUE, true, true}, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_is_not_copied),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_folds_go),
		cmocka_unit_test(test_blanks_are_squeezed),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_undecodable_has_both),
		cmocka_unit_test(test_made_once_for_a_value),
		cmocka_unit_test(test_names),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* content/field_edit: texts that are replaced in values of fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "content/field_edit.h"
#include "mime/words.h"
#include "util/buf.h"

struct sample {
	const char *what, *value, *old, *new, *expected; /* expected NULL: not changed */
};

static size_t failures;

/* Replaces each `old` of the text. */
static void
replace_all(const char *name, bool decode, const struct sample *t)
{
	struct field_edits e;
	struct buf out = {0};
	const char *at;

	field_edits_begin(&e, name, t->value, decode);
	at = (const char *)e.text.data;
	while ((at = strstr(at, t->old)) != NULL) {
		size_t from = (size_t)(at - (const char *)e.text.data);

		field_edit_add(&e, from, from + strlen(t->old));
		field_edit_put(&e, t->new, strlen(t->new));
		at += strlen(t->old);
	}
	if (!field_edits_write(&e, &out)) {
		failures += t->expected != NULL;
		if (t->expected != NULL)
			print_error("%s: not changed\n", t->what);
	} else if (t->expected == NULL || strcmp(buf_string(&out), t->expected) != 0) {
		failures++;
		print_error("%s: '%s'\n", t->what, buf_string(&out));
	}
	field_edits_free(&e);
	buf_free(&out);
}

static void
check_samples(const char *name, bool decode, const struct sample *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		replace_all(name, decode, &t[i]);
	assert_int_equal(failures, 0);
}

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
test_text(void **state)
{
	static const struct sample t[] = {
		{"ascii", "a bc d", "bc", "x", "a x d"},
		{"all", "a b a b a", "a", "c", "c b c b c"},
		{"folds and blanks stay", "a\n  b  c\t\n d", "b", "x", "a\n  x  c\t\n d"},
		{"over a fold", "a b\n  c d", "b c", "x", "a x d"},
		{"the same", "a b", "a", "a", NULL},
		{"to nothing", "[X] a", "[X] ", "", "a"},
		{"to nothing, in front", "[X] a", "[X]", "", "a"},
		{"a folded line", "a\n b\n c", "b", "", "a\n c"},
		{"the last folded line", "a\n b", "b", "", "a"},
		{"in front, folded", "\n <a>", "a", "b", "\n <b>"},
		{"other", "gr u\n n", "u", "ü", "gr =?UTF-8?B?w7w=?=\n n"},
		{"other, in a piece", "a grun b", "u", "ü", "a =?UTF-8?B?Z3LDvG4=?= b"},
		{"raw 8-bit", "gr\xfcn blau", "blau", "rot", "gr\xfcn rot"},
		{"raw 8-bit, replaced", "gr\xfcn blau", "ü", "u", "grun blau"},
		{"looks like a word", "a b c", "b",
		 "=?x?Q?y?=", "a =?UTF-8?B?PT94P1E/eT89?= c"},
	};

	(void)state;
	check_samples("Subject", true, t, N(t));
}

static void
test_words(void **state)
{
	static const struct sample t[] = {
		{"in a word", "x\n =?iso-8859-1?Q?gr=FCn?= y", "ü", "ö",
		 "x\n =?UTF-8?B?Z3LDtm4=?= y"},
		{"ascii in a word", "=?utf-8?B?Y2F0?= x", "cat", "dog", "=?UTF-8?Q?dog?= x"},
		{"other words stay", "=?utf-8?q?a?=  =?utf-8?q?b?=\n =?utf-8?q?c?=", "b", "x",
		 "=?utf-8?q?a?=  =?UTF-8?Q?x?=\n =?utf-8?q?c?="},
		{"two words", "=?utf-8?q?a?= =?utf-8?q?b?= =?utf-8?q?c?=", "bc", "x",
		 "=?utf-8?q?a?= =?UTF-8?Q?x?="},
		{"a shared character", "=?utf-8?q?a=C3?= =?utf-8?q?=BCb?= =?utf-8?q?c?=", "ü",
		 "u", "=?UTF-8?Q?aub?= =?utf-8?q?c?="},
		{"a shared quantum", "=?utf-8?B?d2?= =?utf-8?B?lu?=", "i", "o",
		 "=?UTF-8?Q?won?="},
		{"beside words", "=?utf-8?q?a?= b =?utf-8?q?c?=", "b", "x",
		 "=?utf-8?q?a?= x =?utf-8?q?c?="},
		{"other beside words", "=?utf-8?q?a?= b =?utf-8?q?c?=", "b", "ü",
		 "=?utf-8?q?a?= =?UTF-8?Q?_=C3=BC_?= =?utf-8?q?c?="},
		{"gone between words", "=?utf-8?q?a?= b =?utf-8?q?c?=", "b", "",
		 "=?utf-8?q?a?=  =?UTF-8?Q?_?= =?utf-8?q?c?="},
		{"a word goes", "x =?utf-8?q?b?= =?utf-8?q?c?= y", "b", "",
		 "x =?utf-8?q?c?= y"},
		{"the first word goes", "=?utf-8?q?b?= =?utf-8?q?c?= y", "b", "",
		 "=?utf-8?q?c?= y"},
		{"text and word", "xa =?utf-8?q?bc?= y", "a b", "-", "=?UTF-8?Q?x-c?= y"},
		{"the blank before a word", "a =?utf-8?q?b?= c", "a b", "ab",
		 "=?UTF-8?Q?ab?= c"},
		{"surplus padding", "=?UTF-8?B?YWI===?=", "b", "c", "=?UTF-8?Q?ac?="},
		{"unknown charset", "=?x-none?Q?a?= a", "a", "b", "=?x-none?Q?a?= b"},
		{"unknown encoding", "=?utf-8?X?a?= a", "a", "b", "=?utf-8?X?a?= b"},
		{"no end", "=?utf-8?Q?a a", "a", "b", "=?utf-8?Q?a b"},
		{"broken text", "=?utf-8?Q?a=FF?= a", "a", "b", "=?utf-8?Q?a=FF?= b"},
	};

	(void)state;
	check_samples("Subject", true, t, N(t));
}

static void
test_addresses(void **state)
{
	static const struct sample t[] = {
		{"all", "a@old, b@old", "old", "new", "a@new, b@new"},
		{"comma in a word", "=?utf-8?q?a=2C_b?= <c@old>", "old", "new",
		 "=?utf-8?q?a=2C_b?= <c@new>"},
		{"address in a word", "=?utf-8?q?=22B=22_=3Cb=40old=3E=2C?= <e@e>", "old",
		 "new", "=?UTF-8?B?IkIiIDxiQG5ldz4s?= <e@e>"},
		{"syntax into a word", "=?utf-8?q?a?= <e@e>", "a", "b@c,",
		 "=?UTF-8?Q?b=40c=2C?= <e@e>"},
		{"other in a phrase", "Hans Muller <h@e>", "u", "ü",
		 "Hans =?UTF-8?Q?M=C3=BCller?= <h@e>"},
		{"other in quotes", "\"Muller, \\\"Hans\" <h@e>", "u", "ü",
		 "=?UTF-8?B?TcO8bGxlciwgIkhhbnM=?= <h@e>"},
		{"ascii in quotes", "\"Muller, Hans\" <h@e>", "u", "ue",
		 "\"Mueller, Hans\" <h@e>"},
		{"other in a comment", "h@e (Muller)", "u", "ü",
		 "h@e (=?UTF-8?Q?M=C3=BCller?=)"},
		{"other in an address", "u <u@e>, u@e", "u@", "ü@", NULL},
		{"glued", "=?utf-8?q?ab?=<c@e>", "b", "c", "=?UTF-8?Q?ac?=<c@e>"},
		{"the name goes", "=?utf-8?q?ab?= <c@e>", "ab", "", "<c@e>"},
	};

	(void)state;
	check_samples("resent-to", true, t, N(t));
	check_samples("From", true, t, N(t));
}

/* '^(.*) <(.*)>$' by "$1 via l <l@l>, $2" */
static void
test_pieces_of_the_text(void **state)
{
	static const char value[] = "=?utf-8?q?a=2C_b?= <c@d>";
	struct field_edits e;
	struct buf out = {0};

	(void)state;
	field_edits_begin(&e, "From", value, true);
	assert_string_equal((const char *)e.text.data, "a, b <c@d>");
	field_edit_add(&e, 0, 10);
	field_edit_put_text(&e, 0, 4);
	field_edit_put(&e, " via l <l@l>, ", 14);
	field_edit_put_text(&e, 6, 9);
	assert_true(field_edits_write(&e, &out));
	assert_string_equal(buf_string(&out), "=?UTF-8?Q?a=2C_b?= via l <l@l>, c@d");
	field_edits_free(&e);
	buf_free(&out);
}

static void
test_raw(void **state)
{
	static const struct sample t[] = {
		{"word", "=?utf-8?q?a?=  b", "?q?a?", "?q?b?", "=?utf-8?q?b?=  b"},
		{"blanks", " a  b ", "a  b", "c", " c "},
	};

	(void)state;
	check_samples("Subject", false, t, N(t));
}

static void
test_long_lines(void **state)
{
	char value[1300] = "<";
	struct field_edits e;
	struct buf out = {0};

	(void)state;
	memset(value + 1, 'x', 1200);
	memcpy(value + 1201, "@old>", 6);
	field_edits_begin(&e, "Message-ID", value, true);
	field_edit_add(&e, 1202, 1205);
	field_edit_put(&e, "new", 3);
	assert_true(field_edits_write(&e, &out));
	memcpy(value + 1202, "new", 3);
	assert_string_equal(buf_string(&out), value);
	field_edits_free(&e);
	memset(value, 'x', 600);
	value[600] = ' ';
	value[700] = '\0';
	field_edits_begin(&e, "Subject", value, true);
	field_edit_add(&e, 601, 602);
	memset(value + 800, 'y', 450);
	field_edit_put(&e, value + 800, 450);
	assert_true(field_edits_write(&e, &out));
	assert_memory_equal(out.data + 599, "x\n yy", 5);
	field_edits_free(&e);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	  cmocka_unit_test(test_words),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_pieces_of_the_text),
		cmocka_unit_test(test_raw),	  cmocka_unit_test(test_long_lines),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

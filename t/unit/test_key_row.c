/* import/key_row: tables of keys, and those of networks with if and endif. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "import/key_row.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/buf.h"

typedef struct key_row *read_rows_fn(struct arena *arena, const struct source *s, size_t *n);

/* A line for each row: LINE OUTCOME key|value. */
static void
expect_key_rows(read_rows_fn *read, const char *text, const char *expected)
{
	struct arena *arena = arena_new();
	struct source s = {"access", arena_strdup(arena, text), strlen(text)};
	struct buf out = {0};
	size_t n = 0;
	const struct key_row *rows = read(arena, &s, &n);

	for (size_t i = 0; i < n; i++) {
		assert_true((rows[i].reason == NULL) == (rows[i].outcome == OUTCOME_EXACT));
		buf_printf(&out, "%u %d %s|%s\n", rows[i].line, (int)rows[i].outcome,
			   rows[i].key, rows[i].value);
	}
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	arena_free(arena);
}

static void
test_keys(void **state)
{
	(void)state;
	expect_key_rows(key_rows_read,
			"\xef\xbb\xbf# comment\r\n"
			"a@example.com\tREJECT no \r\n"
			"\r\n"
			"b.example\n"
			"c.example  550\n"
			"# in between\n"
			"   and more\n"
			"A@Example.com OK\n",
			"2 0 a@example.com|REJECT no\n"
			"4 1 b.example|\n"
			"5 0 c.example|550   and more\n"
			"8 1 A@Example.com|OK\n");
	expect_key_rows(key_rows_read, "", "");
}

/* A row without effect does not take the place of a later one with its key; two spellings of
 * one key cannot be in a table of ours. */
static void
test_same_keys(void **state)
{
	(void)state;
	expect_key_rows(key_rows_read, " a.example A\na.example\na.example B\nA.EXAMPLE C\n",
			"1 1 |a.example A\n2 1 a.example|\n3 0 a.example|B\n"
			"4 1 A.EXAMPLE|C\n");
	expect_key_rows(key_rows_read,
			"b\xc3\xbc"
			"cher.example A\nxn--bcher-kva.example B\nb\xc3\xbc"
			"cher.example C\n",
			"1 0 b\xc3\xbc"
			"cher.example|A\n2 3 xn--bcher-kva.example|B\n3 1 b\xc3\xbc"
			"cher.example|C\n");
}

/* The first line of a file can be one that Postfix does not know. */
static void
test_first_line(void **state)
{
	(void)state;
	expect_key_rows(network_rows_read, " 192.0.2.1 A\n192.0.2.2 B\n",
			"1 1 |192.0.2.1 A\n2 0 192.0.2.2|B\n");
	expect_key_rows(key_rows_read,
			"\xef\xbb\xbf"
			"a.example A\nb.example B\n",
			"1 1 a.example|A\n2 0 b.example|B\n");
}

/* "if" is followed by any character but a letter or a digit, then by all of the line. */
static void
test_if_of_networks(void **state)
{
	(void)state;
	expect_key_rows(network_rows_read,
			"if!10.0.0.0/8\n10.1.0.0/16 A\nendif;\n"
			"if[10.0.0.0]/8\n::/0 B\nendif\n"
			"if 10.0.0.0/8 REJECT\n192.0.2.1 C\nendif\n",
			"2 1 10.1.0.0/16|A\n5 1 ::/0|B\n7 1 if|10.0.0.0/8 REJECT\n"
			"8 0 192.0.2.1|C\n");
}

static void
test_networks(void **state)
{
	(void)state;
	expect_key_rows(network_rows_read,
			"192.0.2.0/24 REJECT no\n"
			"192.0.2.7 OK\n"
			"192.0.2.7/32 REJECT\n"
			"[2001:db8::]/32 OK\n"
			"192.0.2.1/24 OK\n"
			"example.com OK\n"
			"!10.0.0.0/8 OK\n"
			"10.0.0.0/8\n",
			"1 0 192.0.2.0/24|REJECT no\n"
			"2 0 192.0.2.7|OK\n"
			"3 1 192.0.2.7/32|REJECT\n"
			"4 0 2001:db8::/32|OK\n"
			"5 1 192.0.2.1/24|OK\n"
			"6 1 example.com|OK\n"
			"7 3 10.0.0.0/8|OK\n"
			"8 1 10.0.0.0/8|\n");
}

static void
test_nested_networks(void **state)
{
	(void)state;
	expect_key_rows(network_rows_read,
			"if 10.0.0.0/8\n"
			"10.1.0.0/16 A\n"
			"0.0.0.0/0 B\n"
			"192.0.2.1 C\n"
			"if !10.2.0.0/16\n"
			"10.3.0.0/16 D\n"
			"10.2.1.0/24 E\n"
			"10.0.0.0/8 F\n"
			"endif\n"
			"ENDIF\n"
			"if x\n"
			"192.0.2.2 G\n"
			"endif\n",
			"2 0 10.1.0.0/16|A\n"
			"3 0 10.0.0.0/8|B\n"
			"4 1 192.0.2.1|C\n"
			"6 0 10.3.0.0/16|D\n"
			"7 1 10.2.1.0/24|E\n"
			"8 3 10.0.0.0/8|F\n"
			"11 1 if|x\n"
			"12 0 192.0.2.2|G\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),	   cmocka_unit_test(test_same_keys),
		cmocka_unit_test(test_first_line), cmocka_unit_test(test_if_of_networks),
		cmocka_unit_test(test_networks),   cmocka_unit_test(test_nested_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

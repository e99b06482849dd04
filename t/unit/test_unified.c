/* ctl/unified: the difference of two texts is right, and the same as that of diff -u. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/unified.h"
#include "util/buf.h"

static void
expect(const char *a, const char *b, bool colour, const char *expected)
{
	const struct unified_text old = {"a", a, strlen(a)}, new = {"b", b, strlen(b)};
	struct buf out = {0};

	unified_write(&old, &new, colour, &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_some(void **state)
{
	(void)state;
	expect("x\n", "x\n", false, "");
	expect("", "", false, "");
	expect("", "x\n", false, "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n");
	expect("x\n", "", false, "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n");
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n", false,
	       "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
	expect("a\033[1m\n", "b\xff\t<\"\n", false,
	       "--- a\n+++ b\n@@ -1,1 +1,1 @@\n-a\\x1b[1m\n+b\\xff\t<\"\n");
	expect("a\n", "b\n", true,
	       "--- a\n+++ b\n\033[36m@@ -1,1 +1,1 @@\033[m\n\033[31m-a\033[m\n"
	       "\033[32m+b\033[m\n");
}

/* Two hunks when more than six unchanged lines lie between; else one. */
static void
test_hunks(void **state)
{
	(void)state;
	expect("x\n1\n2\n3\n4\n5\n6\ny\n", "1\n2\n3\n4\n5\n6\n", false,
	       "--- a\n+++ b\n@@ -1,8 +1,6 @@\n-x\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n");
	expect("x\n1\n2\n3\n4\n5\n6\n7\ny\n", "1\n2\n3\n4\n5\n6\n7\n", false,
	       "--- a\n+++ b\n@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-y\n");
}

/* Applies the hunks of a difference to text a; it must give b. */
static void
apply(const char *a, const char *diff, struct buf *out)
{
	const char *at = a;
	size_t line = 1, from = 0;

	for (const char *p = diff; *p != '\0'; p = strchr(p, '\n') + 1) {
		size_t n = strcspn(p, "\n");

		if (strncmp(p, "---", 3) == 0 || strncmp(p, "+++", 3) == 0)
			continue;
		if (*p == '@') {
			from = strtoul(p + 4, NULL, 10);
			for (; line < from; line++) {
				size_t len = strcspn(at, "\n") + 1;

				buf_append(out, at, len);
				at += len;
			}
			continue;
		}
		if (*p != '+') {
			assert_memory_equal(at, p + 1, n - 1);
			at += n;
			line++;
		}
		if (*p != '-') {
			buf_append(out, p + 1, n - 1);
			buf_putc(out, '\n');
		}
	}
	buf_puts(out, at);
}

static void
make_text(struct buf *b, unsigned *seed, size_t lines, unsigned letters)
{
	for (size_t i = 0; i < lines; i++) {
		*seed = *seed * 1103515245u + 12345u;
		buf_putc(b, (unsigned char)('a' + (*seed >> 16) % letters));
		buf_putc(b, '\n');
	}
}

static void
test_random(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (size_t round = 0; round < 500; round++) {
		struct buf a = {0}, b = {0}, diff = {0}, got = {0};

		make_text(&a, &seed, round % 23, 2 + (unsigned)round % 5);
		make_text(&b, &seed, round % 19, 2 + (unsigned)round % 5);
		unified_write(&(struct unified_text){"a", buf_string(&a), a.len},
			      &(struct unified_text){"b", buf_string(&b), b.len}, false, &diff);
		apply(buf_string(&a), buf_string(&diff), &got);
		assert_string_equal(buf_string(&got), buf_string(&b));
		buf_free(&a);
		buf_free(&b);
		buf_free(&diff);
		buf_free(&got);
	}
}

/* More edits than are looked for: all lines in between are replaced. */
static void
test_texts_that_differ_everywhere(void **state)
{
	struct buf a = {0}, b = {0}, diff = {0}, got = {0};

	(void)state;
	buf_puts(&a, "same\n");
	buf_puts(&b, "same\n");
	for (size_t i = 0; i < 5000; i++) {
		buf_printf(&a, "a%zu\n", i);
		buf_printf(&b, "b%zu\n", i);
	}
	unified_write(&(struct unified_text){"a", buf_string(&a), a.len},
		      &(struct unified_text){"b", buf_string(&b), b.len}, false, &diff);
	apply(buf_string(&a), buf_string(&diff), &got);
	assert_string_equal(buf_string(&got), buf_string(&b));
	buf_free(&a);
	buf_free(&b);
	buf_free(&diff);
	buf_free(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_hunks),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_texts_that_differ_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

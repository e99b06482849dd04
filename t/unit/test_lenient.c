/* mime/lenient: blocks of header lines, and what programs may read out of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "mime/lenient.h"
#include "util/arena.h"
#include "util/buf.h"

/* All blocks of s, each as its lines and the first bytes of its two contents:
 * "lines[abc][def]". */
static void
check_blocks(const char *s, const char *expected)
{
	size_t len = strlen(s);
	struct lenient_block b;
	struct buf out = {0};

	for (size_t at = 0; lenient_next_block(s, len, at, &b); at = b.lines.to) {
		assert_true(b.lines.from >= at && b.lines.to > b.lines.from);
		assert_true(b.body[0] >= b.lines.from && b.body[0] <= len);
		buf_append(&out, s + b.lines.from, b.lines.to - b.lines.from);
		buf_printf(&out, "[%.3s][%.3s]", s + b.body[0], s + b.body[1]);
	}
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_blocks(void **state)
{
	(void)state;
	check_blocks("", "");
	check_blocks("a: b\nContent-Type: x\n y\nc: d\n\nbody",
		     "Content-Type: x\n y\nc: d\n[bod][bod]");
	check_blocks("\tcontent-DISPOSITION: x\r\n\r\nbody",
		     "\tcontent-DISPOSITION: x\r\n[bod][bod]");
	check_blocks("x\rContent-Type: y\r\rbody\r", "Content-Type: y\r[bod][bod]");
	check_blocks("Content-Type: x\nbad line\nContent-Type: y\n\nbody",
		     "Content-Type: x\nbad line\nContent-Type: y\n[bod][bad]");
	check_blocks("Content-Type: x\n--b\nContent-Type: y\n\nz",
		     "Content-Type: x\n[--b][--b]Content-Type: y\n[z][z]");
	check_blocks("Content-Type: x", "Content-Type: x[][]");
}

static void
test_dashes(void **state)
{
	(void)state;
	assert_int_equal(lenient_next_dashes("a--\n--b", 7, 0), 4);
	assert_int_equal(lenient_next_dashes("a\r--b", 5, 0), 2);
	assert_int_equal(lenient_next_dashes("a\n-b", 4, 0), 4);
	assert_int_equal(lenient_next_dashes("--", 2, 0), 0);
}

/* What a block may mean: "name|name| type type attachment conflict more". */
static void
check_headers(const char *lines, size_t len, const char *expected)
{
	struct arena *arena = arena_new();
	struct lenient_headers c;
	struct buf out = {0};

	lenient_read_headers(lines, len, NULL, arena, &c);
	for (size_t i = 0; i < c.n_names; i++)
		buf_printf(&out, "%s|", c.names[i]);
	for (size_t i = 0; i < c.n_types; i++)
		buf_printf(&out, " %s", c.types[i]);
	buf_puts(&out, c.is_attachment ? " attachment" : "");
	buf_puts(&out, c.is_conflicting ? " conflict" : "");
	buf_puts(&out, c.has_more ? " more" : "");
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	arena_free(arena);
}

#define CHECK(lines, expected) check_headers(lines, strlen(lines), expected)

static void
test_headers(void **state)
{
	(void)state;
	(void)charset_open_all();
	CHECK("Content-Type: A/B; name=x\r\n", "x| a/b");
	CHECK("Content-Disposition: inline; filename=x\r\n", "x| text/plain");
	CHECK("Content-Disposition: attachment\r\n", " text/plain attachment");
	CHECK("Content-Type: a/b\r\nContent-Type: a/b\r\n", " a/b");
	CHECK("Content-Type: \"A/B\"; x=y\r\n", "  a/b");
	CHECK("Content-Type: a/b\r\nContent-Type: a/c\r\n", " a/b a/c conflict");
	CHECK("Content-Type: a/b; name=x\rContent-Type: a/b; name=y\r", "x|y| a/b conflict");
	CHECK("X: file name = \"a;b\"\r\n", "a|a;b| text/plain");
}

static void
test_raw_names(void **state)
{
	(void)state;
	/* a quote that is not closed, a comment, a name in a value */
	CHECK("Content-Type: a/b; name=\"x.exe; y.txt\r\n", "x.exe|x.exe; y.txt| a/b");
	CHECK("Content-Type: a/b; (name=x.exe)\r\n", "x.exe)|x.exe| a/b");
	CHECK("Content-Type: a/b; x=\"name=y\"\r\n", "y| a/b");
	check_headers("Content-Type: a/b; name=x\0y\r\n", 27, "xy|x\ufffdy|x| a/b");
	CHECK("Content-Type: a/b; name*=utf-8''x%00y\r\n",
	      "utf-8''x%00y|utf-8''x\ufffdy|utf-8''x|utf-8''xy|x\ufffdy|x|xy| a/b");
}

static void
test_too_much(void **state)
{
	struct buf lines = {0};
	struct arena *arena = arena_new();
	struct lenient_headers c;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_printf(&lines, "Content-Type: a/b%d; name=%d\r\n", i, i);
	lenient_read_headers(buf_string(&lines), lines.len, NULL, arena, &c);
	assert_int_equal(c.n_types, LENIENT_MAX_TYPES);
	assert_true(c.has_more);
	buf_free(&lines);
	arena_free(arena);
}

static void
test_encodings(void **state)
{
	struct arena *arena = arena_new();
	struct lenient_headers c;
	static const char two[] = "Content-Transfer-Encoding: base64\n"
				  "Content-Transfer-Encoding: 8bit\n";

	(void)state;
	lenient_read_headers("Content-Type: x/y\n", 18, NULL, arena, &c);
	assert_int_equal(c.encodings, 1u << MIME_7BIT);
	lenient_read_headers(two, strlen(two), NULL, arena, &c);
	assert_int_equal(c.encodings, 1u << MIME_BASE64 | 1u << MIME_8BIT);
	assert_true(c.is_conflicting);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),	 cmocka_unit_test(test_dashes),
		cmocka_unit_test(test_headers),	 cmocka_unit_test(test_raw_names),
		cmocka_unit_test(test_too_much), cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* rewrite/rope: a text in pieces is scanned as the same text in one piece is, and a delimiter
 * in a gap is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "joined.h"
#include "rewrite/compare.h"
#include "util/arena.h"

#define LINES 60 /* of forty bytes: long enough for a gap */

static const struct mime_limits limits = {.parts = 20, .depth = 5};
static const char mixed[] = "multipart/mixed; boundary=b";

/* Content that is long enough for a gap, with a line in the middle, where the gap will be. */
static const char *
content(struct arena *a, const char *line)
{
	const char *s = "";

	for (int i = 0; i < LINES; i++)
		s = arena_printf(a, "%s%s%s", s, i == LINES / 2 ? line : "",
				 "a line that is no delimiter of any part\r\n");
	return s;
}

static void
scan(struct arena *a, const char *const *text, size_t n, struct mime_tree *ret,
     struct mime_tree *ret_whole)
{
	struct mime_source source = {.content_type = mixed, .find_lone_cr = true};
	struct mime_rope_piece piece[8];
	struct mime_rope pieces = {piece, n, 0};
	struct buf whole = {0};

	for (size_t i = 0; i < n; i++)
		piece[i] = (struct mime_rope_piece){text[i], strlen(text[i]), i % 2 == 1};
	mime_scan_rope(a, &pieces, &source, &limits, ret);
	put_pieces(&pieces, &whole);
	source.len = whole.len;
	source.data = buf_move_to_arena(&whole, a);
	mime_scan(a, &source, &limits, ret_whole);
}

/* Scans a rope of which every second piece is content, and compares the trees. */
static void
check(const char *const *text, size_t n)
{
	struct arena *a = arena_new();
	struct mime_tree tree, whole;
	size_t gaps = 0;

	scan(a, text, n, &tree, &whole);
	assert_false(tree.has_bad_gap);
	assert_int_equal(tree.n, whole.n);
	assert_int_equal(tree.flags, whole.flags);
	for (unsigned i = 0; i < tree.n; i++) {
		const struct mime_node *x = &tree.node[i], *y = &whole.node[i];

		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->parent, y->parent);
		assert_string_equal(x->type, y->type);
		assert_true(mime_same_bytes(&tree, x->headers, &whole, y->headers));
		assert_true(mime_same_bytes(&whole, y->headers, &tree, x->headers));
		assert_true(mime_same_bytes(&tree, x->body, &whole, y->body));
		assert_true(mime_same_bytes(&whole, y->body, &tree, x->body));
	}
	for (size_t i = 0; i < tree.source.n_gaps; i++)
		gaps += tree.source.gap[i].len;
	assert_int_equal(tree.source.len + gaps, whole.source.len);
	assert_true(gaps > 0);
	arena_free(a);
}

#define HEAD "before\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
#define NEXT "\r\n--b\r\nContent-Type: image/png\r\n\r\n"
#define LAST "\r\n--b--\r\nafter\r\n"

static void
test_same(void **state)
{
	struct arena *a = arena_new();
	const char *s = content(a, "");

	(void)state;
	check((const char *[]){HEAD, s, NEXT, s, LAST}, 5);
	check((const char *[]){HEAD "x", s, "x" NEXT "pixels", "x", LAST}, 5);
	check((const char *[]){HEAD "x\r\n", s, "--b\r\n\r\n", s, LAST}, 5);
	check((const char *[]){HEAD "x\n", s, "--b--\n", "", ""}, 5);
	check((const char *[]){HEAD, "", NEXT, s, ""}, 5); /* it has no end */
	check((const char *[]){HEAD, content(a, "--bb\r\n--c--\r\n -- b\r\n"), LAST}, 3);
	check((const char *[]){HEAD, content(a, "\r--b\r\n"), LAST}, 3);  /* a lone CR */
	check((const char *[]){HEAD "\r\n--b--\r\n", "", LAST, s, s}, 5); /* behind the end */
	arena_free(a);
}

static void
check_bad_gap(const char *const *text, size_t n)
{
	struct arena *a = arena_new();
	struct mime_tree tree, whole;

	scan(a, text, n, &tree, &whole);
	assert_true(tree.source.n_gaps > 0);
	assert_true(tree.has_bad_gap);
	assert_false(whole.has_bad_gap);
	assert_false(mime_is_edit(
		&whole, &tree, arena_zalloc(a, 20 * sizeof(struct mime_change)), MIME_NO_NODE));
	assert_false(mime_is_wrapping(&whole, &tree, false));
	arena_free(a);
}

static void
test_hidden_delimiter(void **state)
{
	struct arena *a = arena_new();
	const char *s = content(a, "");

	(void)state;
	check_bad_gap((const char *[]){HEAD, content(a, "--b\r\n\r\n"), LAST}, 3);
	check_bad_gap((const char *[]){HEAD, content(a, "--b-- \r\n"), LAST}, 3);
	check_bad_gap((const char *[]){HEAD, s, NEXT, content(a, "--b\n"), LAST}, 5);
	check_bad_gap((const char *[]){"", s, HEAD, "", LAST}, 5); /* in front of all parts */
	check_bad_gap((const char *[]){"--b\r\nX: y\r\n", s, HEAD, "", LAST},
		      5); /* in fields */
	check_bad_gap((const char *[]){"--b", s, NEXT, "", LAST}, 5);
	arena_free(a);
}

/* Gaps that mime_scan_rope() does not make: directly in front of a delimiter, at the begin of a
 * body, not at the begin of a line. */
static void
test_bad_gaps(void **state)
{
	static const char text[] = "--b\r\n\r\nx\r\n\r\n--b--\r\n";
	static const struct {
		size_t at;
		bool is_bad;
	} rows[] = {{0, true},	 {4, true},  {7, true}, {8, true},
		    {10, false}, {12, true}, {14, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		const struct mime_gap gap = {rows[i].at, "line\r\n", 6};
		struct mime_tree tree;

		mime_scan(a,
			  &(struct mime_source){.data = text,
						.len = sizeof(text) - 1,
						.gap = &gap,
						.n_gaps = 1,
						.content_type = mixed},
			  &limits, &tree);
		assert_int_equal(tree.has_bad_gap, rows[i].is_bad);
		arena_free(a);
	}
}

/* One changed byte is found, in the lines that were copied and in those that are in a gap. */
static void
test_damage(void **state)
{
	struct arena *a = arena_new();
	const char *s = content(a, "");
	struct mime_tree tree, whole;

	(void)state;
	scan(a, (const char *[]){HEAD, s, LAST}, 3, &tree, &whole);
	for (size_t i = 0; i < strlen(s); i += 7) {
		char *damaged = arena_strdup(a, s);
		struct mime_tree other, unused;

		damaged[i] = '~';
		scan(a, (const char *[]){HEAD, damaged, LAST}, 3, &other, &unused);
		assert_false(
			mime_same_bytes(&tree, tree.node[1].body, &other, other.node[1].body));
	}
	scan(a, (const char *[]){HEAD, s + 40, LAST}, 3, &whole, &tree);
	assert_false(
		mime_same_bytes(&tree, tree.node[1].body, &whole, (struct mime_range){0, 0}));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_hidden_delimiter),
		cmocka_unit_test(test_bad_gaps),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

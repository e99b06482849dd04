/* rewrite/splice: edits in any order; the bytes between them stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "joined.h"
#include "rewrite/splice.h"
#include "util/arena.h"
#include "util/buf.h"

static void
check(struct splice *s, const char *want)
{
	struct buf out = {0};

	struct mime_rope pieces = splice_apply(s);

	buf_puts(&out, ">");
	put_pieces(&pieces, &out);
	assert_int_equal(pieces.len, out.len - 1);
	assert_string_equal(buf_string(&out), want);
	buf_free(&out);
}

static void
test_splice(void **state)
{
	const struct mime_tree tree = {.source = {.data = "0123456789", .len = 10}};
	struct splice s = {.arena = arena_new(), .tree = &tree};

	(void)state;
	check(&s, ">0123456789");
	splice_insert(&s, 10, "end", 3);
	splice_insert(&s, 0, "a", 1);
	splice_replace(&s, 4, 6, "xyz", 3);
	splice_insert(&s, 0, "b", 1);
	splice_delete(&s, 7, 8);
	splice_insert(&s, 7, "-", 1);
	check(&s, ">ab0123xyz6-89end");
	arena_free(s.arena);
}

static void
test_deletions_overlap(void **state)
{
	const struct mime_tree tree = {.source = {.data = "0123456789", .len = 10}};
	struct splice s = {.arena = arena_new(), .tree = &tree};

	(void)state;
	splice_delete(&s, 2, 6);
	splice_delete(&s, 3, 5);
	splice_delete(&s, 5, 8);
	splice_insert(&s, 7, "-", 1);
	check(&s, ">01-89");
	arena_free(s.arena);
}

/* More edits than the list has room for at first, from the last to the first. */
static void
test_many(void **state)
{
	char text[101], want[202] = ">";
	const struct mime_tree tree = {.source = {.data = text, .len = 100}};
	struct splice s = {.arena = arena_new(), .tree = &tree};

	(void)state;
	memset(text, '.', 100);
	text[100] = '\0';
	for (size_t i = 100; i-- > 0;) {
		splice_insert(&s, i, "x", 1);
		memcpy(want + 1 + 2 * i, "x.", 2);
	}
	check(&s, want);
	arena_free(s.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_deletions_overlap),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

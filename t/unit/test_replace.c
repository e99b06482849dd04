/* rewrite/replace: parts that are replaced, and results that the check must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "joined.h"
#include "rewrite/replace.h"
#include "util/arena.h"
#include "util/buf.h"

#define HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define NEW  "X: y\r\n\r\nnotice"
#define PART(n)                                                                                \
	(struct mime_new_part)                                                                 \
	{                                                                                      \
		(n), NEW, strlen(NEW), MIME_PART_REPLACED                                      \
	}

#define TEXT(s)                                                                                \
	{                                                                                      \
		1, (s), sizeof(s) - 1, MIME_PART_REPLACED                                      \
	}

static const struct mime_limits limits = {.parts = 20, .depth = 5};

static void
scan(struct arena *arena, const char *s, struct mime_tree *ret)
{
	struct mime_source source = {.data = s,
				     .len = strlen(s),
				     .has_header = true,
				     .into_messages = true,
				     .find_lone_cr = true};

	mime_scan(arena, &source, &limits, ret);
}

static void
check(const char *before, const struct mime_new_part *parts, size_t n, const char *after)
{
	struct arena *arena = arena_new();
	struct mime_rope done = {.n = 0};
	struct mime_tree tree;
	struct buf out = {0};
	int r;

	scan(arena, before, &tree);
	r = mime_replace_parts(&tree, &limits, parts, n, arena, &done);
	assert_int_equal(r, after == NULL ? -EINVAL : 0);
	put_pieces(&done, &out);
	assert_string_equal(buf_string(&out), after == NULL ? "" : after);
	buf_free(&out);
	arena_free(arena);
}

static void
test_one(void **state)
{
	struct mime_new_part part = PART(2);

	(void)state;
	check(HEAD "pre\r\n--b\r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n\r\n--b--\r\nepi", &part,
	      1, HEAD "pre\r\n--b\r\n\r\none\r\n--b\r\n" NEW "\r\n--b--\r\nepi");
}

static void
test_several(void **state)
{
	struct mime_new_part parts[] = {PART(1), PART(3)};

	(void)state;
	check(HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b--\r\n", parts, 2,
	      HEAD "--b\r\n" NEW "\r\n--b\r\n\r\n2\r\n--b\r\n" NEW "\r\n--b--\r\n");
}

static void
test_empty(void **state)
{
	struct mime_new_part parts[] = {PART(1), PART(2)};

	(void)state;
	check(HEAD "--b\r\n\r\n--b\r\nA: b\r\n\r\n--b--\r\n", parts, 2,
	      HEAD "--b\r\n" NEW "\r\n--b\r\n" NEW "\r\n--b--\r\n");
}

/* In a body with LF line ends the old line ends stay. */
static void
test_lf(void **state)
{
	struct mime_new_part part = PART(1);

	(void)state;
	check("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b\n\n2\n--b--\n", &part,
	      1,
	      "Content-Type: multipart/mixed; boundary=b\n\n--b\n" NEW "\n--b\n\n2\n--b--\n");
}

static void
test_container(void **state)
{
	struct mime_new_part part = PART(1);

	(void)state;
	check(HEAD "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n1\r\n"
		   "--c--\r\n--b\r\n\r\n2\r\n--b--\r\n",
	      &part, 1, HEAD "--b\r\n" NEW "\r\n--b\r\n\r\n2\r\n--b--\r\n");
	check(HEAD "--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\n1\r\n--b--\r\n",
	      &part, 1, HEAD "--b\r\n" NEW "\r\n--b--\r\n");
}

static void
test_inside(void **state)
{
	struct mime_new_part in_message = PART(2), in_last = PART(1);

	(void)state;
	check(HEAD "--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\n1\r\n--b--\r\n",
	      &in_message, 1,
	      HEAD "--b\r\nContent-Type: message/rfc822\r\n\r\n" NEW "\r\n--b--\r\n");
	check("Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n1\r\n", &in_last, 1,
	      "Content-Type: message/rfc822\r\n\r\n" NEW "\r\n");
}

#define CHANGE(n, c)                                                                           \
	(struct mime_new_part)                                                                 \
	{                                                                                      \
		(n), NEW, strlen(NEW), MIME_PART_##c                                           \
	}

static void
test_removed(void **state)
{
	struct mime_new_part first = CHANGE(1, REMOVED), last = CHANGE(2, REMOVED);

	(void)state;
	check(HEAD "pre\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\nepi", &first, 1,
	      HEAD "pre\r\n--b\r\n\r\n2\r\n--b--\r\nepi");
	check(HEAD "pre\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\nepi", &last, 1,
	      HEAD "pre\r\n--b\r\n\r\n1\r\n--b--\r\nepi");
	check(HEAD "--b\r\n\r\n--b\r\n\r\n--b--\r\n", &first, 1, HEAD "--b\r\n\r\n--b--\r\n");
	check(HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n", &last, 1, HEAD "--b\r\n\r\n1");
	check(HEAD "--b\n\n1\n--b\n\n2", &last, 1, HEAD "--b\n\n1");
	check(HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2", &first, 1, HEAD "--b\r\n\r\n2");
	/* All of them: then it is no multipart any more. */
	check(HEAD "--b\r\n\r\n1\r\n--b--\r\n", &first, 1, NULL);
}

static void
test_added(void **state)
{
	struct mime_new_part first = CHANGE(1, ADDED), last = CHANGE(2, ADDED);

	(void)state;
	check(HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n", &first, 1,
	      HEAD "--b\r\n\r\n1\r\n--b\r\n" NEW "\r\n--b\r\n\r\n2\r\n--b--\r\n");
	check(HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n", &last, 1,
	      HEAD "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n" NEW "\r\n--b--\r\n");
	check(HEAD "--b\r\n\r\n--b--\r\n", &first, 1,
	      HEAD "--b\r\n\r\n--b\r\n" NEW "\r\n--b--\r\n");
	/* not closed */
	check(HEAD "--b\r\n\r\n1", &first, 1, HEAD "--b\r\n\r\n1\r\n--b\r\n" NEW "\r\n");
	check(HEAD "--b\r\n\r\n1\r\n", &first, 1,
	      HEAD "--b\r\n\r\n1\r\n\r\n--b\r\n" NEW "\r\n");
}

/* In one message, and given in another order. */
static void
test_all_changes(void **state)
{
	struct mime_new_part parts[] = {CHANGE(1, ADDED), CHANGE(4, REPLACED),
					CHANGE(3, REMOVED)};
	const char *text = HEAD "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
				"--c\r\n\r\n1\r\n--c\r\n\r\n2\r\n--c--\r\n"
				"--b\r\n\r\n3\r\n--b--\r\n";
	struct arena *arena = arena_new();
	struct mime_tree tree;

	(void)state;
	scan(arena, text, &tree);
	mime_sort_changes(&tree, parts, 3);
	check(text, parts, 3,
	      HEAD "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
		   "--c\r\n\r\n1\r\n--c--\r\n"
		   "--b\r\n" NEW "\r\n--b\r\n" NEW "\r\n--b--\r\n");
	arena_free(arena);
}

static void
test_refused(void **state)
{
	struct mime_new_part part = PART(1);
	struct mime_new_part delimiter = TEXT("X: y\r\n\r\n--b\r\n\r\nx");
	struct mime_new_part closing = TEXT("X: y\r\n\r\n\r\n--b--\r\n");
	struct mime_new_part no_blank = TEXT("X: y");
	struct mime_new_part multipart =
		TEXT("Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n");

	(void)state;
	check(HEAD "--b\r\nx\r\n\r\n1\r\n--b--\r\n", &part, 1, NULL);	 /* irregular before */
	check(HEAD "--b\r\n\r\n1", &part, 1, HEAD "--b\r\n" NEW "\r\n"); /* not closed */
	check(HEAD "--b", &part, 1, HEAD "--b\r\n" NEW "\r\n");		 /* nor is the line */
	check(HEAD "--b\r\n\r\n1\r\n--b--\r\n", &delimiter, 1, NULL);
	check(HEAD "--b\r\n\r\n1\r\n--b--\r\n", &closing, 1, NULL);
	check(HEAD "--b\r\n\r\n1\r\n--b--\r\n", &no_blank, 1, NULL);
	check(HEAD "--b\r\n\r\n1\r\n--b--\r\n", &multipart, 1, NULL);
}

/* The check itself: one changed byte is found wherever it is. */
static void
test_damage(void **state)
{
	const char *before =
		HEAD "pre\r\n--b\r\nA: b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nepi";
	const char *after =
		HEAD "pre\r\n--b\r\nA: b\r\n\r\none\r\n--b\r\n" NEW "\r\n--b--\r\nepi";
	struct mime_new_part part = PART(2);
	struct arena *arena = arena_new();
	struct mime_tree a, b;

	(void)state;
	scan(arena, before, &a);
	scan(arena, after, &b);
	assert_true(mime_is_replaced(&a, &b, &part, 1));
	for (size_t i = 0; i < strlen(after); i++) {
		char *damaged = arena_strdup(arena, after);

		damaged[i] = damaged[i] == '~' ? '!' : '~';
		scan(arena, damaged, &b);
		if (damaged[i] != after[i])
			assert_false(mime_is_replaced(&a, &b, &part, 1));
	}
	scan(arena, before, &b);
	assert_false(mime_is_replaced(&a, &b, &part, 1));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),	    cmocka_unit_test(test_several),
		cmocka_unit_test(test_empty),	    cmocka_unit_test(test_lf),
		cmocka_unit_test(test_container),   cmocka_unit_test(test_inside),
		cmocka_unit_test(test_removed),	    cmocka_unit_test(test_added),
		cmocka_unit_test(test_all_changes), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

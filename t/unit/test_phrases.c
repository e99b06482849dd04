/* match/phrases: many phrases in one pass, whole words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "charset/word_bound.h"
#include "linear.h"
#include "match/phrases.h"
#include "util/arena.h"
#include "util/buf.h"

#define MAX_PHRASES 40u

/* Hits as "number:from-to ". */
static bool
put_hit(void *ctx, size_t phrase, size_t from, size_t to, bool whole)
{
	buf_printf(ctx, whole ? "%zu:%zu-%zu " : "%zu:%zu-%zu! ", phrase, from, to);
	return true;
}

static struct phrases *
build_from_words(struct arena *arena, const char *const *words, size_t n)
{
	struct phrase list[MAX_PHRASES];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct phrase){words[i], strlen(words[i]), false};
	return phrases_build(arena, list, n);
}

static void
check_hits(const char *const *words, size_t n, const char *text, const char *wanted)
{
	struct arena *arena = arena_new();
	struct phrases *p = build_from_words(arena, words, n);
	struct buf out = {0};

	phrases_search(p, text, strlen(text), put_hit, &out);
	assert_string_equal(buf_string(&out), wanted);
	buf_free(&out);
	arena_free(arena);
}

static void
test_whole_words(void **state)
{
	static const char *const words[] = {
		"cheap pills", "art", "c++", "\xe4\xbe\xbf\xe5\xae\x9c", "art", "a", "he said"};

	(void)state;
	check_hits(words, 7, "buy cheap pills!", "0:4-15 ");
	check_hits(words, 7, "cheap pillsx", "");
	check_hits(words, 7, "xcheap pills", "");
	check_hits(words, 7, "art-house party art", "1:0-3 1:16-19 ");
	check_hits(words, 7, "c++17 abc++ c++", "2:0-3 2:12-15 ");
	check_hits(words, 7, "x\xe4\xbe\xbf\xe5\xae\x9cy", "3:1-7 ");
	check_hits(words, 7, "he said a", "6:0-7 5:8-9 ");
	check_hits(words, 7, "", "");
	check_hits(words, 0, "art", "");
}

/* Of one end the longest first; phrases inside others; a mismatch goes on in the middle. */
static void
test_overlaps(void **state)
{
	static const char *const words[] = {"b c", "a b c", "c", "b c d e", "c d f"};

	(void)state;
	check_hits(words, 5, "a b c d f", "1:0-5 0:2-5 2:4-5 4:4-9 ");
	check_hits(words, 5, "a b c d e", "1:0-5 0:2-5 2:4-5 3:2-9 ");
}

/* One that is wanted inside of words, alone and beside an equal one that is not. */
static void
test_inside_of_words(void **state)
{
	static const struct phrase list[] = {
		{"art", 3, false}, {"art", 3, true}, {"ty", 2, true}, {"house", 5, false}};
	struct arena *arena = arena_new();
	struct phrases *p = phrases_build(arena, list, 4);
	struct buf out = {0};

	(void)state;
	phrases_search(p, "party art houses", 16, put_hit, &out);
	assert_string_equal(buf_string(&out), "0:1-4! 2:3-5! 0:6-9 ");
	buf_free(&out);
	arena_free(arena);
}

static void
test_numbers(void **state)
{
	static const char *const words[] = {"ab", "abc", "ab", "b"};
	struct arena *arena = arena_new();
	struct phrases *p = build_from_words(arena, words, 4);

	(void)state;
	assert_int_equal(phrases_find(p, "ab", 2), 0);
	assert_int_equal(phrases_find(p, "abc", 3), 1);
	assert_int_equal(phrases_find(p, "b", 1), 3);
	assert_true(phrases_find(p, "a", 1) == SIZE_MAX);
	assert_true(phrases_find(p, "abcd", 4) == SIZE_MAX);
	assert_true(phrases_find(p, "x", 1) == SIZE_MAX);
	arena_free(arena);
}

static bool
stop_at_hit(void *ctx, size_t phrase, size_t from, size_t to, bool whole)
{
	(void)put_hit(ctx, phrase, from, to, whole);
	return false;
}

static void
test_stop(void **state)
{
	static const char *const words[] = {"a", "b"};
	struct arena *arena = arena_new();
	struct phrases *p = build_from_words(arena, words, 2);
	struct buf out = {0};

	(void)state;
	phrases_search(p, "b a", 3, stop_at_hit, &out);
	assert_string_equal(buf_string(&out), "1:0-1 ");
	buf_free(&out);
	arena_free(arena);
}

/* ---- random phrases, against a search for each alone ---- */

static const char *const letters[] = {"a", "b", " ", "\xc3\xa9", "\xe4\xbe\xbf", "-"};

static char *
random_text(struct arena *arena, size_t most)
{
	struct buf text = {0};

	for (size_t n = 1 + (size_t)rand() % most; n > 0; n--)
		buf_puts(&text, letters[(size_t)rand() % 6]);
	return (char *)(uintptr_t)buf_move_to_arena(&text, arena);
}

static bool
is_repeated(const char *const *words, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(words[k], words[i]) == 0)
			return true;
	return false;
}

static void
search_naively(const char *const *words, size_t n, const char *text, struct buf *out)
{
	size_t len = strlen(text);

	for (size_t to = 1; to <= len; to++)
		for (size_t k = to; k > 0; k--) /* the longest first */
			for (size_t i = 0; i < n; i++)
				if (strlen(words[i]) == k && !is_repeated(words, i) &&
				    memcmp(text + to - k, words[i], k) == 0 &&
				    word_bound_at(text, len, to - k) &&
				    word_bound_at(text, len, to))
					(void)put_hit(out, i, to - k, to, true);
}

static void
test_against_naive_search(void **state)
{
	(void)state;
	srand(1);
	for (unsigned round = 0; round < 3000; round++) {
		struct arena *arena = arena_new();
		size_t n = 1 + (size_t)rand() % MAX_PHRASES;
		const char *words[MAX_PHRASES], *text = random_text(arena, 60);
		struct buf wanted = {0}, found = {0};

		for (size_t i = 0; i < n; i++)
			words[i] = random_text(arena, 6);
		search_naively(words, n, text, &wanted);
		phrases_search(build_from_words(arena, words, n), text, strlen(text), put_hit,
			       &found);
		assert_string_equal(buf_string(&found), buf_string(&wanted));
		buf_free(&wanted);
		buf_free(&found);
		arena_free(arena);
	}
}

/* ---- many ---- */

static struct phrases *
build_many(struct arena *arena, size_t n)
{
	struct arena *texts = arena_new();
	struct phrase *list = arena_alloc(texts, n * sizeof(*list));
	struct phrases *p;

	for (size_t i = 0; i < n; i++) {
		list[i].text =
			arena_printf(texts, "word %zx of %zu", i * 2654435761u % 1000003, i);
		list[i].len = strlen(list[i].text);
		list[i].inside = false;
	}
	p = phrases_build(arena, list, n);
	arena_free(texts);
	return p;
}

/* More states than have rows. */
static void
test_many_phrases_are_found(void **state)
{
	struct arena *arena = arena_new();
	struct phrases *p = build_many(arena, 20000);
	struct buf text = {0};

	(void)state;
	for (size_t i = 0; i < 20000; i += 997) {
		struct buf out = {0}, wanted = {0};

		buf_reset(&text);
		buf_printf(&text, "word word %zx of %zu.", i * 2654435761u % 1000003, i);
		buf_printf(&wanted, "%zu:5-%zu ", i, text.len - 1);
		phrases_search(p, buf_string(&text), text.len, put_hit, &out);
		assert_string_equal(buf_string(&out), buf_string(&wanted));
		buf_free(&out);
		buf_free(&wanted);
	}
	buf_free(&text);
	arena_free(arena);
}

/* A thousand words take less than a megabyte. */
static void
test_memory(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	(void)build_many(arena, 1000);
	print_message("1000 phrases: %zu bytes\n", arena_used(arena));
	assert_in_range(arena_used(arena), 1, 1 << 20);
	arena_reset(arena);
	(void)build_many(arena, 100000);
	print_message("100000 phrases: %zu bytes\n", arena_used(arena));
	assert_in_range(arena_used(arena), 1, 64 << 20);
	arena_free(arena);
}

static void
search_text(const void *ctx, const struct buf *in)
{
	struct buf out = {0};

	phrases_search(ctx, (const char *)in->data, in->len, put_hit, &out);
	buf_free(&out);
}

static void
test_texts_take_linear_time(void **state)
{
	static const char *const words[] = {"a a a a a a a a a a a a a a a b", "a a a c",
					    "aaaaaaaaaaaaaaaaaaaab"};
	struct arena *arena = arena_new();
	struct phrases *p = build_from_words(arena, words, 3);

	(void)state;
	assert_linear_text("", "a ", "", 1 << 19, search_text, p);
	assert_linear_text("", "a", "", 1 << 19, search_text, p);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_words),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_inside_of_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_against_naive_search),
		cmocka_unit_test(test_many_phrases_are_found),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_texts_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Unit tests of session/body: the limit to the byte, files of the pool, and failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/body.h"

#define MEMORY 100u
#define FILES  2u

static struct body_pool *pool;
static int fds[FILES];

static int
make_file(void)
{
	char path[] = "/tmp/test_body.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd > STDERR_FILENO);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++)
		fds[i] = make_file();
	pool = body_pool_new(MEMORY, fds, FILES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(pool->n_idle, FILES);
	pool = body_pool_free(pool);
	for (size_t i = 0; i < FILES; i++)
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
	return 0;
}

/* Bytes of every value, NUL among them, that differ from page to page. */
static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i ^ (i >> 8) ^ (i >> 16));
}

static void
fill(struct body *b, size_t len, size_t piece)
{
	unsigned char *p = malloc(piece);

	assert_non_null(p);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		for (size_t i = 0; i < n; i++)
			p[i] = byte_at(at + i);
		assert_int_equal(body_append(b, p, n), 0);
	}
	free(p);
	assert_int_equal(b->len, len);
}

static void
check(struct body *b, size_t len)
{
	const char *s = NULL;

	assert_int_equal(body_finish(b, &s), 0);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] != byte_at(i))
			fail_msg("byte %zu of %zu", i, len);
	assert_int_equal(s[len], '\0');
}

static size_t
file_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (size_t)st.st_size;
}

static void
test_up_to_the_limit_in_memory(void **state)
{
	struct body b = {.pool = pool};

	(void)state;
	fill(&b, MEMORY, 7);
	assert_false(b.in_file);
	assert_int_equal(pool->n_idle, FILES);
	check(&b, MEMORY);
	body_free(&b);
}

static void
test_a_byte_more_is_a_file(void **state)
{
	struct body b = {.pool = pool};

	(void)state;
	fill(&b, MEMORY + 1, 1);
	assert_true(b.in_file);
	assert_null(b.memory.data);
	assert_int_equal(pool->n_idle, FILES - 1);
	assert_int_equal(file_size(b.fd), MEMORY + 1);
	check(&b, MEMORY + 1);
	body_free(&b);
}

/* Whole pages too, where the NUL behind the body needs one more page. */
static void
test_what_is_mapped_is_what_was_written(void **state)
{
	static const size_t lengths[] = {4095, 4096, 4097, 65536, 300000};
	struct body b = {.pool = pool};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		fill(&b, lengths[i], 65535);
		assert_true(b.in_file);
		check(&b, lengths[i]);
		body_release(&b);
	}
	body_free(&b);
}

static void
test_without_a_pool(void **state)
{
	struct body b = {0};

	(void)state;
	fill(&b, 200000, 4096);
	assert_false(b.in_file);
	check(&b, 200000);
	body_release(&b);
	assert_int_equal(b.memory.cap, 0); /* too large to keep */
	fill(&b, 10, 3);
	check(&b, 10);
	body_free(&b);
}

static void
test_returned_files_are_empty(void **state)
{
	struct body b = {.pool = pool};

	(void)state;
	for (unsigned round = 0; round < 3 * FILES; round++) {
		int fd;

		fill(&b, 10000 - 100 * round, 512);
		fd = b.fd;
		check(&b, 10000 - 100 * round);
		body_release(&b);
		assert_int_equal(pool->n_idle, FILES);
		assert_int_equal(file_size(fd), 0);
		assert_int_equal(b.len, 0);
		assert_false(b.in_file);
	}
	body_free(&b);
}

static void
test_released_half_way(void **state)
{
	struct body b = {.pool = pool};

	(void)state;
	fill(&b, 5000, 100);
	body_free(&b);
	assert_int_equal(pool->n_idle, FILES);
	fill(&b, 5000, 100);
	check(&b, 5000);
	body_free(&b);
}

static void
test_no_file_is_left(void **state)
{
	struct body b[FILES + 1] = {{0}};

	(void)state;
	for (size_t i = 0; i < FILES + 1; i++)
		b[i].pool = pool;
	for (size_t i = 0; i < FILES; i++)
		fill(&b[i], 200, 50);
	fill(&b[FILES], MEMORY, 50);
	assert_int_equal(body_append(&b[FILES], "x", 1), -EMFILE);
	body_release(&b[FILES]);
	fill(&b[FILES], MEMORY, 50); /* small ones still fit */
	body_release(&b[0]);
	assert_int_equal(body_append(&b[FILES], "", 0), 0);
	for (size_t i = 0; i < FILES; i++)
		body_free(&b[i]);
	body_free(&b[FILES]);
}

/* The file of an optional body that is not complete goes to another one, which is not optional
 * itself; the content of the others stays. */
static void
test_file_of_an_optional_body_is_taken(void **state)
{
	struct body optional[FILES] = {{0}}, needed[FILES + 1] = {{0}};
	const char *content;

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		optional[i] = (struct body){.pool = pool, .optional = true};
		fill(&optional[i], 200, 50);
	}
	check(&optional[1], 200); /* complete: it keeps its file */
	for (size_t i = 0; i < FILES + 1; i++)
		needed[i] = (struct body){.pool = pool, .optional = i == 1};
	fill(&needed[1], MEMORY, 50);
	assert_int_equal(body_append(&needed[1], "x", 1), -EMFILE);
	fill(&needed[0], 300, 50);
	fill(&needed[2], MEMORY, 50);
	assert_int_equal(body_append(&needed[2], "x", 1), -EMFILE);
	assert_int_equal(body_append(&optional[0], "x", 1), -EMFILE);
	assert_int_equal(body_finish(&optional[0], &content), -EMFILE);
	check(&needed[0], 300);
	assert_true(optional[1].in_file);
	assert_memory_equal(optional[1].map, needed[0].map, 200);
	for (size_t i = 0; i < FILES; i++)
		body_free(&optional[i]);
	for (size_t i = 0; i < FILES + 1; i++)
		body_free(&needed[i]);
}

static void
test_pool_without_files(void **state)
{
	struct body_pool *none = body_pool_new(3, NULL, 0);
	struct body b = {.pool = none};

	(void)state;
	assert_int_equal(body_append(&b, "abc", 3), 0);
	assert_int_equal(body_append(&b, "d", 1), -EMFILE);
	body_free(&b);
	body_pool_free(none);
}

/* As with a full disk: the first bytes still fit. */
static void
test_full_disk(void **state)
{
	struct body b = {.pool = pool};
	struct rlimit before, less;
	char big[3000] = "";
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	less = before;
	less.rlim_cur = 2000;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	r = body_append(&b, big, sizeof(big));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	body_release(&b);
	assert_int_equal(pool->n_idle, FILES);
	fill(&b, 3000, 3000);
	check(&b, 3000);
	body_free(&b);
}

/* A descriptor that cannot be written does not return to the pool. */
static void
test_file_that_cannot_be_written(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct body_pool *bad = body_pool_new(0, &fd, 1);
	struct body b = {.pool = bad};

	(void)state;
	assert_int_equal(body_append(&b, "x", 1), -EBADF);
	body_release(&b);
	assert_int_equal(bad->n_idle, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(body_append(&b, "x", 1), -EMFILE);
	body_free(&b);
	body_pool_free(bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_up_to_the_limit_in_memory),
		T(test_a_byte_more_is_a_file),
		T(test_what_is_mapped_is_what_was_written),
		T(test_without_a_pool),
		T(test_returned_files_are_empty),
		T(test_released_half_way),
		T(test_no_file_is_left),
		T(test_file_of_an_optional_body_is_taken),
		T(test_pool_without_files),
		T(test_full_disk),
		T(test_file_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

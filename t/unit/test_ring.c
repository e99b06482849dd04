/* src/io/ring: the newest records; records that are overwritten, torn, or made up; two writers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/ring.h"

#define SLOTS 4u

/* Where things stand, as ring.h says. */
#define SLOT_AT(i) (64u + 2048u * (i))
#define SLOT_DATA  16u

struct fixture {
	int fd;
	struct ring *ring;
	struct ring *seen; /* mapped once more, only to read */
};

static int
set_up(void **state)
{
	static struct fixture t;
	struct ring *seen;

	t.fd = ring_create(SLOTS);
	assert_true(t.fd >= 0);
	assert_int_equal(ring_map_writable(t.fd, &t.ring), 0);
	assert_int_equal(ring_map(t.fd, &seen), 0);
	t.seen = seen;
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	assert_null(ring_unmap(t->ring));
	assert_null(ring_unmap(t->seen));
	close(t->fd);
	return 0;
}

/* The record in a slot is this text with this number; NULL: there is none. */
static void
assert_slot(const struct fixture *t, size_t slot, const char *text, uint64_t number)
{
	unsigned char data[RING_RECORD_MAX];
	uint64_t n;
	int len = ring_read(t->seen, slot, data, &n);

	if (text == NULL) {
		assert_true(len < 0);
		return;
	}
	assert_int_equal(len, strlen(text));
	assert_memory_equal(data, text, strlen(text));
	assert_int_equal(n, number);
}

static void
write_text(const struct fixture *t, const char *text)
{
	ring_write(t->ring, text, strlen(text));
}

/* Whatever a process that may write can write. */
static void
scribble(const struct fixture *t, size_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(t->fd, p, n, (off_t)at), n);
}

static void
test_wrapped(void **state)
{
	const struct fixture *t = *state;
	char text[16];

	assert_int_equal(ring_slots(t->seen), SLOTS);
	for (size_t i = 0; i < SLOTS; i++)
		assert_slot(t, i, NULL, 0);
	for (unsigned i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof(text), "record %u", i);
		write_text(t, text);
	}
	assert_slot(t, 0, "record 4", 4);
	assert_slot(t, 1, "record 5", 5);
	assert_slot(t, 2, "record 2", 2);
	assert_slot(t, 3, "record 3", 3);
}

static void
test_sizes(void **state)
{
	const struct fixture *t = *state;
	unsigned char data[RING_RECORD_MAX + 100], got[RING_RECORD_MAX];
	uint64_t n;

	memset(data, 'x', sizeof(data));
	ring_write(t->ring, data, 0);
	ring_write(t->ring, data, RING_RECORD_MAX);
	ring_write(t->ring, data, sizeof(data));
	assert_int_equal(ring_read(t->seen, 0, got, &n), 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(ring_read(t->seen, i, got, &n), RING_RECORD_MAX);
		assert_memory_equal(got, data, RING_RECORD_MAX);
	}
	assert_slot(t, 3, NULL, 0);
}

/* A writer that ended within a record; the next round uses its slot. */
static void
test_torn(void **state)
{
	const struct fixture *t = *state;
	uint64_t odd = 2 * 1 + 1;

	for (unsigned i = 0; i < SLOTS; i++)
		write_text(t, "whole");
	scribble(t, SLOT_AT(1), &odd, sizeof(odd));
	assert_slot(t, 0, "whole", 0);
	assert_slot(t, 1, NULL, 0);
	for (unsigned i = 0; i < SLOTS; i++)
		write_text(t, "again");
	assert_slot(t, 1, "again", 5);
}

/* Bytes of two writers, of which each thinks that the slot is its own. */
static void
test_bytes_of_two(void **state)
{
	const struct fixture *t = *state;

	write_text(t, "of one writer");
	scribble(t, SLOT_AT(0) + SLOT_DATA, "of two", 6);
	assert_slot(t, 0, NULL, 0);
}

static void
test_made_up(void **state)
{
	const struct fixture *t = *state;
	const uint32_t len_too_large = RING_RECORD_MAX + 1, len_huge = UINT32_MAX;
	uint64_t sequence = 2 * 2 + 2, next = UINT64_MAX - 1;

	write_text(t, "one");
	scribble(t, SLOT_AT(0) + 12, &len_too_large, sizeof(len_too_large));
	assert_slot(t, 0, NULL, 0);
	scribble(t, SLOT_AT(0) + 12, &len_huge, sizeof(len_huge));
	assert_slot(t, 0, NULL, 0);
	write_text(t, "two");
	scribble(t, SLOT_AT(1), &sequence, sizeof(sequence)); /* a number of another slot */
	assert_slot(t, 1, NULL, 0);
	scribble(t, 0, &next, sizeof(next)); /* the next number; it wraps */
	for (unsigned i = 0; i < 3 * SLOTS; i++)
		write_text(t, "three");
	assert_slot(t, 0, "three", 8);
}

static void
test_no_ring(void **state)
{
	struct ring *r;
	int fd = memfd_create("test", MFD_CLOEXEC);
	const off_t sizes[] = {0,	  1,	     64,
			       64 + 2047, 64 + 2049, 64 + 2048 * ((off_t)RING_SLOTS_MAX + 1)};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		assert_int_equal(ring_map(fd, &r), -EINVAL);
	}
	assert_int_equal(ftruncate(fd, 64 + 2048), 0);
	assert_int_equal(ring_map(fd, &r), 0);
	ring_unmap(r);
	close(fd);
	assert_true(ring_map(-1, &r) < 0);
}

/* The file cannot be made smaller under a reader. */
static void
test_sealed(void **state)
{
	const struct fixture *t = *state;

	assert_int_equal(ftruncate(t->fd, 64), -1);
}

static void
write_many(struct ring *ring, char letter)
{
	char text[RING_RECORD_MAX];

	memset(text, letter, sizeof(text));
	for (unsigned i = 0; i < 20000; i++)
		ring_write(ring, text, 1 + i % sizeof(text));
}

/* Each record that is read is of one writer. */
static void
test_two_writers(void **state)
{
	const struct fixture *t = *state;
	unsigned char data[RING_RECORD_MAX];
	uint64_t number, n_read = 0;
	pid_t writers[2];

	for (unsigned i = 0; i < 2; i++) {
		writers[i] = fork();
		assert_true(writers[i] >= 0);
		if (writers[i] == 0) {
			write_many(t->ring, "ab"[i]);
			_exit(0);
		}
	}
	while (waitpid(writers[0], NULL, WNOHANG) == 0)
		for (size_t slot = 0; slot < SLOTS; slot++) {
			int len = ring_read(t->seen, slot, data, &number);

			for (int i = 1; i < len; i++)
				assert_int_equal(data[i], data[0]);
			n_read += len > 0;
		}
	assert_int_equal(waitpid(writers[1], NULL, 0), writers[1]);
	for (size_t slot = 0; slot < SLOTS; slot++)
		n_read += ring_read(t->seen, slot, data, &number) > 0;
	assert_true(n_read > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wrapped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_torn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes_of_two, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_made_up, set_up, tear_down),
		cmocka_unit_test(test_no_ring),
		cmocka_unit_test_setup_teardown(test_sealed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_writers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Unit tests of milter/frame: complete, split, coalesced and impossible frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dumps.h"
#include "milter/frame.h"
#include "milter/proto.h"
#include "util/buf.h"

/* The input is copied to memory of exactly its size, so that ASan finds reads beyond it. */
static int
next(const void *data, size_t len, size_t max, struct milter_frame *ret)
{
	unsigned char *p = malloc(len + (len == 0));

	assert_non_null(p);
	if (len > 0)
		memcpy(p, data, len);

	int r = milter_frame_next(p, len, max, ret);

	free(p);
	return r;
}

static void
test_one_byte_at_a_time(void **state)
{
	unsigned char bytes[DUMP_BYTES];
	size_t len = dump_bytes(dump_find(dump_1, "CONNECT", 0), bytes);
	struct milter_frame f = {.command = '!'};

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(next(bytes, n, MILTER_MAX_FRAME, &f), 0);
	assert_int_equal(f.command, '!');
	assert_int_equal(milter_frame_next(bytes, len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.command, 'C');
	assert_ptr_equal(f.payload, bytes + 5);
	assert_int_equal(f.len, 0x18 - 1);
	assert_int_equal(f.size, len);
}

static void
test_no_input_at_all(void **state)
{
	struct milter_frame f = {0};

	(void)state;
	assert_int_equal(milter_frame_next(NULL, 0, MILTER_MAX_FRAME, &f), 0);
}

static void
test_several_in_one_read(void **state)
{
	struct buf in = {0};
	unsigned char bytes[DUMP_BYTES];
	size_t frames = 0, pos = 0;
	struct milter_frame f = {0};

	(void)state;
	for (const struct dump *d = dump_14; d->kind; d++)
		buf_append(&in, bytes, dump_bytes(d, bytes));
	for (const struct dump *d = dump_14; d->kind; d++, frames++) {
		assert_int_equal(
			milter_frame_next(in.data + pos, in.len - pos, MILTER_MAX_FRAME, &f),
			1);
		assert_int_equal(f.size, dump_bytes(d, bytes));
		assert_int_equal(f.command, bytes[4]);
		assert_int_equal(f.len, f.size - 5);
		assert_memory_equal(f.payload, bytes + 5, f.len);
		pos += f.size;
	}
	assert_int_equal(frames, 15);
	assert_int_equal(pos, in.len);
	buf_free(&in);
}

static void
test_bad_lengths_are_refused_early(void **state)
{
	struct milter_frame f = {.command = '!'};

	(void)state;
	assert_int_equal(next("\0\0\0\0", 4, 65536, &f), -EBADMSG);
	assert_int_equal(next("\0\0\0\0A", 5, 65536, &f), -EBADMSG);
	assert_int_equal(next("\0\1\0\1", 4, 65536, &f), -EBADMSG);
	assert_int_equal(next("\0\1\0\0", 4, 65536, &f), 0);
	assert_int_equal(next("\377\377\377\377", 4, 65536, &f), -EBADMSG);
	assert_int_equal(next("\200\0\0\1", 4, 65536, &f), -EBADMSG);
	assert_int_equal(next("POST / HTTP/1.1\r\n", 17, 65536, &f), -EBADMSG);
	assert_int_equal(next("GET / HTTP/1.1\r\n", 16, 65536, &f), -EBADMSG);
	assert_int_equal(next("\0\0\0\3A", 5, 2, &f), -EBADMSG);
	assert_int_equal(next("\0\0\0\2AB", 6, 2, &f), 1);
	assert_int_equal(f.command, 'A');
}

/* Dump 7: the largest chunk of a body, split inside a CR LF. */
static void
test_largest_frame(void **state)
{
	struct buf b = {0};
	unsigned char *chunk = malloc(MILTER_CHUNK);
	struct milter_frame f = {0};

	(void)state;
	assert_non_null(chunk);
	memset(chunk, 'a', MILTER_CHUNK);
	chunk[MILTER_CHUNK - 1] = '\r';
	milter_frame_put(&b, 'B', chunk, MILTER_CHUNK);
	assert_int_equal(b.len, 65540);
	assert_memory_equal(b.data, "\0\1\0\0Baaa", 8);
	assert_int_equal(milter_frame_next(b.data, b.len - 1, MILTER_MAX_FRAME, &f), 0);
	assert_int_equal(milter_frame_next(b.data, b.len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.len, MILTER_CHUNK);
	assert_memory_equal(f.payload, chunk, MILTER_CHUNK);
	assert_int_equal(milter_frame_next(b.data, b.len, MILTER_MAX_FRAME - 1, &f), -EBADMSG);
	free(chunk);
	buf_free(&b);
}

static void
test_put(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_puts(&b, "x");
	milter_frame_put(&b, 'c', NULL, 0);
	milter_frame_put(&b, 'D', "C", 1);
	assert_int_equal(b.len, 12);
	assert_memory_equal(b.data, "x\0\0\0\1c\0\0\0\2DC", 12);
	buf_free(&b);
}

static void
test_begin_end(void **state)
{
	struct buf b = {0};
	struct milter_frame f = {0};

	(void)state;
	milter_frame_put(&b, 'p', NULL, 0);

	size_t mark = milter_frame_begin(&b, 'b');

	for (int i = 0; i < 300; i++) /* the buffer grows meanwhile */
		buf_putc(&b, (unsigned char)i);
	milter_frame_end(&b, mark);
	assert_int_equal(mark, 5);
	assert_memory_equal(b.data + mark,
			    "\0\0\1\x2d"
			    "b\0\1",
			    7);
	assert_int_equal(milter_frame_next(b.data + mark, b.len - mark, MILTER_MAX_FRAME, &f),
			 1);
	assert_int_equal(f.len, 300);
	buf_free(&b);
}

static void
test_u32(void **state)
{
	(void)state;
	assert_int_equal(milter_get_u32((const unsigned char *)"\1\2\3\4"), 0x01020304);
	assert_int_equal(milter_get_u32((const unsigned char *)"\377\376\375\374"), 0xfffefdfc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_byte_at_a_time),
		cmocka_unit_test(test_no_input_at_all),
		cmocka_unit_test(test_several_in_one_read),
		cmocka_unit_test(test_bad_lengths_are_refused_early),
		cmocka_unit_test(test_largest_frame),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_begin_end),
		cmocka_unit_test(test_u32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

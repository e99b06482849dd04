/* Does the time of a function grow linearly with its input? Include it after cmocka.h. */
#ifndef UNIT_LINEAR_H
#define UNIT_LINEAR_H

#include <malloc.h>
#include <time.h>

#include "util/buf.h"

/* The limit for the CPU time of four times the input, divided by that of the input. Linear time
 * gives 4, quadratic time 16; a busy machine and a sanitizer's allocator, which takes longer
 * for larger blocks, move the ratio by less than twice. */
#define LINEAR_FACTOR  4u
#define LINEAR_RATIO   8.0
#define LINEAR_ROUNDS  15   /* at most; a busy machine disturbs some */
#define LINEAR_SECONDS 0.01 /* shorter times are not measured well */

/* Memory that is given back to the kernel has to be made zero again for the next block, and
 * only large blocks are given back: then four times the input took twelve times the time. */
#define LINEAR_KEPT_BYTES (32 << 20) /* the most that mallopt(3) takes */

typedef void linear_fn(const void *ctx, const struct buf *in);

static inline double
linear_seconds(linear_fn *fn, const void *ctx, const struct buf *in)
{
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	fn(ctx, in);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* large is LINEAR_FACTOR times small. Takes the best of several runs, both in turn, and goes on
 * as long as the ratio is too large. */
static inline void
assert_linear(const char *what, linear_fn *fn, const void *ctx, const struct buf *small,
	      const struct buf *large)
{
	double t1 = 1e9, t2 = 1e9;

	(void)mallopt(M_MMAP_THRESHOLD, LINEAR_KEPT_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, LINEAR_KEPT_BYTES);
	for (int i = 0; i < LINEAR_ROUNDS && (i < 2 || t2 > LINEAR_RATIO * t1); i++) {
		double one = linear_seconds(fn, ctx, small);
		double two = linear_seconds(fn, ctx, large);

		t1 = one < t1 ? one : t1;
		t2 = two < t2 ? two : t2;
	}
	print_message("%s: %zu bytes %.2f ms, %zu bytes %.2f ms\n", what, small->len, t1 * 1e3,
		      large->len, t2 * 1e3);
	if (t2 > LINEAR_RATIO * t1 && t2 > LINEAR_SECONDS)
		fail_msg("%s: %f s, %u times as much %f s", what, t1, LINEAR_FACTOR, t2);
}

/* assert_linear() for begin, then text repeated to n bytes and to LINEAR_FACTOR * n bytes, then
 * end. */
static inline void
assert_linear_text(const char *begin, const char *text, const char *end, size_t n,
		   linear_fn *fn, const void *ctx)
{
	struct buf in[2] = {0};

	for (size_t i = 0; i < 2; i++) {
		buf_puts(&in[i], begin);
		while (in[i].len < (i == 0 ? n : LINEAR_FACTOR * n))
			buf_puts(&in[i], text);
		buf_puts(&in[i], end);
		(void)buf_string(&in[i]); /* a NUL behind it: fn may use it as a string */
	}
	assert_linear(text, fn, ctx, &in[0], &in[1]);
	buf_free(&in[0]);
	buf_free(&in[1]);
}

#endif

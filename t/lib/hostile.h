/* Bodies that cost a careless scanner of MIME quadratic time. t/unit/test_tree.c checks that
 * the scanner takes linear time for them, t/bench/mime.c measures them. Each is the body of a
 * message whose Content-Type is multipart/mixed; boundary=b. */
#ifndef T_LIB_HOSTILE_H
#define T_LIB_HOSTILE_H

#include "util/buf.h"

/* Appends first, and then n times line. */
static inline void
put_repeated(struct buf *b, const char *first, const char *line, size_t n)
{
	buf_puts(b, first);
	for (size_t i = 0; i < n; i++)
		buf_puts(b, line);
}

static inline void
put_parts(struct buf *b, size_t n)
{
	put_repeated(b, "", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", n);
	buf_puts(b, "--b--\r\n");
}

static inline void
put_nested(struct buf *b, size_t n)
{
	buf_puts(b, "--b\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=b%zu\n\n--b%zu\n", i, i);
	buf_puts(b, "\nx");
	while (n-- > 0)
		buf_printf(b, "\n--b%zu--", n);
	buf_puts(b, "\n--b--\n");
}

static inline void
put_near_delimiters(struct buf *b, size_t n)
{
	/* the boundaries have the same length, and differ in their last bytes */
	buf_puts(b, "--b\n");
	for (int i = 0; i < 99; i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=%060d\n\n--%060d\n", i,
			   i);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "--%060d\n", 999);
}

static inline void
put_dashes(struct buf *b, size_t n)
{
	put_repeated(b, "", "--=_bx\r\n", n);
}

static inline void
put_empty_lines(struct buf *b, size_t n)
{
	put_repeated(b, "", "\r\n", n);
}

static inline void
put_parameters(struct buf *b, size_t n)
{
	put_repeated(b, "--b\nContent-Type: multipart/mixed", ";a=b", n);
	buf_puts(b, "\n\n");
}

/* A parameter in as many sections as are read, the last one first. */
static inline void
put_sections(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, "--b\nContent-Disposition: attachment");
		for (int k = 127; k >= 0; k--)
			buf_printf(b, ";filename*%d=x", k);
		buf_puts(b, "\n\n");
	}
}

static inline void
put_names_of_sections(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, "--b\nContent-Disposition: attachment");
		for (int k = 0; k < 128; k++)
			buf_printf(b, ";a%d*0=x", k);
		buf_puts(b, "\n\n");
	}
}

/* Header blocks of a broken structure, with many names that programs may read. */
static inline void
put_broken_headers(struct buf *b, size_t n)
{
	buf_puts(b, "--b\nbad line\n\n");
	for (size_t i = 0; i < n; i++) {
		put_repeated(b, "Content-Type:a/b", "name*=utf-7''+", 72);
		buf_puts(b, "\n\n");
	}
}

static inline void
put_comments(struct buf *b, size_t n)
{
	put_repeated(b, "--b\nContent-Type: ", "(", n);
}

static inline void
put_header_lines(struct buf *b, size_t n)
{
	put_repeated(b, "--b\n", "Content-Type: a/b\n", n);
}

static inline void
put_folds(struct buf *b, size_t n)
{
	put_repeated(b, "--b\nX:", "\n x", n);
}

static inline void
put_blanks(struct buf *b, size_t n)
{
	put_repeated(b, "", "--b            \t          x\n", n);
}

struct hostile {
	const char *name;
	void (*put)(struct buf *b, size_t n); /* appends a body whose size is linear in n */
	size_t n; /* for the larger of two bodies that are compared */
};

static const struct hostile hostile[] = {
	{"parts", put_parts, 100000},
	{"parts within the limit", put_parts, 9000},
	{"depth", put_nested, 20000},
	{"near delimiters", put_near_delimiters, 26 * 1048576 / 63},
	{"dashes", put_dashes, 26 * 1048576 / 8},
	{"blanks", put_blanks, 200000},
	{"empty lines", put_empty_lines, 4000000},
	{"parameters", put_parameters, 1048576 / 4},
	{"comments", put_comments, 1048576},
	{"header lines", put_header_lines, 200000},
	{"sections", put_sections, 2000},
	{"names of sections", put_names_of_sections, 2000},
	{"broken headers", put_broken_headers, 10000},
	{"folds", put_folds, 1000000},
};

#endif

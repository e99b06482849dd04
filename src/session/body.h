/* A kept body: in memory up to a limit, beyond it in a file. Layer 2.
 *
 * The files are made before, by somebody who may open some: each is a descriptor, open for
 * reading and writing, of a file that has no name any more. Nothing is opened here. A body's
 * file is mapped once the body is whole, and empty again when the next body gets it. */
#ifndef SESSION_BODY_H
#define SESSION_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* The files, and how much of each body stays in memory. */
struct body_pool {
	size_t memory; /* bytes of one body */
	int *idle;     /* descriptors; a stack */
	size_t n_idle;
};

/* fds: copied; the descriptors are the pool's from now on. n may be 0. */
struct body_pool *body_pool_new(size_t memory, const int *fds, size_t n);
struct body_pool *body_pool_free(struct body_pool *p); /* once all bodies are released */

struct body {			/* {0} is an empty one */
	struct body_pool *pool; /* NULL: all of it stays in memory */
	size_t len;
	struct buf memory; /* all of it, until it is too large */
	bool in_file;	   /* then memory is unused */
	int fd;
	void *map; /* once it is whole; NULL: not mapped */
	size_t map_len;
};

/* 0; -EMFILE: it needs a file and none is left; another negative errno: the file cannot be
 * written. After a failure only body_release() may follow. */
int body_append(struct body *b, const void *data, size_t len);

/* It is whole: nothing is appended any more. Its bytes in one piece, with a NUL behind them,
 * good until the release. 0 or a negative errno, likewise. */
int body_finish(struct body *b, const char **ret);

/* An empty one again; keeps its pool, and a small buffer. */
void body_release(struct body *b);
void body_free(struct body *b); /* the buffer too */

#endif

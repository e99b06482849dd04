/* A stored body: in memory up to a limit, beyond it in a file.
 *
 * Workers open no files, so the files are made before the worker starts and passed to it as
 * descriptors, each open for reading and writing, of a file that has no name any more. A body
 * that outgrows its memory takes one of them from the pool, is mapped when it is complete, and
 * empties and returns the file when it is released.
 *
 * A body that is only of use to policies that monitor is optional: when no file is left,
 * another body takes the file of one that is not complete yet, and the optional one is lost. */
#ifndef SESSION_BODY_H
#define SESSION_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* The files of a worker, and the share of each body that stays in memory. */
struct body_pool {
	size_t memory;	       /* bytes of one body */
	int *idle;	       /* a stack of descriptors that no body has */
	size_t n_idle, n;      /* n: with those that bodies have */
	struct body *optional; /* bodies whose file may be taken from them */
};

/* memory: bytes; fds: n descriptors (n may be 0), the pool's from now on; the array is copied.
 * To be freed after all bodies were released. NULL may be freed; returns NULL. */
struct body_pool *body_pool_new(size_t memory, const int *fds, size_t n);
struct body_pool *body_pool_free(struct body_pool *p);

struct body {			/* {0} is an empty one */
	struct body_pool *pool; /* NULL: all of it stays in memory */
	size_t len;		/* bytes appended */
	struct buf memory;	/* the content, until it moves to the file */
	bool in_file;
	int fd;
	void *map; /* of the complete file, or NULL */
	size_t map_len;
	bool optional;	   /* set by the owner, before an append */
	bool is_listed;	   /* in pool->optional */
	bool is_lost;	   /* its file was taken from it */
	struct body *next; /* in pool->optional */
};

/* Appends a copy of len bytes. 0; -EMFILE when a file is needed and none is left, or when its
 * file was taken from it; or another
 * negative errno when the file cannot be written. Then only body_release() may follow. */
int body_append(struct body *b, const void *data, size_t len);

/* The body is complete; nothing may be appended any more. 0, and *ret is its bytes in one piece
 * with a NUL behind them, valid until the release; or a negative errno, as body_append(). */
int body_finish(struct body *b, const char **ret);

/* Makes it empty, ready for the next one; it keeps its pool and a buffer of up to 64 KiB.
 * body_free() frees the buffer too. */
void body_release(struct body *b);
void body_free(struct body *b);

#endif

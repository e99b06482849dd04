/* A non-blocking byte stream on a worker's loop, edge-triggered. Layer 1.
 *
 * It holds no buffer but what the peer has not taken yet: the owner reads into, and writes
 * from, buffers that all its streams share. Deadlines are the owner's, with io/timers. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "io/loop.h"
#include "util/buf.h"

/* What has happened, as a set. The same may be told again. */
enum {
	STREAM_IN = 1u << 0,  /* stream_read() has news */
	STREAM_OUT = 1u << 1, /* the peer took some of what was unsent, or all of it */
	STREAM_END = 1u << 2, /* the peer will send no more; it may still wait for an answer */
	STREAM_GONE = 1u << 3 /* nor will it take anything; what it sent may still be read */
};

/* May close the stream and free what holds it. */
typedef void stream_io_fn(void *ctx, unsigned events);

struct stream { /* embedded in its owner; {0} is closed */
	struct loop_watch watch;
	int fd;
	bool paused;
	bool ended;   /* STREAM_END was told */
	bool drained; /* nothing to read until the next edge */
	stream_io_fn *on_io;
	void *ctx;
	struct buf unsent;
	size_t sent; /* bytes of unsent that are gone */
};

/* Takes a connected (or connecting) socket that is non-blocking. 0, or a negative errno:
 * then fd is still the caller's. */
int stream_open(struct stream *s, struct loop *loop, int fd, stream_io_fn *on_io, void *ctx);
void stream_close(struct stream *s); /* closed already is fine; unsent bytes are lost */

/* Reads once, up to max (not 0) bytes. 0 at the end; -EAGAIN: wait for STREAM_IN; or another
 * negative errno. After STREAM_IN call it until it returns 0 or less, or else end with
 * stream_pause() or stream_resume(): the edge does not come again. */
ssize_t stream_read(struct stream *s, void *into, size_t max);

/* Sends out and leaves it empty. What the peer does not take at once is kept and goes before
 * what is written later: look at stream_unsent() before making more. 0 or a negative errno
 * (-EPIPE: the peer is gone; there is no signal). */
int stream_write(struct stream *s, struct buf *out);
size_t stream_unsent(const struct stream *s);

/* Tells a TCP peer at once that its bytes are here, when no answer will soon: one that writes
 * in small pieces keeps the next one back until then, and the kernel would wait for 40 ms.
 * False: the peer is no TCP, here nothing waits. */
bool stream_acknowledge(struct stream *s);

/* While paused there is no STREAM_IN, but the other events come. Resuming tells again what
 * there is to read; so it may be called, too, on a stream that is not paused. */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);

#endif

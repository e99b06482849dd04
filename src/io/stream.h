/* A non-blocking byte stream on a worker's loop, edge-triggered (EPOLLET).
 *
 * It has no buffer but for bytes that the peer has not taken yet. Its owner reads into a buffer
 * that all streams share, and writes from one. Deadlines are the owner's, with timers.h. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "io/loop.h"
#include "util/buf.h"

/* What has happened, as a set. The same may be reported more than once. */
enum {
	STREAM_IN = 1u << 0,  /* stream_read() has something: bytes, the end, or an error */
	STREAM_OUT = 1u << 1, /* the peer took some of the unsent bytes, or all */
	STREAM_END = 1u << 2, /* the peer will send no more; it may still wait for an answer */
	STREAM_GONE = 1u << 3 /* it will not read either; what it sent can still be read */
};

/* May close the stream and free what it is embedded in. */
typedef void stream_io_fn(void *ctx, unsigned events);

struct stream { /* embedded in its owner; {0} is closed */
	struct loop_watch watch;
	int fd;
	bool paused;
	bool has_missed; /* something to read came while it was paused */
	bool ended;	 /* STREAM_END was reported */
	bool drained;	 /* there is nothing to read before the next edge */
	stream_io_fn *on_io;
	void *ctx;
	struct buf unsent;
	size_t sent; /* bytes at the front of unsent that are sent */
};

/* Takes over a non-blocking socket that is connected, or connecting. 0; or a negative errno:
 * then fd is still the caller's. */
int stream_open(struct stream *s, struct loop *loop, int fd, stream_io_fn *on_io, void *ctx);
void stream_close(struct stream *s); /* closed already is fine; unsent bytes are lost */

/* Reads once, up to max bytes (not 0). Returns their number; 0 at the end; -EAGAIN: wait for
 * STREAM_IN; or another negative errno. After STREAM_IN the owner must read until it gets 0 or
 * less, or else call stream_pause() or stream_resume(): the edge is not reported again. */
ssize_t stream_read(struct stream *s, void *into, size_t max);

/* Sends out, and leaves it empty. What the peer does not take at once is kept and sent before
 * what is written later; the owner looks at stream_unsent(), the bytes of it, before it makes
 * more. 0 or a negative errno (-EPIPE when the peer has closed; there is no signal). */
int stream_write(struct stream *s, struct buf *out);
size_t stream_unsent(const struct stream *s);

/* Makes the kernel acknowledge now what a TCP peer has sent, when no answer to it will follow
 * soon. A peer that writes small pieces (Nagle's algorithm) holds back the next piece until
 * then, and the kernel would wait 40 ms for an answer to send the acknowledgement with. false
 * when the peer is not connected by TCP. */
bool stream_quick_ack(struct stream *s);

/* While the stream is paused there is no STREAM_IN; other events are reported. stream_resume()
 * has what can be read reported again, also when the stream was not paused. */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);

#endif

/* Frames: length, command, payload. Layer 1, pure. protocol.md 1. */
#ifndef MILTER_FRAME_H
#define MILTER_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct milter_frame {
	unsigned char command;
	const unsigned char *payload; /* into the input */
	size_t len;		      /* of the payload */
	size_t size;		      /* of the whole frame, with its length field */
};

/* The frame at the start of data. 1 and *ret; 0 when it is not whole yet; -EBADMSG when its
 * length is 0 or above max (which counts the command byte). */
int milter_frame_next(const unsigned char *data, size_t len, size_t max,
		      struct milter_frame *ret);

/* Appends a frame. milter_frame_begin() returns a mark for milter_frame_end(), which fills in
 * the length of all that was appended in between. */
void milter_frame_put(struct buf *out, unsigned char command, const void *payload, size_t len);
size_t milter_frame_begin(struct buf *out, unsigned char command);
void milter_frame_end(struct buf *out, size_t mark);

/* A number in a payload: four bytes, big-endian. */
uint32_t milter_get_u32(const unsigned char *p);

#endif

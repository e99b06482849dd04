/* Frames of the milter protocol, the same in both directions: the length (u32, big-endian) of
 * what follows, a letter for the command or reply, the payload. HELO with the name "mail":
 *
 *	00 00 00 06  48  6d 61 69 6c 00
 *
 * See src/milter/README, frames. */
#ifndef MILTER_FRAME_H
#define MILTER_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct buf;

struct milter_frame {
	unsigned char command;
	const unsigned char *payload; /* points into the input */
	size_t len;		      /* of the payload */
	size_t size;		      /* of the whole frame: 4 + 1 + len */
};

/* The frame at the start of data. 1 and *ret; 0 when it is not complete; -EBADMSG when its
 * length field is 0 or larger than max, which counts the command and the payload. */
int milter_frame_next(const unsigned char *data, size_t len, size_t max,
		      struct milter_frame *ret);

/* Appends a frame. Or in steps: milter_frame_begin() returns a mark, the payload is appended,
 * and milter_frame_end() fills in the length. */
void milter_frame_put(struct buf *out, unsigned char command, const void *payload, size_t len);
size_t milter_frame_begin(struct buf *out, unsigned char command);
void milter_frame_end(struct buf *out, size_t mark);

/* A number in a payload: four bytes, big-endian. */
uint32_t milter_get_u32(const unsigned char *p);

#endif

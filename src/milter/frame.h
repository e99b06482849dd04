/* Frames of the milter protocol, the same in both directions: the length (u32, big-endian) of
 * what follows, a letter for the command or reply, the payload. HELO with the name "mail":
 *
 *	00 00 00 06  48  6d 61 69 6c 00
 *
 * See src/milter/README, frames. */
#ifndef MILTER_FRAME_H
#define MILTER_FRAME_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct milter_frame {
	unsigned char command;
	const unsigned char *payload; /* points into the input */
	size_t len;		      /* of the payload */
	size_t size;		      /* of the whole frame: 4 + 1 + len */
};

#define MILTER_LENGTH_BYTES 4u

/* A number in a payload: four bytes, big-endian. */
static inline uint32_t
milter_get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The frame at the start of data. 1 and *ret; 0 when it is not complete; -EBADMSG when its
 * length field is 0 or larger than max, which counts the command and the payload: it is refused
 * before its payload is waited for or stored. Inline: a message has a frame for each header
 * field, and one or two of macros with it. */
static inline int
milter_frame_next(const unsigned char *data, size_t len, size_t max, struct milter_frame *ret)
{
	size_t n;

	if (len < MILTER_LENGTH_BYTES)
		return 0;
	n = milter_get_u32(data);
	if (n == 0 || n > max)
		return -EBADMSG;
	if (len - MILTER_LENGTH_BYTES < n)
		return 0;
	*ret = (struct milter_frame){
		.command = data[MILTER_LENGTH_BYTES],
		.payload = data + MILTER_LENGTH_BYTES + 1,
		.len = n - 1,
		.size = MILTER_LENGTH_BYTES + n,
	};
	return 1;
}

/* Appends a frame. Or in steps: milter_frame_begin() returns a mark, the payload is appended,
 * and milter_frame_end() fills in the length. */
void milter_frame_put(struct buf *out, unsigned char command, const void *payload, size_t len);
size_t milter_frame_begin(struct buf *out, unsigned char command);
void milter_frame_end(struct buf *out, size_t mark);

#endif

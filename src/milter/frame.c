/* Frames: finding one in the input, writing one. */
#include "milter/frame.h"

#include <assert.h>
#include <errno.h>

#include "util/buf.h"

#define LENGTH_BYTES 4u

uint32_t
milter_get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
set_u32(unsigned char *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
}

int
milter_frame_next(const unsigned char *data, size_t len, size_t max, struct milter_frame *ret)
{
	if (len < LENGTH_BYTES)
		return 0;

	size_t n = milter_get_u32(data);

	/* Refused by its length field, before its payload is waited for or stored. */
	if (n == 0 || n > max)
		return -EBADMSG;
	if (len - LENGTH_BYTES < n)
		return 0;

	*ret = (struct milter_frame){
		.command = data[LENGTH_BYTES],
		.payload = data + LENGTH_BYTES + 1,
		.len = n - 1,
		.size = LENGTH_BYTES + n,
	};
	return 1;
}

size_t
milter_frame_begin(struct buf *out, unsigned char command)
{
	size_t mark = out->len;

	buf_put_u32(out, 0);
	buf_putc(out, command);
	return mark;
}

void
milter_frame_end(struct buf *out, size_t mark)
{
	assert(mark <= out->len && out->len - mark > LENGTH_BYTES);

	size_t n = out->len - mark - LENGTH_BYTES;

	assert(n <= UINT32_MAX);
	set_u32(out->data + mark, (uint32_t)n);
}

void
milter_frame_put(struct buf *out, unsigned char command, const void *payload, size_t len)
{
	size_t mark = milter_frame_begin(out, command);

	buf_append(out, payload, len);
	milter_frame_end(out, mark);
}

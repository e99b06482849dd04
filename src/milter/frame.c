/* Writes frames. */
#include "milter/frame.h"

#include <assert.h>

#include "util/buf.h"

static void
set_u32(unsigned char *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
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
	assert(mark <= out->len && out->len - mark > MILTER_LENGTH_BYTES);

	size_t n = out->len - mark - MILTER_LENGTH_BYTES;

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

/* The letters of a filter's frames as a string; see wire.h. */
#include "wire.h"

#include <assert.h>

#include "milter/frame.h"
#include "milter/proto.h"
#include "util/buf.h"

const char *
wire_letters(const struct buf *out, char letters[static WIRE_MAX])
{
	struct milter_frame frame = {0};
	size_t n = 0;

	for (size_t at = 0; at < out->len; at += frame.size) {
		int r = milter_frame_next(out->data + at, out->len - at, MILTER_MAX_FRAME,
					  &frame);

		assert(r == 1 && n < WIRE_MAX - 1);
		letters[n++] = (char)frame.command;
	}
	letters[n] = '\0';
	return letters;
}

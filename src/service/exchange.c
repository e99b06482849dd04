/* What the protocols share: the content's bytes in windows, and the text of a failure. */
#include "service/exchange.h"

#include <string.h>

#include "util/str.h"

size_t
exchange_write_content(const struct exchange_content *c, struct exchange_position *at,
		       size_t max, struct buf *out)
{
	size_t done = 0;

	while (done < max && at->part < c->n) {
		const struct slice *p = &c->parts[at->part];
		size_t left = p->len - at->offset, n = left < max - done ? left : max - done;

		buf_append(out, p->data + at->offset, n);
		done += n;
		at->offset += n;
		if (at->offset == p->len) {
			at->part++;
			at->offset = 0;
		}
	}
	at->sent += done;
	return done;
}

enum exchange_state
exchange_fail(struct exchange *x, enum exchange_state state, const char *text, size_t len)
{
	struct buf b = {0};
	size_t n;

	str_append_printable(&b, text, len, EXCHANGE_TEXT_BYTES);
	n = b.len < sizeof(x->text) ? b.len : sizeof(x->text) - 1;
	memcpy(x->text, buf_string(&b), n);
	x->text[n] = '\0';
	buf_free(&b);
	return state;
}

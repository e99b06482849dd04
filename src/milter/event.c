/* A decoder for each form of payload, and a table by command. The input is untrusted: each
 * decoder checks that its strings end inside the frame. */
#include "milter/event.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define OPTNEG_BYTES 12u

/* Then all strings of the payload end inside it. */
static bool
ends_with_nul(const struct milter_frame *f)
{
	return f->len > 0 && f->payload[f->len - 1] == '\0';
}

static const char *
payload_text(const struct milter_frame *f)
{
	return (const char *)f->payload;
}

static const char *
payload_end(const struct milter_frame *f)
{
	return payload_text(f) + f->len;
}

const char *
milter_string_next(const char *s, const char *end)
{
	const char *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;

	return nul && nul + 1 < end ? nul + 1 : NULL;
}

static int
decode_offer(const struct milter_frame *f, struct milter_event *ev)
{
	if (f->len < OPTNEG_BYTES)
		return -EBADMSG;
	ev->optneg.version = milter_get_u32(f->payload);
	ev->optneg.actions = milter_get_u32(f->payload + 4);
	ev->optneg.protocol = milter_get_u32(f->payload + 8);
	return 0;
}

/* The length of the pairs of strings at the front of a list; a half pair behind them is left
 * out. */
static size_t
length_of_pairs(const char *s, size_t len)
{
	size_t whole = 0, strings = 0;

	for (size_t pos = 0; pos < len;) {
		const char *nul = memchr(s + pos, '\0', len - pos);

		if (!nul)
			break;
		pos = (size_t)(nul - s) + 1;
		if (++strings % 2 == 0)
			whole = pos;
	}
	return whole;
}

static int
decode_macro(const struct milter_frame *f, struct milter_event *ev)
{
	size_t head = f->len > 0 ? 1 : 0;

	ev->macro.command = head ? f->payload[0] : 0;
	ev->macro.pairs = payload_text(f) + head;
	ev->macro.len = length_of_pairs(ev->macro.pairs, f->len - head);
	return 0;
}

static int
decode_connect(const struct milter_frame *f, struct milter_event *ev)
{
	const char *host = payload_text(f), *end = payload_end(f);
	const char *nul = memchr(f->payload, '\0', f->len), *p;
	const unsigned char *port;
	bool known;

	if (!nul || nul + 1 == end)
		return -EBADMSG;
	p = nul + 1;
	known = *p == '4' || *p == '6' || *p == 'L';
	/* family, port, at least the address's NUL */
	if (known && (end - p < 4 || !ends_with_nul(f)))
		return -EBADMSG;
	port = f->payload + (p + 1 - host);
	ev->connect.host = host;
	ev->connect.family = known ? *p : 'U';
	ev->connect.port = 0;
	if (known)
		ev->connect.port = (uint16_t)(port[0] << 8 | port[1]);
	ev->connect.addr = known ? p + 3 : nul;
	return 0;
}

static int
decode_helo(const struct milter_frame *f, struct milter_event *ev)
{
	if (!ends_with_nul(f))
		return -EBADMSG;
	ev->helo = payload_text(f);
	return 0;
}

static int
decode_unknown(const struct milter_frame *f, struct milter_event *ev)
{
	if (!ends_with_nul(f))
		return -EBADMSG;
	ev->unknown = payload_text(f);
	return 0;
}

static int
decode_envelope(const struct milter_frame *f, struct milter_event *ev)
{
	if (!ends_with_nul(f))
		return -EBADMSG;
	ev->envelope.argv = payload_text(f);
	ev->envelope.len = f->len;
	return 0;
}

static int
decode_header(const struct milter_frame *f, struct milter_event *ev)
{
	const char *name = payload_text(f);
	size_t name_len;

	if (!ends_with_nul(f))
		return -EBADMSG;
	name_len = strlen(name);
	if (name_len + 1 == f->len)
		return -EBADMSG;
	ev->header.name = name;
	ev->header.name_len = name_len;
	ev->header.value = name + name_len + 1;
	ev->header.value_len = strlen(ev->header.value);
	return 0;
}

static int
decode_body(const struct milter_frame *f, struct milter_event *ev)
{
	ev->body.data = f->payload;
	ev->body.len = f->len;
	return 0;
}

static int
decode_bare(const struct milter_frame *f, struct milter_event *ev)
{
	(void)f;
	(void)ev;
	return 0;
}

/* By the command's letter. A decoder writes to *ev only when it succeeds. */
/* clang-format off */
static int (*const decoders[UCHAR_MAX + 1])(const struct milter_frame *f,
					    struct milter_event *ev) = {
	[CMD_OPTNEG] = decode_offer,
	[CMD_MACRO] = decode_macro,
	[CMD_CONNECT] = decode_connect,
	[CMD_HELO] = decode_helo,
	[CMD_ENVFROM] = decode_envelope,
	[CMD_ENVRCPT] = decode_envelope,
	[CMD_DATA] = decode_bare,
	[CMD_UNKNOWN] = decode_unknown,
	[CMD_HEADER] = decode_header,
	[CMD_EOH] = decode_bare,
	[CMD_BODY] = decode_body,
	[CMD_EOM] = decode_body,
	[CMD_ABORT] = decode_bare,
	[CMD_QUIT] = decode_bare,
	[CMD_QUIT_NC] = decode_bare,
};
/* clang-format on */

int
milter_event_decode(const struct milter_frame *frame, struct milter_event *ret)
{
	int r = -EBADMSG;

	if (decoders[frame->command] != NULL)
		r = decoders[frame->command](frame, ret);
	if (r == 0)
		ret->command = frame->command;
	return r;
}

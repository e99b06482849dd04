/* Fuzzes the decoders of the milter protocol, for an MTA's commands and for a filter's replies:
 * all strings that they return end inside the frame. Input: a stream of frames. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "milter/client.h"
#include "milter/event.h"
#include "milter/reply.h"

static bool
inside(const struct milter_frame *f, const void *p, size_t len)
{
	const unsigned char *start = p;

	return start >= f->payload && start <= f->payload + f->len &&
	       len <= (size_t)(f->payload + f->len - start);
}

static bool
string_inside(const struct milter_frame *f, const char *s)
{
	const char *end = (const char *)f->payload + f->len;

	return inside(f, s, 1) && memchr(s, '\0', (size_t)(end - s));
}

/* The number of strings in a list of len bytes, whose last one is NUL. */
static size_t
count_strings(const struct milter_frame *f, const char *list, size_t len)
{
	size_t n = 0;

	assert(inside(f, list, len));
	assert(len == 0 || list[len - 1] == '\0');
	for (const char *s = len > 0 ? list : NULL; s; s = milter_string_next(s, list + len)) {
		assert(string_inside(f, s));
		n++;
	}
	return n;
}

static void
check_connect(const struct milter_frame *f, const struct milter_event *ev)
{
	assert(string_inside(f, ev->connect.host));
	assert(string_inside(f, ev->connect.addr));
	assert(ev->connect.family != '\0' && strchr("46LU", ev->connect.family));
	if (ev->connect.family == 'U')
		assert(ev->connect.addr[0] == '\0' && ev->connect.port == 0);
}

static void
check_event(const struct milter_frame *f)
{
	struct milter_event ev;
	int r = milter_event_decode(f, &ev);

	if (r < 0) {
		assert(f->command != CMD_MACRO);
		return;
	}
	assert(r == 0 && ev.command == f->command);
	switch (ev.command) {
	case CMD_MACRO:
		assert(count_strings(f, ev.macro.pairs, ev.macro.len) % 2 == 0);
		break;
	case 'C':
		check_connect(f, &ev);
		break;
	case 'H':
		assert(string_inside(f, ev.helo));
		break;
	case 'U':
		assert(string_inside(f, ev.unknown));
		break;
	case 'M':
	case 'R':
		assert(count_strings(f, ev.envelope.argv, ev.envelope.len) > 0);
		break;
	case 'L':
		assert(string_inside(f, ev.header.name) && string_inside(f, ev.header.value));
		break;
	case 'B':
	case 'E':
		assert(inside(f, ev.body.data, ev.body.len));
		break;
	default:
		assert(strchr("OTNAQK", ev.command));
	}
}

static void
check_reply(const struct milter_frame *f)
{
	struct milter_reply reply;
	int r = milter_reply_decode(f, &reply);

	if (r < 0)
		return;
	assert(r == 0 && reply.reply == f->command);
	assert(!reply.name || string_inside(f, reply.name));
	assert(!reply.value || (reply.name && string_inside(f, reply.value)));
	assert(!reply.data || inside(f, reply.data, reply.len));
	assert(reply.data || reply.len == 0);
	if (reply.reply == REPLY_CODE)
		assert(reply.name && strlen(reply.name) >= 4);

	struct milter_client c;

	milter_client_init(&c);
	if (milter_client_agree(&c, &reply) == 0)
		assert(milter_reply_is_final(&reply));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct milter_frame f = {0};

	for (size_t pos = 0;
	     milter_frame_next(data + pos, size - pos, MILTER_MAX_FRAME, &f) == 1;
	     pos += f.size) {
		assert(f.payload == data + pos + 5);
		assert(f.size == f.len + 5 && f.size <= size - pos);
		assert(f.len < MILTER_MAX_FRAME);
		check_event(&f);
		check_reply(&f);
	}
	return 0;
}

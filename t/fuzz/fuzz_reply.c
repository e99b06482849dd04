/* Fuzzes the encoders of replies with any text of a policy: the decoder, which is as strict as
 * both MTAs, accepts the frames, no text adds a line to a reply or a header, and no frame is
 * too long. Input: two strings, the first one up to a NUL. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "milter/reply.h"
#include "util/buf.h"

/* Decodes all frames of out, *ret is the last one. Returns their number. */
static size_t
decode_all(const struct buf *out, struct milter_reply *ret)
{
	struct milter_frame f = {0};
	size_t n = 0;

	for (size_t pos = 0; pos < out->len; pos += f.size, n++) {
		int r = milter_frame_next(out->data + pos, out->len - pos, MILTER_MAX_FRAME,
					  &f);

		assert(r == 1);
		r = milter_reply_decode(&f, ret);
		assert(r == 0);
	}
	return n;
}

/* The reply is at most 32 lines "550-..." and a last one "550 ...", separated by CR LF, each of
 * at most 980 printable characters. */
static void
check_replycode(struct buf *out, const char *xcode, const char *text)
{
	struct milter_reply r;
	size_t lines = 1;

	buf_reset(out);
	milter_put_replycode(out, 550, xcode, text);
	assert(decode_all(out, &r) == 1);

	const char *p = r.name;

	for (const char *cr; (cr = strchr(p, '\r')); p = cr + 2, lines++) {
		assert(cr[1] == '\n' && cr - p <= 980);
		assert(strncmp(p, "550-", 4) == 0);
		for (; p < cr; p++)
			assert(*p >= ' ' && *p <= '~');
	}
	assert(strncmp(p, "550 ", 4) == 0 && strlen(p) <= 980 && lines <= 32);
	for (; *p; p++) {
		assert(*p >= ' ' && *p <= '~');
		if (*p == '%')
			assert(*++p == '%');
	}
}

static void
check_value(const char *value)
{
	assert(!strchr(value, '\r'));
	for (const char *lf = strchr(value, '\n'); lf; lf = strchr(lf + 1, '\n'))
		assert(lf[1] == ' ' || lf[1] == '\t');
}

static void
check_headers(struct buf *out, const char *name, const char *value)
{
	struct milter_reply r;

	buf_reset(out);
	milter_put_add_header(out, "X", value);
	assert(decode_all(out, &r) == 1);
	check_value(r.value);
	milter_put_change_header(out, 1, "X", value);
	assert(decode_all(out, &r) == 2);
	assert(r.value[0] != '\0'); /* an empty value deletes the header */
	check_value(r.value);
	buf_reset(out);
	milter_put_insert_header(out, 1, name, value);
	assert(decode_all(out, &r) == (out->len > 0));
}

static void
check_envelope(struct buf *out, const char *addr, const char *args)
{
	struct milter_reply r;

	buf_reset(out);
	milter_put_change_from(out, addr, args);
	milter_put_del_rcpt(out, addr);
	milter_put_quarantine(out, args);
	milter_put_add_rcpt(out, addr, args);
	assert(decode_all(out, &r) == 4);
	assert(r.name[0] == '<');
	assert((r.value == NULL) == (args[0] == '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = {0};
	char *first = malloc(size + 1);

	if (!first)
		abort();
	memcpy(first, data, size);
	first[size] = '\0';

	size_t len = strlen(first);
	const char *second = len < size ? first + len + 1 : "";

	check_replycode(&out, NULL, first);
	check_replycode(&out, first, second);
	check_headers(&out, first, second);
	check_headers(&out, second, first);
	check_envelope(&out, first, second);
	free(first);
	buf_free(&out);
	return 0;
}

/* Commands to frames, according to the terms that the filter chose. */
#include "milter/client.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "util/buf.h"

#define VERSION_OF_UNKNOWN 3u
#define VERSION_OF_DATA	   4u

void
milter_client_init(struct milter_client *c)
{
	*c = (struct milter_client){
		.offer = {MILTER_VERSION, ACTION_ALL, PROTO_ALL},
	};
}

static bool
stage_is_sent(const struct milter_client *c, enum stage s)
{
	return !(c->terms.protocol & stage_no_bit(s));
}

static bool
stage_has_reply(const struct milter_client *c, enum stage s)
{
	return !(c->terms.protocol & stage_nr_bit(s));
}

static void
put_string(struct buf *out, const char *s)
{
	buf_append(out, s, strlen(s) + 1);
}

static void
put_strings(struct buf *out, const char *const *strings)
{
	for (; *strings; strings++)
		put_string(out, *strings);
}

/* A stage whose payload is strings, perhaps none. */
static bool
put_command(const struct milter_client *c, struct buf *out, enum stage s,
	    const char *const *strings)
{
	if (!stage_is_sent(c, s))
		return false;

	size_t mark = milter_frame_begin(out, stage_command(s));

	put_strings(out, strings);
	milter_frame_end(out, mark);
	return stage_has_reply(c, s);
}

bool
milter_client_optneg(struct milter_client *c, struct buf *out)
{
	milter_put_optneg(out, &c->offer, NULL);
	return true;
}

bool
milter_client_macros(struct milter_client *c, struct buf *out, unsigned char command,
		     const char *const *pairs)
{
	if (c->skip_body && command == stage_command(STAGE_BODY))
		return false;

	size_t mark = milter_frame_begin(out, CMD_MACRO);

	buf_putc(out, command);
	put_strings(out, pairs);
	milter_frame_end(out, mark);
	return false;
}

bool
milter_client_connect(struct milter_client *c, struct buf *out, const char *host, char family,
		      uint16_t port, const char *addr)
{
	if (!stage_is_sent(c, STAGE_CONNECT))
		return false;

	size_t mark = milter_frame_begin(out, stage_command(STAGE_CONNECT));

	put_string(out, host);
	buf_putc(out, (unsigned char)family);
	if (family == '4' || family == '6' || family == 'L') {
		buf_putc(out, (unsigned char)(port >> 8));
		buf_putc(out, (unsigned char)port);
		put_string(out, addr);
	}
	milter_frame_end(out, mark);
	return stage_has_reply(c, STAGE_CONNECT);
}

bool
milter_client_helo(struct milter_client *c, struct buf *out, const char *name)
{
	return put_command(c, out, STAGE_HELO, (const char *const[]){name, NULL});
}

bool
milter_client_envfrom(struct milter_client *c, struct buf *out, const char *const *argv)
{
	c->skip_body = false;
	return put_command(c, out, STAGE_ENVFROM, argv);
}

bool
milter_client_envrcpt(struct milter_client *c, struct buf *out, const char *const *argv)
{
	return put_command(c, out, STAGE_ENVRCPT, argv);
}

bool
milter_client_path(struct milter_client *c, struct buf *out, enum stage s, const char *addr,
		   const char *args, size_t args_len)
{
	if (s == STAGE_ENVFROM)
		c->skip_body = false;
	if (!stage_is_sent(c, s))
		return false;

	size_t mark = milter_frame_begin(out, stage_command(s));

	put_string(out, addr);
	buf_append(out, args, args_len);
	milter_frame_end(out, mark);
	return stage_has_reply(c, s);
}

bool
milter_client_data(struct milter_client *c, struct buf *out)
{
	if (c->terms.version < VERSION_OF_DATA)
		return false;
	return put_command(c, out, STAGE_DATA, (const char *const[]){NULL});
}

bool
milter_client_unknown(struct milter_client *c, struct buf *out, const char *line)
{
	if (c->terms.version < VERSION_OF_UNKNOWN)
		return false;
	return put_command(c, out, STAGE_UNKNOWN, (const char *const[]){line, NULL});
}

bool
milter_client_header(struct milter_client *c, struct buf *out, const char *name,
		     const char *value)
{
	if (value[0] == ' ' && !(c->terms.protocol & PROTO_LEADSPC))
		value++;
	return put_command(c, out, STAGE_HEADER, (const char *const[]){name, value, NULL});
}

bool
milter_client_kept_header(struct milter_client *c, struct buf *out, const char *name,
			  const char *value)
{
	if (!stage_is_sent(c, STAGE_HEADER))
		return false;

	size_t mark = milter_frame_begin(out, stage_command(STAGE_HEADER));

	put_string(out, name);
	if (c->terms.protocol & PROTO_LEADSPC)
		buf_putc(out, ' ');
	put_string(out, value);
	milter_frame_end(out, mark);
	return stage_has_reply(c, STAGE_HEADER);
}

bool
milter_client_eoh(struct milter_client *c, struct buf *out)
{
	return put_command(c, out, STAGE_EOH, (const char *const[]){NULL});
}

bool
milter_client_body(struct milter_client *c, struct buf *out, const void *data, size_t len)
{
	assert(len <= MILTER_CHUNK);
	if (c->skip_body || !stage_is_sent(c, STAGE_BODY))
		return false;
	milter_frame_put(out, stage_command(STAGE_BODY), data, len);
	return stage_has_reply(c, STAGE_BODY);
}

bool
milter_client_eom(struct milter_client *c, struct buf *out)
{
	c->skip_body = false;
	return put_command(c, out, STAGE_EOM, (const char *const[]){NULL});
}

void
milter_client_abort(struct milter_client *c, struct buf *out)
{
	c->skip_body = false;
	milter_frame_put(out, CMD_ABORT, NULL, 0);
}

void
milter_client_quit(struct milter_client *c, struct buf *out)
{
	c->skip_body = false;
	milter_frame_put(out, CMD_QUIT, NULL, 0);
}

void
milter_client_quit_nc(struct milter_client *c, struct buf *out)
{
	c->skip_body = false;
	milter_frame_put(out, CMD_QUIT_NC, NULL, 0);
}

int
milter_client_agree(struct milter_client *c, const struct milter_reply *reply)
{
	const struct milter_terms *t = &reply->terms;

	if (reply->reply != CMD_OPTNEG)
		return -EPROTO;
	if (t->version < MILTER_MIN_VERSION || t->version > c->offer.version)
		return -EPROTO;
	if ((t->actions & ~c->offer.actions) || (t->protocol & ~c->offer.protocol))
		return -EPROTO;
	c->terms = *t;
	return 0;
}

bool
milter_reply_is_final(const struct milter_reply *reply)
{
	switch (reply->reply) {
	case CMD_OPTNEG:
	case REPLY_CONTINUE:
	case REPLY_ACCEPT:
	case REPLY_REJECT:
	case REPLY_TEMPFAIL:
	case REPLY_DISCARD:
	case REPLY_CODE:
	case REPLY_SKIP:
	case REPLY_SHUTDOWN:
		return true;
	default:
		return false;
	}
}

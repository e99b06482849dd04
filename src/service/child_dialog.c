/* The MTA's half of a play, step after step. */
#include "service/child_private.h"

#include <arpa/inet.h>

#define LEAST_CHUNK 1024u /* no window ends with a smaller piece of the body */

/* Notes whether a command is answered, and goes on to the next step. */
static void
do_step(struct child *c, enum stage s, bool answered)
{
	c->awaited[s] += answered;
	c->step++;
}

static void
write_optneg(struct child *c, struct buf *out)
{
	c->negotiating = milter_client_optneg(&c->client, out);
	c->step++;
}

/* Whether the address is one of the family. Filters of libmilter hang up for another. */
static bool
peer_address_is_valid(const struct peer *p)
{
	unsigned char addr[16];

	if (p->family == '4' || p->family == '6')
		return inet_pton(p->family == '4' ? AF_INET : AF_INET6, p->addr, addr) == 1;
	return p->family == 'L';
}

static void
write_connect(struct child *c, struct buf *out)
{
	const struct peer *p = c->message->peer;
	const char *host = p->host[0] == '\0' ? "unknown" : p->host;
	char family = peer_address_is_valid(p) ? p->family : 'U';

	child_put_macros(c, out, STAGE_CONNECT, NULL);
	do_step(c, STAGE_CONNECT,
		milter_client_connect(&c->client, out, host, family, p->port, p->addr));
}

static void
write_helo(struct child *c, struct buf *out)
{
	const char *helo = c->message->peer->helo;

	child_put_macros(c, out, STAGE_HELO, NULL);
	do_step(c, STAGE_HELO, helo[0] != '\0' && milter_client_helo(&c->client, out, helo));
}

static bool
write_path(struct child *c, struct buf *out, enum stage s, const struct child_path *p)
{
	child_put_macros(c, out, s, p);
	return milter_client_path(&c->client, out, s, p->addr, p->args, p->args_len);
}

static void
write_sender(struct child *c, struct buf *out)
{
	do_step(c, STAGE_ENVFROM, write_path(c, out, STAGE_ENVFROM, &c->message->sender));
}

static void
write_rcpt(struct child *c, struct buf *out)
{
	if (c->at == c->message->n_rcpts) {
		c->at = 0;
		c->step++;
		return;
	}
	if (write_path(c, out, STAGE_ENVRCPT, &c->message->rcpts[c->at++]))
		c->awaited[STAGE_ENVRCPT]++;
}

static void
write_data(struct child *c, struct buf *out)
{
	child_put_macros(c, out, STAGE_DATA, NULL);
	do_step(c, STAGE_DATA, milter_client_data(&c->client, out));
}

static void
write_field(struct child *c, struct buf *out)
{
	const struct child_field *f;

	if (c->at == c->message->n_fields) {
		c->step++;
		return;
	}
	f = &c->message->fields[c->at++];
	if (milter_client_kept_header(&c->client, out, f->name, f->value))
		c->awaited[STAGE_HEADER]++;
}

static void
write_eoh(struct child *c, struct buf *out)
{
	child_put_macros(c, out, STAGE_EOH, NULL);
	do_step(c, STAGE_EOH, milter_client_eoh(&c->client, out));
}

/* One chunk, of what is left of the window. */
static void
write_body(struct child *c, struct buf *out, size_t room)
{
	size_t max = room < MILTER_CHUNK ? room : MILTER_CHUNK, mark;
	uint32_t protocol = c->client.terms.protocol;

	if (c->body.sent == c->message->body.size || c->client.skip_body ||
	    (protocol & stage_no_bit(STAGE_BODY))) {
		c->step++;
		return;
	}
	mark = milter_frame_begin(out, stage_command(STAGE_BODY));
	exchange_write_content(&c->message->body, &c->body, max, out);
	milter_frame_end(out, mark);
	if (!(protocol & stage_nr_bit(STAGE_BODY)))
		c->awaited[STAGE_BODY]++;
}

static void
write_eom(struct child *c, struct buf *out)
{
	child_put_macros(c, out, STAGE_EOM, NULL);
	do_step(c, STAGE_EOM, milter_client_eom(&c->client, out));
}

static void
write_quit(struct child *c, struct buf *out)
{
	milter_client_quit(&c->client, out);
	c->step++;
}

static void
write_step(struct child *c, struct buf *out, size_t room)
{
	static void (*const steps[])(struct child *, struct buf *) = {
		[CHILD_STEP_OPTNEG] = write_optneg, [CHILD_STEP_CONNECT] = write_connect,
		[CHILD_STEP_HELO] = write_helo,	    [CHILD_STEP_ENVFROM] = write_sender,
		[CHILD_STEP_ENVRCPT] = write_rcpt,  [CHILD_STEP_DATA] = write_data,
		[CHILD_STEP_HEADER] = write_field,  [CHILD_STEP_EOH] = write_eoh,
		[CHILD_STEP_EOM] = write_eom,	    [CHILD_STEP_QUIT] = write_quit,
	};

	if (c->step == CHILD_STEP_BODY)
		write_body(c, out, room);
	else
		steps[c->step](c, out);
}

/* Whether the next step may be written: in the envelope only when nothing is awaited. */
static bool
step_is_free(const struct child *c)
{
	if (c->step == CHILD_STEP_WAIT || c->step == CHILD_STEP_END || c->negotiating)
		return false;
	if (c->step > CHILD_STEP_DATA)
		return true;
	for (enum stage s = STAGE_CONNECT; s <= STAGE_ENVRCPT; s++) {
		if (c->awaited[s] > 0)
			return false;
	}
	return true;
}

void
child_write_steps(struct child *c, struct buf *out)
{
	size_t start = out->len;

	while (step_is_free(c) && out->len - start + LEAST_CHUNK <= EXCHANGE_WINDOW)
		write_step(c, out, EXCHANGE_WINDOW - (out->len - start));
}

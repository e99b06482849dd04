/* The message as another milter is told it: envelope, macros, fields and body as the policies
 * before this one have left them. */
#include <string.h>

#include "content/authserv_id.h"
#include "policies/milter.h"

void
milter_remove_forged(struct policy_call *c, const char *authserv_id)
{
	struct message *m = policy_message(c);
	uint32_t key = header_key("Authentication-Results");

	for (size_t i = 0; i < m->n_headers; i++) {
		struct header *h = &m->headers[i];

		if (!h->deleted && h->sent != NULL &&
		    header_is_named(h, "Authentication-Results", key) &&
		    authserv_id_is(h->value, authserv_id))
			policy_delete_header(c, h);
	}
}

/* For the sender that the MTA sent its macro counts. */
static struct child_path
make_milter_sender(const struct policy_call *c)
{
	const struct sender *s = policy_sender(c);

	if (s == NULL)
		return (struct child_path){.addr = "<>"};
	return (struct child_path){
		.addr = s->addr,
		.args = s->args,
		.args_len = s->args_len,
		.seen = s->added_by == POSITION_MTA ? NULL : s->mailbox,
	};
}

/* The MTA's macro {rcpt_addr} is at the end of the message that of the last recipient. */
static void
add_milter_rcpts(struct policy_call *c, struct milter_work *work)
{
	const struct message *m = policy_message(c);
	size_t n = policy_rcpt_count(c);
	struct child_path *paths = arena_alloc(policy_arena(c), (n + 1) * sizeof(*paths));

	work->rcpts = arena_alloc(policy_arena(c), (n + 1) * sizeof(*work->rcpts));
	n = 0;
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++) {
		const struct rcpt *r = &m->rcpts[i];

		work->rcpts[n] = i;
		paths[n++] = (struct child_path){
			.addr = r->addr,
			.args = r->args,
			.args_len = r->args_len,
			.seen = r->other != NULL ? r->other : r->mailbox,
		};
	}
	work->message.rcpts = paths;
	work->message.n_rcpts = n;
}

static void
add_milter_fields(struct policy_call *c, struct child_message *to)
{
	const struct message *m = policy_message(c);
	struct child_field *fields =
		arena_alloc(policy_arena(c), (m->n_headers + 1) * sizeof(*fields));

	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted)
			fields[to->n_fields++] =
				(struct child_field){m->headers[i].name, m->headers[i].value};
	to->fields = fields;
}

static void
add_milter_body(struct policy_call *c, struct exchange_content *to)
{
	const struct message *m = policy_message(c);
	struct slice whole = {m->body, m->body_len};

	to->parts = m->n_body_parts > 0 ? m->body_parts
					: arena_dup(policy_arena(c), &whole, sizeof(whole));
	to->n = m->n_body_parts > 0 ? m->n_body_parts : 1;
	for (size_t i = 0; i < to->n; i++)
		to->size += to->parts[i].len;
}

static const char *const *
list_milter_macros(struct policy_call *c)
{
	const struct milter_conf *conf = policy_conf(c);
	const char **pairs;
	size_t n = 0, used = 0;

	while (conf->macros[n] != NULL)
		n++;
	pairs = arena_zalloc(policy_arena(c), (2 * n + 1) * sizeof(*pairs));
	for (size_t i = 0; i < n; i++) {
		const char *value = policy_macro(c, conf->macros[i]);

		if (value == NULL)
			continue;
		pairs[used++] = conf->macros[i];
		pairs[used++] = arena_strdup(policy_arena(c), value);
	}
	return pairs;
}

void
milter_make_message(struct policy_call *c, struct milter_work *work)
{
	const struct milter_conf *conf = policy_conf(c);

	work->message = (struct child_message){
		.peer = policy_peer(c),
		.sender = make_milter_sender(c),
		.macros = list_milter_macros(c),
		.actions = conf->actions,
	};
	add_milter_rcpts(c, work);
	add_milter_fields(c, &work->message);
	add_milter_body(c, &work->message.body);
}

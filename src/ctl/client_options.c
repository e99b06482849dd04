/* Reads the options of the SMTP client and of the envelope: see client_options.h. */
#include "ctl/client_options.h"

#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "util/addr.h"
#include "util/arena.h"
#include "util/buf.h"

#define MACROS_MAX 30u

static const char default_name[] = "client.example.org";
static const char default_addr[] = "192.0.2.10";

/* The command line of one subcommand. */
struct client_reading {
	const struct command *c;
	const struct command_args *args;
	size_t first;
	struct arena *arena;
};

static const char *
client_value(const struct client_reading *r, size_t option)
{
	return r->args->values[r->first + option];
}

static const char *
next_client_value(const struct client_reading *r, size_t option, size_t *at)
{
	return command_next_value(r->args, (int)(r->first + option), at);
}

static const char *
add_brackets(struct arena *arena, const char *addr)
{
	return addr[0] == '<' ? addr : arena_printf(arena, "<%s>", addr);
}

/* NULL: none was given. */
static const char *const *
read_rcpts(const struct client_reading *r)
{
	struct buf list = {0};
	const char *addr, *const *rcpts;
	size_t at = 0;

	if (client_value(r, CLIENT_RCPT) == NULL)
		return NULL;
	while ((addr = next_client_value(r, CLIENT_RCPT, &at)) != NULL) {
		addr = add_brackets(r->arena, addr);
		buf_append(&list, &addr, sizeof(addr));
	}
	buf_append(&list, &addr, sizeof(addr));
	rcpts = arena_dup(r->arena, list.data, list.len);
	buf_free(&list);
	return rcpts;
}

/* "i" and "{i}" are the same; longer names have braces. */
static const char *
make_macro_name(struct arena *arena, const char *name, size_t len)
{
	if (len == 3 && name[0] == '{')
		return arena_strndup(arena, name + 1, 1);
	if (len == 1 || name[0] == '{')
		return arena_strndup(arena, name, len);
	return arena_printf(arena, "{%.*s}", (int)len, name);
}

static int
read_macros(const struct client_reading *r, struct mta_peer *peer)
{
	const char **pairs = arena_zalloc(r->arena, (2 * MACROS_MAX + 1) * sizeof(*pairs));
	const char *text;
	size_t at = 0, n = 0;

	while ((text = next_client_value(r, CLIENT_MACRO, &at)) != NULL) {
		size_t len = strcspn(text, "=");

		if (len == 0 || text[len] == '\0')
			return command_usage(r->c, "--macro: '%s' is not NAME=VALUE", text);
		if (n == MACROS_MAX)
			return command_usage(r->c, "--macro: more than %u", MACROS_MAX);
		pairs[2 * n] = make_macro_name(r->arena, text, len);
		pairs[2 * n + 1] = text + len + 1;
		n++;
	}
	peer->macros = pairs;
	return EX_OK;
}

static int
read_peer(const struct client_reading *r, struct mta_peer *peer)
{
	const char *addr = client_value(r, CLIENT_ADDRESS), *mta = client_value(r, CLIENT_MTA);
	struct cidr host;

	if (addr != NULL && cidr_parse_host(addr, &host) < 0)
		return command_usage(r->c, "--client: '%s' is no IP address", addr);
	if (mta != NULL && strcmp(mta, "postfix") != 0 && strcmp(mta, "sendmail") != 0)
		return command_usage(r->c, "--mta: '%s' is neither postfix nor sendmail", mta);
	*peer = (struct mta_peer){
		.is_sendmail = mta != NULL && strcmp(mta, "sendmail") == 0,
		.name = client_value(r, CLIENT_NAME),
		.addr = addr != NULL ? addr : default_addr,
		.family = addr != NULL && host.family == AF_INET6 ? '6' : '4',
		.helo = client_value(r, CLIENT_HELO),
		.tls = client_value(r, CLIENT_TLS),
	};
	if (peer->name == NULL)
		peer->name = addr == NULL ? default_name : arena_printf(r->arena, "[%s]", addr);
	if (peer->helo == NULL)
		peer->helo = peer->name;
	return read_macros(r, peer);
}

int
client_options_read(const struct command *c, const struct command_args *args, size_t first,
		    struct arena *arena, struct client_options *ret)
{
	const struct client_reading r = {c, args, first, arena};
	const char *sender = client_value(&r, CLIENT_FROM);

	*ret = (struct client_options){
		.auth_user = client_value(&r, CLIENT_AUTH),
		.sender = sender != NULL ? add_brackets(arena, sender) : NULL,
		.rcpts = read_rcpts(&r),
	};
	return read_peer(&r, &ret->peer);
}

void
client_options_envelope(const struct client_options *o, const struct mta_header *headers,
			struct arena *arena, struct mail_envelope *ret)
{
	mail_envelope_guess(arena, headers, ret);
	if (o->sender != NULL) {
		ret->sender = o->sender;
		ret->sender_from = "--from";
	}
	if (o->rcpts != NULL) {
		ret->rcpts = o->rcpts;
		ret->rcpts_from = "--rcpt";
	}
}

/* Makes lists of macros: see mta_macros.h. */
#include "ctl/mta_macros.h"

#include <stdio.h>
#include <string.h>

static const char mta_name[] = "mx.example.net";

/* Names that are sent with other commands than MAIL. */
static const char *const sent_elsewhere[] = {
	"i", "j", "_", "v", "{daemon_name}", "{tls_version}", "{rcpt_addr}", NULL};

/* The value that the peer gives to a macro, or NULL. */
static const char *
find_own_macro(const struct mta_peer *peer, const char *name)
{
	const char *const *p = peer != NULL ? peer->macros : NULL;

	for (; p != NULL && *p != NULL; p += 2)
		if (strcmp(p[0], name) == 0)
			return p[1];
	return NULL;
}

static void
append_macro(struct mta_macros *m, const char *name, const char *value)
{
	if (m->n == MTA_MACROS_MAX)
		return;
	m->pairs[2 * m->n] = name;
	m->pairs[2 * m->n + 1] = value;
	m->n++;
	m->pairs[2 * m->n] = NULL;
}

/* value NULL: it is not sent, unless the peer has it. */
static void
add_macro(struct mta_macros *m, const struct mta_peer *peer, const char *name,
	  const char *value)
{
	const char *own = find_own_macro(peer, name);

	if (own != NULL || value != NULL)
		append_macro(m, name, own != NULL ? own : value);
}

static void
begin_macros(struct mta_macros *m)
{
	m->none = false;
	m->n = 0;
	m->pairs[0] = NULL;
}

static bool
is_sendmail(const struct mta_peer *peer)
{
	return peer != NULL && peer->is_sendmail;
}

void
mta_macros_of_connect(struct mta_macros *m, const struct mta_peer *peer)
{
	begin_macros(m);
	(void)snprintf(m->address, sizeof(m->address), "%s [%s]", peer->name, peer->addr);
	add_macro(m, peer, "j", mta_name);
	add_macro(m, peer, "{daemon_name}", is_sendmail(peer) ? "MTA" : mta_name);
	add_macro(m, peer, "v", is_sendmail(peer) ? "8.17.1" : "Postfix 3.7.11");
	add_macro(m, peer, "_", peer->name[0] == '[' ? peer->name : m->address);
}

void
mta_macros_of_helo(struct mta_macros *m, const struct mta_peer *peer)
{
	begin_macros(m);
	add_macro(m, peer, "{tls_version}", peer->tls);
}

/* The address without its brackets. */
static const char *
copy_address(struct mta_macros *m, const char *path)
{
	size_t len;

	path += path[0] == '<';
	len = strlen(path);
	len -= len > 0 && path[len - 1] == '>';
	(void)snprintf(m->address, sizeof(m->address), "%.*s", (int)len, path);
	return m->address;
}

static bool
is_sent_elsewhere(const char *name)
{
	for (const char *const *s = sent_elsewhere; *s != NULL; s++)
		if (strcmp(*s, name) == 0)
			return true;
	return false;
}

static bool
has_macro(const struct mta_macros *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->pairs[2 * i], name) == 0)
			return true;
	return false;
}

static void
add_other_macros(struct mta_macros *m, const struct mta_peer *peer)
{
	for (const char *const *p = peer->macros; p != NULL && *p != NULL; p += 2)
		if (!is_sent_elsewhere(p[0]) && !has_macro(m, p[0]))
			append_macro(m, p[0], find_own_macro(peer, p[0]));
}

void
mta_macros_of_mail(struct mta_macros *m, const struct mta_message *message)
{
	const struct mta_peer *peer = message->peer;

	begin_macros(m);
	if (is_sendmail(peer))
		add_macro(m, peer, "i", message->queue_id);
	add_macro(m, peer, "{auth_type}", message->auth_user != NULL ? "PLAIN" : NULL);
	add_macro(m, peer, "{auth_authen}", message->auth_user);
	if (peer == NULL)
		return;
	add_macro(m, peer, "{mail_addr}", copy_address(m, message->sender[0]));
	add_other_macros(m, peer);
}

void
mta_macros_of_rcpt(struct mta_macros *m, const struct mta_message *message, size_t index)
{
	const struct mta_peer *peer = message->peer;

	begin_macros(m);
	if (index > 0 || is_sendmail(peer)) /* Postfix assigns it after the first recipient */
		add_macro(m, peer, "i", message->queue_id);
	if (peer != NULL)
		add_macro(m, peer, "{rcpt_addr}", copy_address(m, message->rcpts[index]));
}

void
mta_macros_of_content(struct mta_macros *m, const struct mta_message *message, enum stage stage)
{
	begin_macros(m);
	m->none = is_sendmail(message->peer) && stage != STAGE_EOM;
	add_macro(m, message->peer, "i", message->queue_id);
}

/* Which macros a child gets with which command. */
#include "service/child_private.h"

#include <string.h>

#include "milter/event.h"

/* Of the stages that have macros: their number in a child's list, and the names for a child
 * that asks for none. Those are the lists of both MTAs, and what Debian's filters read. */
static const struct stage_macros {
	enum stage stage;
	enum macro_stage number;
	const char *names;
} stage_macros[] = {
	{STAGE_CONNECT, MACRO_CONNECT,
	 "j _ v {daemon_name} {daemon_addr} {daemon_port} {if_name} {if_addr} {client_addr} "
	 "{client_name} {client_port} {client_ptr}"},
	{STAGE_HELO, MACRO_HELO,
	 "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"},
	{STAGE_ENVFROM, MACRO_ENVFROM,
	 "i b r s {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_addr} {mail_host} "
	 "{mail_mailer}"},
	{STAGE_ENVRCPT, MACRO_ENVRCPT, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
	{STAGE_DATA, MACRO_DATA, "i"},
	{STAGE_EOH, MACRO_EOH, "i"},
	{STAGE_EOM, MACRO_EOM, "i {msg_id}"},
};

static const struct stage_macros *
find_stage_macros(enum stage s)
{
	const struct stage_macros *m = stage_macros;

	while (m->stage != s)
		m++;
	return m;
}

/* The names that the child wants for the stage; NULL: it did not say. */
static const char *
find_wanted_macros(const struct child *c, enum macro_stage number)
{
	for (const char *p = c->lists; c->lists_len > 0 && p < c->lists + c->lists_len;) {
		const char *names = p + sizeof(uint32_t);

		if (milter_get_u32((const unsigned char *)p) == number)
			return names;
		p = names + strlen(names) + 1;
	}
	return NULL;
}

/* The name of one letter without its braces: "{i}" is i. */
static void
bare_macro_name(const char **name, size_t *len)
{
	if (*len == 3 && (*name)[0] == '{' && (*name)[2] == '}') {
		++*name;
		*len = 1;
	}
}

static bool
macro_names_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	bare_macro_name(&a, &a_len);
	bare_macro_name(&b, &b_len);
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static void
put_macro(struct buf *out, const char *name, const char *value)
{
	buf_append(out, name, strlen(name) + 1);
	buf_append(out, value, strlen(value) + 1);
}

static void
put_named_macro(const struct child *c, struct buf *out, const struct child_path *path,
		const char *name, size_t len)
{
	if (path && path->seen) {
		const char *own = path == &c->message->sender ? "{mail_addr}" : "{rcpt_addr}";

		if (macro_names_equal(name, len, own, strlen(own))) {
			put_macro(out, own, path->seen);
			return;
		}
	}
	for (const char *const *m = c->message->macros; m && *m; m += 2) {
		if (macro_names_equal(name, len, m[0], strlen(m[0]))) {
			put_macro(out, m[0], m[1]);
			return;
		}
	}
}

void
child_put_macros(const struct child *c, struct buf *out, enum stage s,
		 const struct child_path *path)
{
	const struct stage_macros *m = find_stage_macros(s);
	const char *names = find_wanted_macros(c, m->number);
	size_t mark = milter_frame_begin(out, CMD_MACRO), empty;

	buf_putc(out, stage_command(s));
	empty = out->len;
	if (!names)
		names = m->names;
	while (names[names[0] == '\0' ? 0 : strspn(names, " ,")] != '\0') {
		names += strspn(names, " ,");

		size_t len = strcspn(names, " ,");

		put_named_macro(c, out, path, names, len);
		names += len;
	}
	if (out->len == empty)
		out->len = mark;
	else
		milter_frame_end(out, mark);
}

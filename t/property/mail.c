/* A mail as Postfix holds it. The modifications are applied as its cleanup(8) does: an inserted
 * field counts all fields, a changed one those of its name but the MTA's own Received, and a
 * recipient is deleted by the address that was given at RCPT. */
#include "mail.h"

#include <stdlib.h>
#include <string.h>

#include "util/str.h"

#define BOUNDARY       "=_polymilter_"
#define BOUNDARY_CHARS 24u
#define BOUNDARIES_MAX 32u

static void
insert_field(struct mail *m, size_t at, const char *name, const char *value)
{
	struct mail_field *f;

	if (m->n_fields == MAIL_FIELDS_MAX) {
		m->broken = true;
		return;
	}
	at = at < m->n_fields ? at : m->n_fields;
	f = &m->fields[at];
	memmove(f + 1, f, (m->n_fields - at) * sizeof(*f));
	*f = (struct mail_field){.name = arena_strdup(m->arena, name),
				 .value = arena_strdup(m->arena, value)};
	m->n_fields++;
}

static void
change_field(struct mail *m, const struct milter_reply *reply)
{
	size_t nth = reply->index;

	for (size_t i = 0; i < m->n_fields; i++) {
		struct mail_field *f = &m->fields[i];

		if (f->own || !str_case_equal(f->name, reply->name) || --nth > 0)
			continue;
		if (*reply->value != '\0') {
			f->value = arena_strdup(m->arena, reply->value);
			return;
		}
		m->n_fields--;
		memmove(f, f + 1, (m->n_fields - i) * sizeof(*f));
		return;
	}
	m->broken = true;
}

static void
add_rcpt(struct mail *m, const char *addr, const char *args)
{
	if (m->n_rcpts == MAIL_RCPTS_MAX) {
		m->broken = true;
		return;
	}
	m->rcpts[m->n_rcpts++] = (struct mail_rcpt){
		.addr = arena_strdup(m->arena, addr),
		.args = args == NULL || *args == '\0' ? NULL : arena_strdup(m->arena, args),
	};
}

static void
delete_rcpt(struct mail *m, const char *addr)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n_rcpts; i++)
		if (strcmp(m->rcpts[i].addr, addr) != 0)
			m->rcpts[kept++] = m->rcpts[i];
	m->broken |= kept == m->n_rcpts;
	m->n_rcpts = kept;
}

void
mail_apply(struct mail *m, const struct milter_reply *reply, const struct buf *body)
{
	switch (reply->reply) {
	case REPLY_ADD_HEADER:
		insert_field(m, SIZE_MAX, reply->name, reply->value);
		break;
	case REPLY_INSERT_HEADER:
		insert_field(m, reply->index, reply->name, reply->value);
		break;
	case REPLY_CHANGE_HEADER:
		change_field(m, reply);
		break;
	case REPLY_ADD_RCPT:
	case REPLY_ADD_RCPT_PAR:
		add_rcpt(m, reply->name, reply->value);
		break;
	case REPLY_DEL_RCPT:
		delete_rcpt(m, reply->name);
		break;
	case REPLY_CHANGE_FROM:
		m->sender = arena_strdup(m->arena, reply->name);
		m->sender_args = reply->value == NULL || *reply->value == '\0'
					 ? NULL
					 : arena_strdup(m->arena, reply->value);
		break;
	case REPLY_REPLACE_BODY:
		m->body = arena_dup(m->arena, body->data, body->len);
		m->body_len = body->len;
		break;
	case REPLY_QUARANTINE:
		m->quarantine = arena_strdup(m->arena, reply->name);
		break;
	default:
		m->broken = true;
	}
}

static int
compare_rcpts(const void *a, const void *b)
{
	const struct mail_rcpt *x = a, *y = b;
	int r = strcmp(x->addr, y->addr);

	return r != 0 ? r : strcmp(x->args ? x->args : "", y->args ? y->args : "");
}

static void
write_envelope(const struct mail *m, struct buf *out)
{
	struct mail_rcpt sorted[MAIL_RCPTS_MAX];

	memcpy(sorted, m->rcpts, m->n_rcpts * sizeof(*sorted));
	qsort(sorted, m->n_rcpts, sizeof(*sorted), compare_rcpts);
	buf_printf(out, "MAIL %s %s\n", m->sender, m->sender_args ? m->sender_args : "");
	for (size_t i = 0; i < m->n_rcpts; i++)
		buf_printf(out, "RCPT %s %s\n", sorted[i].addr,
			   sorted[i].args ? sorted[i].args : "");
}

/* Copies text; the boundaries of ours become their numbers, in the order of appearance. */
static void
write_without_chance(const char *text, struct buf *out)
{
	const char *seen[BOUNDARIES_MAX], *at;
	size_t n = 0, i;

	while ((at = strstr(text, BOUNDARY)) != NULL) {
		at += strlen(BOUNDARY);
		buf_append(out, text, (size_t)(at - text));
		text = at;
		if (strspn(at, "0123456789abcdef") < BOUNDARY_CHARS)
			continue;
		for (i = 0; i < n && strncmp(seen[i], at, BOUNDARY_CHARS) != 0; i++)
			;
		if (i == n && n < BOUNDARIES_MAX)
			seen[n++] = at;
		buf_printf(out, "#%zu", i);
		text = at + BOUNDARY_CHARS;
	}
	buf_puts(out, text);
}

void
mail_write(const struct mail *m, struct buf *out)
{
	struct buf content = {0};

	write_envelope(m, out);
	if (m->quarantine != NULL)
		buf_printf(out, "HOLD %s\n", m->quarantine);
	if (m->broken)
		buf_puts(out, "BROKEN: a modification that no MTA takes\n");
	for (size_t i = 0; i < m->n_fields; i++)
		buf_printf(&content, "%s: %s\n", m->fields[i].name, m->fields[i].value);
	buf_putc(&content, '\n');
	buf_append(&content, m->body, m->body_len);
	write_without_chance(buf_string(&content), out);
	buf_free(&content);
}

size_t
mail_size(const struct mail *m)
{
	size_t n = m->body_len + 2;

	for (size_t i = 0; i < m->n_fields; i++)
		n += strlen(m->fields[i].name) + strlen(m->fields[i].value) + 4;
	return n;
}

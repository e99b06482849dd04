/* Applies a filter's changes to a message, as an MTA does: see mail_after.h. */
#include "ctl/mail_after.h"

#include <stdbool.h>
#include <string.h>

#include "milter/proto.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

struct after_field {
	struct mta_header h;
	bool own;     /* the MTA's own Received, which the filter does not see */
	bool deleted; /* Sendmail still counts it */
};

struct after_work {
	struct arena *arena;
	bool is_sendmail;
	struct after_field *fields;
	size_t n_fields, cap_fields;
	const char **rcpts;
	size_t n_rcpts, cap_rcpts;
	struct buf body;
	bool has_body; /* a new one */
	struct mail_after out;
};

static void
put_after_field(struct after_work *w, size_t at, struct after_field field)
{
	w->fields = arena_grow(w->arena, w->fields, w->n_fields, &w->cap_fields,
			       sizeof(*w->fields));
	if (at > w->n_fields)
		at = w->n_fields;
	memmove(&w->fields[at + 1], &w->fields[at], (w->n_fields - at) * sizeof(*w->fields));
	w->fields[at] = field;
	w->n_fields++;
}

static void
put_after_rcpt(struct after_work *w, const char *addr)
{
	w->rcpts = arena_grow(w->arena, w->rcpts, w->n_rcpts, &w->cap_rcpts, sizeof(*w->rcpts));
	w->rcpts[w->n_rcpts++] = addr;
}

static struct after_field
make_field(const struct mta_change *c)
{
	const char *value = c->value != NULL ? c->value : "";

	return (struct after_field){.h = {c->name, value + (value[0] == ' ')}};
}

static void
delete_field(struct after_work *w, size_t at)
{
	if (w->is_sendmail) {
		w->fields[at].deleted = true;
		return;
	}
	w->n_fields--;
	memmove(&w->fields[at], &w->fields[at + 1], (w->n_fields - at) * sizeof(*w->fields));
}

static void
change_field(struct after_work *w, const struct mta_change *c)
{
	size_t nth = c->index == 0 ? 1 : c->index;
	bool deletes = c->value == NULL || c->value[0] == '\0';

	for (size_t i = 0; i < w->n_fields; i++) {
		struct after_field *f = &w->fields[i];

		if (f->own || !str_case_equal(f->h.name, c->name) || --nth > 0)
			continue;
		if (deletes) {
			delete_field(w, i);
			return;
		}
		*f = make_field(c);
		return;
	}
	if (!deletes)
		put_after_field(w, SIZE_MAX, make_field(c));
}

static void
add_field(struct after_work *w, const struct mta_change *c)
{
	size_t at = SIZE_MAX;

	for (size_t i = 0; w->is_sendmail && i < w->n_fields && at == SIZE_MAX; i++)
		if (str_case_equal(w->fields[i].h.name, c->name))
			at = i;
	put_after_field(w, at, make_field(c));
}

static void
delete_rcpt(struct after_work *w, const char *addr)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n_rcpts; i++)
		if (strcmp(w->rcpts[i], addr) != 0)
			w->rcpts[kept++] = w->rcpts[i];
	w->n_rcpts = kept;
}

static void
apply_change(struct after_work *w, const struct mta_change *c)
{
	switch (c->letter) {
	case REPLY_ADD_HEADER:
		add_field(w, c);
		break;
	case REPLY_INSERT_HEADER:
		put_after_field(w, c->index, make_field(c));
		break;
	case REPLY_CHANGE_HEADER:
		change_field(w, c);
		break;
	case REPLY_ADD_RCPT:
	case REPLY_ADD_RCPT_PAR:
		put_after_rcpt(w, c->name);
		break;
	case REPLY_DEL_RCPT:
		delete_rcpt(w, c->name);
		break;
	case REPLY_CHANGE_FROM:
		w->out.sender = c->name;
		break;
	case REPLY_REPLACE_BODY:
		w->has_body = true;
		buf_append(&w->body, c->data, c->len);
		break;
	case REPLY_QUARANTINE:
		w->out.quarantine = c->name;
		break;
	default:
		break;
	}
}

static void
begin_after(struct after_work *w, const struct mta_message *message)
{
	put_after_field(w, 0, (struct after_field){.h = {"Received", ""}, .own = true});
	for (const struct mta_header *h = message->headers; h->name != NULL; h++)
		put_after_field(w, SIZE_MAX, (struct after_field){.h = *h});
	for (const char *const *r = message->rcpts; *r != NULL; r++)
		put_after_rcpt(w, *r);
	w->out = (struct mail_after){
		.sender = message->sender[0],
		.body = message->body,
		.body_len = message->body_len,
	};
}

/* The lists of the result. */
static void
end_after(struct after_work *w)
{
	struct mta_header *headers =
		arena_alloc(w->arena, (w->n_fields + 1) * sizeof(*headers));
	size_t n = 0;

	for (size_t i = 0; i < w->n_fields; i++)
		if (!w->fields[i].own && !w->fields[i].deleted)
			headers[n++] = w->fields[i].h;
	headers[n] = (struct mta_header){NULL, NULL};
	put_after_rcpt(w, NULL);
	w->out.headers = headers;
	w->out.rcpts = w->rcpts;
	if (w->has_body) {
		w->out.body_len = w->body.len;
		w->out.body = buf_move_to_arena(&w->body, w->arena);
	}
}

struct mail_after
mail_after_apply(struct arena *arena, const struct mta_message *message,
		 const struct mta_change *changes)
{
	struct after_work w = {
		.arena = arena,
		.is_sendmail = message->peer != NULL && message->peer->is_sendmail,
	};

	begin_after(&w, message);
	for (const struct mta_change *c = changes; c != NULL; c = c->next)
		apply_change(&w, c);
	end_after(&w);
	return w.out;
}

static const char boundary_mark[] = "=_polymilter_";

void
mail_mask_boundaries(char *text, size_t len)
{
	char *end = text + len;

	while ((text = memmem(text, (size_t)(end - text), boundary_mark,
			      strlen(boundary_mark))) != NULL)
		for (text += strlen(boundary_mark);
		     text < end && strchr("0123456789abcdef", *text) != NULL && *text != '\0';)
			*text++ = '0';
}

static const char *
copy_masked(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	if (memmem(text, len, boundary_mark, strlen(boundary_mark)) == NULL)
		return text;
	copy = arena_dup(arena, text, len);
	mail_mask_boundaries(copy, len);
	return copy;
}

void
mail_after_mask_boundaries(struct arena *arena, struct mail_after *m)
{
	struct mta_header *headers;
	size_t n = 0;

	while (m->headers[n].name != NULL)
		n++;
	headers = arena_dup(arena, m->headers, (n + 1) * sizeof(*headers));
	for (size_t i = 0; i < n; i++)
		headers[i].value =
			copy_masked(arena, headers[i].value, strlen(headers[i].value));
	m->headers = headers;
	m->body = copy_masked(arena, m->body, m->body_len);
}

static void
write_body_lines(const char *body, size_t len, struct buf *out)
{
	const char *end = body + len;

	while (body < end) {
		const char *next = memchr(body, '\n', (size_t)(end - body));
		size_t n = (size_t)((next != NULL ? next : end) - body);

		buf_append(out, body, n - (n > 0 && body[n - 1] == '\r'));
		buf_putc(out, '\n');
		body += n + (next != NULL);
	}
}

void
mail_after_write(const struct mail_after *m, struct buf *out)
{
	buf_printf(out, "MAIL FROM:%s\n", m->sender);
	for (const char *const *r = m->rcpts; *r != NULL; r++)
		buf_printf(out, "RCPT TO:%s\n", *r);
	for (const struct mta_header *h = m->headers; h->name != NULL; h++)
		buf_printf(out, "%s: %s\n", h->name, h->value);
	buf_putc(out, '\n');
	write_body_lines(m->body, m->body_len, out);
}

/* The header fields that go with a new body. */
#include "policies/body_edit.h"

#include "content/edit.h"
#include "util/str.h"

static void
delete_headers_of_name(struct policy_call *c, const char *name)
{
	const struct message *m = policy_message(c);
	uint32_t key = header_key(name);
	struct header *h = NULL;

	while ((h = message_find_header(m, name, key, h)) != NULL)
		policy_delete_header(c, h);
}

void
body_edit_delete_sums(struct policy_call *c)
{
	delete_headers_of_name(c, "Content-MD5");
	delete_headers_of_name(c, "Content-Length");
	delete_headers_of_name(c, "Lines");
}

static bool
is_content_field(const struct header *h)
{
	return !h->deleted && str_case_starts(h->name, "Content-") &&
	       !str_case_equal(h->name, "Content-Length");
}

void
body_edit_append_fields(const struct message *m, struct buf *out)
{
	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (!is_content_field(h))
			continue;
		buf_printf(out, "%s: ", h->name);
		for (const char *s = h->value; *s != '\0'; s++) {
			if (*s == '\n')
				buf_putc(out, '\r');
			buf_putc(out, (unsigned char)*s);
		}
		buf_puts(out, "\r\n");
	}
}

void
body_edit_delete_fields(struct policy_call *c, bool has_encoding)
{
	struct message *m = policy_message(c);
	const struct header *type = message_nth_header(m, "Content-Type", 1);
	const struct header *encoding = message_nth_header(m, "Content-Transfer-Encoding", 1);

	for (size_t i = 0; i < m->n_headers; i++) {
		struct header *h = &m->headers[i];

		if (is_content_field(h) && h != type && (h != encoding || !has_encoding))
			policy_delete_header(c, h);
	}
}

void
body_edit_place(struct policy_call *c, const struct placement *done)
{
	content_set_fields(policy_message(c), done->content_type, done->transfer_encoding);
	body_edit_delete_sums(c);
	content_set_body_pieces(policy_message(c), &done->body);
	policy_note_new_body(c);
}

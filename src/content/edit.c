/* Puts the result of an edit into the model of a message: the fields that describe the
 * content, and a new body in one buffer or in pieces. The policy decides what the edit is. */
#include "content/edit.h"

#include <string.h>

#include "rewrite/rope.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"

static void
set_first_field(struct message *m, const char *name, const char *value)
{
	struct header *h = message_nth_header(m, name, 1);

	if (h == NULL)
		message_add_header(m, name, value);
	else if (strcmp(h->value, value) != 0)
		message_change_header(m, h, value);
}

void
content_set_fields(struct message *m, const char *type, const char *encoding)
{
	if (type == NULL && encoding == NULL)
		return;
	if (type != NULL)
		set_first_field(m, "Content-Type", type);
	if (encoding != NULL)
		set_first_field(m, "Content-Transfer-Encoding", encoding);
	if (message_nth_header(m, "MIME-Version", 1) == NULL)
		message_add_header(m, "MIME-Version", "1.0");
}

void
content_set_body(struct message *m, struct buf *body)
{
	size_t len = body->len;

	message_replace_body(m, buf_move_to_arena(body, m->arena), len);
}

void
content_set_body_pieces(struct message *m, const struct mime_rope *pieces)
{
	struct slice *slices = arena_alloc(m->arena, pieces->n * sizeof(*slices));

	for (size_t i = 0; i < pieces->n; i++)
		slices[i] = (struct slice){pieces->piece[i].data, pieces->piece[i].len};
	message_replace_body_parts(m, slices, pieces->n);
}

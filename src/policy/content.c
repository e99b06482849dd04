/* The result of an edit into the message. */
#include "content/edit.h"

#include <string.h>

#include "mime/rope.h"
#include "policy/policy.h"

static void
set_header(struct policy_call *c, const char *name, const char *value)
{
	struct header *h = message_nth_header(policy_message(c), name, 1);

	if (h == NULL)
		policy_add_header(c, name, value);
	else if (strcmp(h->value, value) != 0)
		policy_change_header(c, h, value);
}

void
content_set_fields(struct policy_call *c, const char *type, const char *encoding)
{
	if (type == NULL && encoding == NULL)
		return;
	if (type != NULL)
		set_header(c, "Content-Type", type);
	if (encoding != NULL)
		set_header(c, "Content-Transfer-Encoding", encoding);
	if (message_nth_header(policy_message(c), "MIME-Version", 1) == NULL)
		policy_add_header(c, "MIME-Version", "1.0");
}

void
content_set_body(struct policy_call *c, struct buf *body)
{
	size_t len = body->len;

	policy_replace_body(c, buf_move_to_arena(body, policy_arena(c)), len);
}

void
content_set_body_pieces(struct policy_call *c, const struct mime_rope *pieces)
{
	struct slice *slices = arena_alloc(policy_arena(c), pieces->n * sizeof(*slices));

	for (size_t i = 0; i < pieces->n; i++)
		slices[i] = (struct slice){pieces->piece[i].data, pieces->piece[i].len};
	policy_replace_body_parts(c, slices, pieces->n);
}

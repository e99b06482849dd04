/* The result of an edit into the message. */
#include "policy/content.h"

#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

static void
set_header(struct policy_call *c, const char *name, const char *value)
{
	struct header *h = message_header(policy_message(c), name, 1);

	if (h == NULL)
		policy_add_header(c, name, value);
	else if (strcmp(h->value, value) != 0)
		policy_change_header(c, h, value);
}

void
content_set_labels(struct policy_call *c, const char *type, const char *encoding)
{
	if (type == NULL && encoding == NULL)
		return;
	if (type != NULL)
		set_header(c, "Content-Type", type);
	if (encoding != NULL)
		set_header(c, "Content-Transfer-Encoding", encoding);
	if (message_header(policy_message(c), "MIME-Version", 1) == NULL)
		policy_add_header(c, "MIME-Version", "1.0");
}

static void
free_body(void *body)
{
	free(body);
}

void
content_use_body(struct policy_call *c, struct buf *body)
{
	arena_defer(policy_arena(c), free_body, body->data);
	policy_replace_body(c, (const char *)body->data, body->len);
	*body = (struct buf){0};
}

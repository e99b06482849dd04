/* Changes of recipients that several policies make: copies, and redirection. */
#include "policy/rcpt_edit.h"

#include <string.h>

#include "util/mailbox.h"
#include "util/str.h"

const char *
policy_make_path(struct arena *arena, const char *mailbox)
{
	const char *written = mailbox_for_command(arena, mailbox);
	size_t len = strlen(written);
	char *path = arena_alloc(arena, len + 3);

	path[0] = '<';
	memcpy(path + 1, written, len);
	memcpy(path + 1 + len, ">", 2);
	return path;
}

bool
policy_rcpt_is(const struct rcpt *r, const char *mailbox)
{
	return str_case_equal(r->mailbox, mailbox) ||
	       (r->other != NULL && str_case_equal(r->other, mailbox));
}

bool
policy_has_rcpt(struct policy_call *c, const char *mailbox)
{
	const struct message *m = policy_message(c);

	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (policy_rcpt_is(&m->rcpts[i], mailbox))
			return true;
	return false;
}

void
policy_add_copy(struct policy_call *c, const char *mailbox)
{
	static const char never[] = "NOTIFY=NEVER";

	if (!policy_has_rcpt(c, mailbox))
		policy_add_rcpt(c, policy_make_path(policy_arena(c), mailbox), never,
				sizeof(never));
}

void
policy_append_dsn_args(const struct rcpt *r, struct buf *out)
{
	const char *end = r->args + r->args_len;

	for (const char *a = r->args; a < end; a += strlen(a) + 1)
		if (str_case_starts(a, "NOTIFY=") || str_case_starts(a, "ORCPT="))
			buf_append(out, a, strlen(a) + 1);
}

void
policy_redirect_rcpt(struct policy_call *c, size_t index, const char *mailbox)
{
	const struct rcpt sent = policy_message(c)->rcpts[index]; /* the array may move */
	struct buf args = {0};

	if (policy_rcpt_is(&sent, mailbox))
		return;
	policy_append_dsn_args(&sent, &args);
	if (!policy_has_rcpt(c, mailbox))
		policy_add_result(c, index, policy_make_path(policy_arena(c), mailbox),
				  (const char *)args.data, args.len);
	policy_delete_rcpt(c, index);
	buf_free(&args);
}

void
policy_redirect_message(struct policy_call *c, const char *mailbox)
{
	const struct message *m = policy_message(c);

	if (!policy_has_rcpt(c, mailbox))
		policy_add_rcpt(c, policy_make_path(policy_arena(c), mailbox), "", 0);
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (!policy_rcpt_is(&m->rcpts[i], mailbox))
			policy_delete_rcpt(c, i);
}

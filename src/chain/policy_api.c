/* The functions of policy/policy.h with which a policy reads and changes the message that its
 * call is about. Its replies, failures and log lines are in policy_outcome.c,
 * policy_evaluate_condition() in conditions.c, policy_suspend() and policy_resume() in
 * suspend.c.
 *
 * A policy sees its own changes of the envelope, so it reads with the position behind its own.
 */
#include <errno.h>

#include "chain/run.h"
#include "content/dkim.h"
#include "util/log.h"

const void *
policy_conf(const struct policy_call *c)
{
	return c->inst->conf;
}

void *
policy_msg_state(struct policy_call *c)
{
	if (c->msg_state == NULL)
		c->msg_state = arena_zalloc(policy_arena(c), c->inst->ops->msg_size);
	return c->msg_state;
}

struct arena *
policy_arena(struct policy_call *c)
{
	return policy_message(c)->arena;
}

struct message *
policy_message(struct policy_call *c)
{
	return c->run->message;
}

const struct peer *
policy_peer(const struct policy_call *c)
{
	return session_peer(c->run->session);
}

const char *
policy_macro(const struct policy_call *c, const char *name)
{
	return session_macro(c->run->session, name);
}

const char *
policy_id(const struct policy_call *c)
{
	return c->run->queue_id[0] != '\0' ? c->run->queue_id : c->run->session_id;
}

/* A policy's own changes are visible from the next position on. */
static unsigned
position_after_policy(const struct policy_call *c)
{
	return c->position + 1;
}

const struct sender *
policy_sender(const struct policy_call *c)
{
	return message_sender(c->run->message, position_after_policy(c));
}

size_t
policy_next_rcpt(const struct policy_call *c, size_t from)
{
	return message_next_rcpt(c->run->message, position_after_policy(c), from);
}

size_t
policy_rcpt_count(const struct policy_call *c)
{
	return message_rcpt_count(c->run->message, position_after_policy(c));
}

size_t
policy_rcpt_current(const struct policy_call *c)
{
	const struct message *m = c->run->message;

	return message_next_rcpt(m, position_after_policy(c), message_last_sent_rcpt(m));
}

/* The policy, or its rule at work, has mode monitor. */
static bool
only_watches(const struct policy_call *c)
{
	return c->monitors || c->rule_work != NULL;
}

struct regex_budget *
get_regex_budget(struct policy_call *c)
{
	return only_watches(c) ? &c->own_budget : &c->run->regex_budget;
}

int
policy_match(struct policy_call *c, const struct regex *re, const char *subject, size_t len,
	     struct regex_groups *ret_groups)
{
	return regex_match(re, &c->run->chain->regex, get_regex_budget(c), subject, len,
			   ret_groups, NULL);
}

int
policy_match_whole(struct policy_call *c, const struct regex *re, const char *subject,
		   size_t len)
{
	return regex_match_whole(re, &c->run->chain->regex, get_regex_budget(c), subject, len);
}

enum verdict
policy_regex_failed(struct policy_call *c, const struct regex *re, int r)
{
	return policy_fail(c, "'%.60s' %s", regex_pattern(re), regex_failure_text(r));
}

struct match_context
policy_match_context(struct policy_call *c)
{
	return (struct match_context){
		.arena = policy_arena(c),
		.limits = &c->run->chain->regex,
		.budget = get_regex_budget(c),
	};
}

uint64_t
policy_size_limit(const struct policy_call *c)
{
	return c->run->size_limit;
}

void
policy_set_size_limit(struct policy_call *c, uint64_t bytes)
{
	if (bytes < c->run->size_limit && !only_watches(c))
		c->run->size_limit = bytes;
}

const struct mime_tree *
policy_mime_tree(struct policy_call *c, bool into_messages)
{
	return content_mime_tree(policy_message(c), &c->run->chain->view, into_messages);
}

const struct content_limits *
policy_content_limits(const struct policy_call *c)
{
	return &c->run->chain->view;
}

/* A change that need.actions does not declare cannot be sent, since the MTA was not asked for
 * the permission: a bug of the policy, which fails. */
static void
require_action(struct policy_call *c, uint32_t action)
{
	if ((c->inst->need.actions & action) != 0 || c->rule_work != NULL)
		return;
	c->misuse = "a change that need.actions does not declare";
	policy_log(c, LOG_WARNING, "%s", c->misuse);
}

void
policy_change_sender(struct policy_call *c, const char *addr, const char *args, size_t args_len)
{
	const struct sender *before = policy_sender(c);

	require_action(c, ACTION_CHANGE_FROM);
	message_change_sender(policy_message(c), c->position, addr, args, args_len);
	add_finding(c, FINDING_SENDER, NULL, before != NULL ? before->mailbox : "",
		    policy_sender(c)->mailbox);
}

/* result_of: the mailbox that it is a result of, or NULL. */
static void
add_rcpt_with_finding(struct policy_call *c, const char *result_of, const char *addr,
		      const char *args, size_t args_len)
{
	struct message *m = policy_message(c);

	require_action(c, ACTION_ADD_RCPT);
	message_add_rcpt(m, c->position, addr, args, args_len);
	add_finding(c, FINDING_ADD_RCPT, NULL, result_of, m->rcpts[m->n_rcpts - 1].mailbox);
}

void
policy_add_rcpt(struct policy_call *c, const char *addr, const char *args, size_t args_len)
{
	add_rcpt_with_finding(c, NULL, addr, args, args_len);
}

void
policy_add_result(struct policy_call *c, size_t index, const char *addr, const char *args,
		  size_t args_len)
{
	add_rcpt_with_finding(c, policy_message(c)->rcpts[index].mailbox, addr, args, args_len);
}

void
policy_delete_rcpt(struct policy_call *c, size_t index)
{
	require_action(c, ACTION_DEL_RCPT);
	message_delete_rcpt(policy_message(c), c->position, index);
	add_finding(c, FINDING_DELETE_RCPT, NULL, policy_message(c)->rcpts[index].mailbox,
		    NULL);
}

/* Changes of what only monitors are not sent, so they break nothing. */
static void
note_broken_signature(struct policy_call *c, bool covered)
{
	if (covered && !only_watches(c))
		policy_note_once(c, "warn", "dkim-signature-broken");
}

void
policy_note_new_body(struct policy_call *c)
{
	note_broken_signature(c, dkim_covers_body(policy_message(c)));
	add_finding(c, FINDING_BODY, NULL, NULL, NULL);
}

static void
add_header_finding(struct policy_call *c, const char *name, const char *value)
{
	struct arena *arena = policy_arena(c);

	add_finding(c, FINDING_ADD_HEADER, arena_strdup(arena, name), NULL,
		    arena_strdup(arena, value));
}

void
policy_add_header(struct policy_call *c, const char *name, const char *value)
{
	require_action(c, ACTION_ADD_HEADER);
	note_broken_signature(c, dkim_covers_new_header(policy_message(c), name, false));
	message_add_header(policy_message(c), name, value);
	add_header_finding(c, name, value);
}

void
policy_insert_header(struct policy_call *c, enum header_place place, const char *name,
		     const char *value)
{
	policy_insert_header_behind(c, place, 0, name, value);
}

void
policy_insert_header_behind(struct policy_call *c, enum header_place place, size_t behind,
			    const char *name, const char *value)
{
	require_action(c, ACTION_ADD_HEADER);
	note_broken_signature(c, dkim_covers_new_header(policy_message(c), name, true));
	message_insert_header_behind(policy_message(c), place, behind, name, value);
	add_header_finding(c, name, value);
}

void
policy_change_header(struct policy_call *c, struct header *h, const char *value)
{
	const char *before = h->value;

	require_action(c, ACTION_CHANGE_HEADER);
	note_broken_signature(c, dkim_covers_header(policy_message(c), h));
	message_change_header(policy_message(c), h, value);
	add_finding(c, FINDING_CHANGE_HEADER, h->name, before, h->value);
}

void
policy_delete_header(struct policy_call *c, struct header *h)
{
	require_action(c, ACTION_CHANGE_HEADER);
	note_broken_signature(c, dkim_covers_header(policy_message(c), h));
	message_delete_header(policy_message(c), h);
	add_finding(c, FINDING_DELETE_HEADER, h->name, h->value, NULL);
}

void
policy_replace_body(struct policy_call *c, const char *data, size_t len)
{
	require_action(c, ACTION_REPLACE_BODY);
	policy_note_new_body(c);
	message_replace_body(policy_message(c), data, len);
}

void
policy_replace_body_parts(struct policy_call *c, const struct slice *parts, size_t n)
{
	require_action(c, ACTION_REPLACE_BODY);
	policy_note_new_body(c);
	message_replace_body_parts(policy_message(c), parts, n);
}

void
policy_quarantine(struct policy_call *c, const char *reason)
{
	require_action(c, ACTION_QUARANTINE);
	message_quarantine(policy_message(c), c->position, reason);
	add_finding(c, FINDING_QUARANTINE, NULL, NULL, arena_strdup(policy_arena(c), reason));
	c->quarantined |= c->rule_work == NULL;
}

void
policy_keep_changes(struct policy_call *c)
{
	c->kept_mark = message_mark(c->run->message);
}
